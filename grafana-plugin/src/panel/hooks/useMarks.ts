import { useCallback } from 'react';
import type { ExporterApi, MarkRequest } from '../../datasource/api';
import { skippedText } from '../model/known';
import { KNOWN } from '../texts';
import { type ActState, useAct } from './useAct';

export interface Marking {
  readonly state: ActState;
  readonly mark: (request: MarkRequest) => void;
  readonly unmark: (ids: readonly string[]) => void;
}

/** Marks violations as known and takes marks back; `onDone` once the exporter has said yes. */
export function useMarks(api: ExporterApi, onDone: () => void): Marking {
  const { state, act } = useAct(onDone);
  const mark = useCallback(
    (request: MarkRequest) =>
      act(api.markKnown(request).then(({ marked, skipped }) => KNOWN.marked(marked) + skippedText(skipped))),
    [api, act]
  );
  const unmark = useCallback(
    (ids: readonly string[]) =>
      act(api.unmark(ids).then(({ unmarked, skipped }) => KNOWN.unmarked(unmarked) + skippedText(skipped))),
    [api, act]
  );
  return { state, mark, unmark };
}
