/** Fires requests at a server from a process of its own, so that it shares no event loop with anything measured. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const AUTOCANNON = join(import.meta.dirname, '..', '..', 'node_modules', 'autocannon', 'autocannon.js');

/**
 * Latencies in milliseconds; `failures` counts answers outside 2xx, errors and time-outs.
 * @param {{ url: string, headers?: Record<string, string>, connections?: number, seconds?: number }} options
 */
export async function fire({ url, headers = {}, connections = 100, seconds = 5 }) {
  const args = ['--json', '--no-progress', '-c', String(connections), '-d', String(seconds)];
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}=${value}`);
  const child = spawn(process.execPath, [AUTOCANNON, ...args, url], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`autocannon ended with ${code}`);
  const report = JSON.parse(text);
  return {
    perSecond: report.requests.average,
    total: report.requests.total,
    p50: report.latency.p50,
    p99: report.latency.p99,
    failures: report.non2xx + report.errors + report.timeouts,
  };
}
