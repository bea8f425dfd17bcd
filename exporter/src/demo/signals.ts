/** The first Ctrl-C stops in order, a later one at once. */

/** npm passes a terminal's signal on to us, which has sent it already: two at the same time are one. */
const SAME_MS = 500;

/** How soon we notice that npm is gone. */
const ORPHAN_MS = 500;

export function onStopSignals(stop: () => Promise<void>): { readonly signalled: boolean } {
  let firstAt: number | null = null;
  const handle = (name: NodeJS.Signals): void => {
    if (firstAt !== null) {
      if (Date.now() - firstAt > SAME_MS) process.exit(130);
      return;
    }
    firstAt = Date.now();
    void stop().then(() => {
      process.exit(name === 'SIGINT' || name === 'SIGTERM' ? 0 : 1);
    });
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, handle);
  onOrphaned(() => {
    handle('SIGTERM');
  });
  return {
    get signalled() {
      return firstAt !== null;
    },
  };
}

/** A signal to npm ends the shell between npm and us, and never comes here: all we see is that our parent is another. */
function onOrphaned(stop: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, ORPHAN_MS).unref();
}
