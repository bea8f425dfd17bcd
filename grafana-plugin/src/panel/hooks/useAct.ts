import { useCallback, useState } from 'react';

export type ActState =
  | { readonly step: 'idle' }
  | { readonly step: 'working' }
  | { readonly step: 'done'; readonly text: string }
  | { readonly step: 'failed'; readonly reason: string };

export interface Acting {
  readonly state: ActState;
  /** @param work resolves to what came of it, in words */
  readonly act: (work: Promise<string>) => void;
}

/** One act at a time; `onDone` once the exporter has said yes. */
export function useAct(onDone: () => void = nothing): Acting {
  const [state, setState] = useState<ActState>({ step: 'idle' });
  const act = useCallback(
    (work: Promise<string>) => {
      setState({ step: 'working' });
      work.then(
        (text) => {
          setState({ step: 'done', text });
          onDone();
        },
        (error: unknown) => setState({ step: 'failed', reason: error instanceof Error ? error.message : String(error) })
      );
    },
    [onDone]
  );
  return { state, act };
}

function nothing(): void {}
