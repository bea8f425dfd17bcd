/** The exporter as it is shipped, in a process of its own, with any configuration. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeConfig } from './look-process.mjs';

const MAIN = join(import.meta.dirname, '..', '..', 'exporter', 'dist', 'main.js');
export const TOKEN = 'bench-token-of-no-secret';
const START_BOUND_MS = 30_000;
const FIRST_RUNS_BOUND_MS = 120_000;

/** `startMs` is from spawn to the first whole answer of /metrics. Requests are not limited: the limit is not measured. */
export async function startExporter(content) {
  const port = await freePort();
  const config = writeConfig({
    ...content,
    log: { level: 'error' },
    http: {
      listen: `127.0.0.1:${port}`,
      tokens: [{ name: 'bench', role: 'admin', token: TOKEN }],
      rateLimit: { max: 1_000_000_000 },
    },
  });
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', config.file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await answered(`${url}/metrics`, child);
  const startMs = performance.now() - startedAt;
  const ask = async (path, options = {}) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const answer = await fetch(url + path, { headers, ...options });
    const body = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${body}`);
    return body;
  };
  return {
    url,
    pid: child.pid,
    startMs,
    ask,
    runCheck: async (name) =>
      JSON.parse(await ask(`/api/v1/checks/${name}/run?wait=true`, { method: 'POST' })),
    /** Until the runs that every start brings are over. */
    async everyCheckRan() {
      const { checks } = content;
      const expected = Object.values(checks).filter(({ enabled = true }) => enabled).length;
      const ran = async () =>
        ((await ask('/metrics')).match(/^lockstep_check_consistency_ratio\{/gm) ?? []).length;
      const end = Date.now() + FIRST_RUNS_BOUND_MS;
      while ((await ran()) < expected) {
        if (Date.now() > end) throw new Error('not every check has run');
        await sleep(200);
      }
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      config.remove();
    },
  };
}

async function answered(url, child) {
  const end = Date.now() + START_BOUND_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`the exporter ended with ${child.exitCode}`);
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) {
      await answer.text();
      return;
    }
    await sleep(5);
  }
  child.kill('SIGKILL');
  throw new Error(`the exporter did not answer within ${START_BOUND_MS / 1_000} s`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
