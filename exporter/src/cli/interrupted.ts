import { UserError } from '../core/errors.ts';

/** Aborts at Ctrl-C, so that queries end on the server too. */
export function interrupted(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(new UserError('interrupted'));
  };
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  return controller.signal;
}
