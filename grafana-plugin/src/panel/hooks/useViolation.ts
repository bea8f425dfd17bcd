import { useCallback } from 'react';
import type { ExporterApi, ViolationDetail } from '../../datasource/api';
import { type Answer, useAnswer } from './useAnswer';

/** One violation with its life. */
export function useViolation(api: ExporterApi, id: string, version: unknown): Answer<ViolationDetail> {
  return useAnswer(
    useCallback(() => api.violation(id), [api, id]),
    version
  );
}
