const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** A line that says what is still under way, on a terminal only; nothing in a pipe or a log. */
export function progress(names: readonly string[]): { finish(name: string): void; stop(): void } {
  if (!process.stderr.isTTY) return { finish: () => undefined, stop: () => undefined };
  const waiting = new Set(names);
  const startedAt = Date.now();
  let frame = 0;
  const timer = setInterval(() => {
    frame += 1;
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    const text = `${FRAMES[frame % FRAMES.length] ?? ''} ${String(seconds)}s  ${[...waiting].join(', ')}`;
    process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
  }, 100);
  return {
    finish: (name) => waiting.delete(name),
    stop: () => {
      clearInterval(timer);
      process.stderr.write('\r\x1b[2K');
    },
  };
}
