/** How the demo hears that it is to stop: in processes of their own, as npm starts them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const LOADER = new URL('../../../tests/typescript.mjs', import.meta.url).href;
const SIGNALS = new URL('signals.ts', import.meta.url).href;
const PROGRAM = `
  import { onStopSignals } from '${SIGNALS}';
  onStopSignals(async () => console.log('stopped'));
  setInterval(() => undefined, 1_000);
  console.log('started');`;

test('when npm is ended and only its shell hears of it, the demo stops in order all the same', async () => {
  const command = '"$NODE" --import "$LOADER" --input-type=module --eval "$PROGRAM"; true';
  const env = {
    PATH: process.env['PATH'],
    NODE: process.execPath,
    LOADER,
    PROGRAM,
    npm_lifecycle_event: 'start',
  };
  const shell = spawn('sh', ['-c', command], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said === 'started\n') shell.kill('SIGTERM');
  });
  // the pipe ends with whoever writes to it last, and that is the demo
  await once(shell.stdout, 'end');
  expect(said).toBe('started\nstopped\n');
}, 30_000);
