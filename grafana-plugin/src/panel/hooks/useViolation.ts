import { useEffect, useState } from 'react';
import type { ExporterApi, ViolationDetail } from '../../datasource/api';

/** One violation with its life; what was read last stays while it is read again. */
export function useViolation(
  api: ExporterApi,
  id: string,
  version: unknown
): { readonly detail: ViolationDetail | null; readonly failure: unknown } {
  const [answer, setAnswer] = useState<{ detail: ViolationDetail | null; failure: unknown }>({
    detail: null,
    failure: null,
  });
  useEffect(() => {
    let current = true;
    api.violation(id).then(
      (detail) => current && setAnswer({ detail, failure: null }),
      (failure: unknown) => current && setAnswer((before) => ({ ...before, failure }))
    );
    return () => {
      current = false;
    };
  }, [api, id, version]);
  return answer;
}
