/** Fires requests at a server from a process of its own, so that it shares no event loop with anything measured. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const AUTOCANNON = join(import.meta.dirname, '..', '..', 'node_modules', 'autocannon', 'autocannon.js');
const hasWrk = spawnSync('wrk', ['--version']).error === undefined;

/** wrk where it is installed: on few cores, whatever autocannon needs for itself is taken from the server. */
export const FIRED_BY = hasWrk
  ? 'wrk'
  : 'autocannon, which takes CPU from the server: install wrk for higher figures';

/**
 * Latencies in milliseconds; `failures` counts answers outside 2xx, errors and time-outs.
 * @param {{ url: string, headers?: Record<string, string>, connections?: number, seconds?: number }} options
 */
export function fire({ url, headers = {}, connections = 100, seconds = 5 }) {
  return (hasWrk ? withWrk : withAutocannon)(url, headers, connections, seconds);
}

async function withWrk(url, headers, connections, seconds) {
  const named = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const text = await output('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...named, url]);
  const quantile = (percent) => {
    const [, number, unit] = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s)`, 'm').exec(text) ?? [];
    return Number(number) * { us: 1e-3, ms: 1, s: 1e3 }[unit];
  };
  const numbers = (pattern) => (pattern.exec(text) ?? []).slice(1).map(Number);
  const [total] = numbers(/(\d+) requests in/);
  const refused = numbers(/Non-2xx or 3xx responses: (\d+)/);
  const broken = numbers(/Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/);
  return {
    perSecond: numbers(/Requests\/sec:\s+([\d.]+)/)[0],
    total,
    p50: quantile(50),
    p99: quantile(99),
    failures: [...refused, ...broken].reduce((sum, number) => sum + number, 0),
  };
}

async function withAutocannon(url, headers, connections, seconds) {
  const named = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  const args = ['--json', '--no-progress', '-c', String(connections), '-d', String(seconds), ...named, url];
  const report = JSON.parse(await output(process.execPath, [AUTOCANNON, ...args]));
  return {
    perSecond: report.requests.average,
    total: report.requests.total,
    p50: report.latency.p50,
    p99: report.latency.p99,
    failures: report.non2xx + report.errors + report.timeouts,
  };
}

async function output(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return text;
}
