import { useEffect, useState } from 'react';

export interface Answer<T> {
  /** null before the first; the last one stays while the next is being read */
  readonly answer: T | null;
  readonly failure: unknown;
}

/**
 * @param ask the same function as long as the same is asked
 * @param version another value asks again
 */
export function useAnswer<T>(ask: () => Promise<T>, version: unknown): Answer<T> {
  const [told, setTold] = useState<Answer<T>>({ answer: null, failure: null });
  useEffect(() => {
    let current = true;
    ask().then(
      (answer) => current && setTold({ answer, failure: null }),
      (failure: unknown) => current && setTold((before) => ({ ...before, failure }))
    );
    return () => {
      current = false;
    };
  }, [ask, version]);
  return told;
}
