import { useCallback, useEffect, useRef, useState } from 'react';
import type { ExporterApi, Run } from '../../datasource/api';
import { isApiError } from '../../datasource/failure';
import { RUN } from '../texts';

export type RunState =
  | { readonly step: 'idle' }
  | { readonly step: 'running'; readonly seconds: number }
  | { readonly step: 'finished'; readonly run: Run }
  | { readonly step: 'failed'; readonly reason: string };

const POLL_MS = 500;
const IDLE: RunState = { step: 'idle' };

/** Runs a check on demand and follows the run to its end. A run that is going on already is followed as ours. */
export function useRun(
  api: ExporterApi | null,
  check: string,
  onFinished: () => void
): { state: RunState; start: () => void } {
  const [told, setTold] = useState<{ check: string; state: RunState }>({ check, state: IDLE });
  const stop = useRef<() => void>(() => undefined);
  useEffect(
    () => () => {
      stop.current();
      // nobody follows it any more: should this check come back, its button is free
      setTold((before) => (before.state.step === 'running' ? { ...before, state: IDLE } : before));
    },
    [api, check]
  );

  const start = useCallback(() => {
    if (api === null) {
      return;
    }
    let current = true;
    stop.current();
    stop.current = () => {
      current = false;
    };
    const startedAt = Date.now();
    const tell = (next: RunState) => current && setTold({ check, state: next });
    const progress = () => tell({ step: 'running', seconds: Math.floor((Date.now() - startedAt) / 1_000) });
    progress();
    follow(api, check, () => current, progress)
      .then((run) => tell({ step: 'finished', run }))
      .catch((error: unknown) => tell({ step: 'failed', reason: reasonOf(error) }))
      .finally(() => current && onFinished());
  }, [api, check, onFinished]);
  // what another check's run came to is not told of this one
  return { state: told.check === check ? told.state : IDLE, start };
}

async function follow(api: ExporterApi, check: string, wanted: () => boolean, progress: () => void): Promise<Run> {
  const id = await started(api, check);
  for (;;) {
    const run = await api.run(id);
    if (run.state === 'finished' || !wanted()) {
      return run;
    }
    progress();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function started(api: ExporterApi, check: string): Promise<string> {
  try {
    return (await api.startRun(check)).run_id;
  } catch (error) {
    const going = isApiError(error) && error.reason === 'conflict' ? error.problem?.run_id : undefined;
    if (going === undefined) {
      throw error;
    }
    return going;
  }
}

function reasonOf(error: unknown): string {
  if (isApiError(error) && error.reason === 'not_found') {
    return RUN.lost;
  }
  return error instanceof Error ? error.message : String(error);
}
