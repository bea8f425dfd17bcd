/** Reports on a schedule: a whole exporter, a folder, and a webhook that listens. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startApp, type App } from '../../exporter/src/app.ts';
import { postReport, writeReport } from '../../exporter/src/reports/delivery.ts';
import type { JobList } from '../../exporter/src/http/api-schemas.ts';

const SECRET = 'part-of-the-address';
interface Post {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let folder: string;
let hook: Server;
let url: string;
let posts: Post[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-reports-'));
  posts = [];
  answer = (response) => void response.end();
  hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      posts.push({ headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((listening) => hook.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${String((hook.address() as AddressInfo).port)}/${SECRET}`;
});
afterEach(async () => {
  hook.closeAllConnections();
  await new Promise((closed) => hook.close(closed));
  rmSync(folder, { recursive: true, force: true });
});

async function exporter(logLines: string[]): Promise<App> {
  const file = join(folder, 'lockstep.yaml');
  writeFileSync(
    file,
    `sources: { app: { engine: postgres, url: "postgres://nobody@127.0.0.1:1/none" } }
checks:
  pairs:
    kind: coupling
    left: { source: app, table: a, key: [id], compare: [v] }
    right: { source: app, table: b, key: [id], compare: [v] }
http: { listen: "127.0.0.1:0" }
reports:
  - { kind: daily, schedule: "* * * * * *", folder: out, webhook: "${url}", formats: [markdown, html, json] }
  - { kind: weekly, schedule: "0 3 * * *", folder: out }
`,
  );
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logLines.push(line) });
  return startApp({ configFile: file, logger });
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end;) {
    if (await holds()) return;
    await new Promise((wait) => setTimeout(wait, 50));
  }
  throw new Error(`in vain: ${what}`);
}

async function jobs(app: App): Promise<JobList['jobs']> {
  return ((await (await fetch(`${app.url}/api/v1/jobs`)).json()) as JobList).jobs;
}

test('a report is written whole to the folder, posted to the webhook, and is a job like any other', async () => {
  const logLines: string[] = [];
  const app = await exporter(logLines);
  try {
    const daily = async () => (await jobs(app)).find(({ job }) => job === 'report:daily');
    await until('the job is remembered', async () => typeof (await daily())?.last_success === 'string');
    expect(await daily()).toMatchObject({ check: false, consecutive_failures: 0, next_run: expect.any(String) as string }); // prettier-ignore
    const names = readdirSync(join(folder, 'out'));
    for (const ending of ['md', 'html', 'json'])
      expect(names.some((name) => new RegExp(`^daily_\\d{8}_\\d{6}\\.${ending}$`).test(name))).toBe(true);
    const markdown = names.find((name) => name.endsWith('.md')) ?? '';
    expect(readFileSync(join(folder, 'out', markdown), 'utf8')).toMatch(
      /^# Daily report: [^]*## pairs[^]*UTC/,
    );
    expect(posts.map(({ headers }) => headers['content-type'])).toEqual(
      expect.arrayContaining(['text/markdown; charset=utf-8', 'text/html; charset=utf-8', 'application/json; charset=utf-8']), // prettier-ignore
    );
    const posted = posts.find(({ headers }) => headers['x-lockstep-report'] === markdown);
    expect(posted?.body).toBe(readFileSync(join(folder, 'out', markdown), 'utf8'));
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toMatch(/lockstep_job_runs_total\{job_name="report:daily",outcome="pass"\} [1-9]/);
    expect(metrics).toMatch(/lockstep_job_next_run_timestamp_seconds\{job_name="report:weekly"\} \d/);
  } finally {
    await app.stop();
  }
  expect(logLines.filter((line) => line.includes(SECRET))).toEqual([]);
  expect(readdirSync(join(folder, 'out')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
}, 40_000);

test('a webhook that refuses fails the job, keeps no file from being written, and is never named', async () => {
  answer = (response) => void response.writeHead(500).end();
  const logLines: string[] = [];
  const app = await exporter(logLines);
  try {
    await until('two failures', async () =>
      (await jobs(app)).some(({ job, consecutive_failures: n }) => job === 'report:daily' && n >= 2),
    );
    expect(readdirSync(join(folder, 'out')).length).toBeGreaterThan(0);
    expect(await (await fetch(`${app.url}/metrics`)).text()).toMatch(/job_runs_total\{job_name="report:daily",outcome="error"\} [2-9]/); // prettier-ignore
  } finally {
    await app.stop();
  }
  expect(logLines.join('')).toContain('"reason":"the webhook answered with status 500"');
  expect(logLines.filter((line) => line.includes(SECRET))).toEqual([]);
}, 40_000);

const REPORT = { name: 'daily.md', text: 'a report', mediaType: 'text/markdown' };
const never = new AbortController().signal;

test('a redirect is not followed', async () => {
  answer = (response) => void response.writeHead(302, { location: '/elsewhere' }).end();
  await expect(postReport(url, REPORT, never)).rejects.toThrow('status 302; redirects are not followed');
  expect(posts).toHaveLength(1);
});

test('a webhook that never answers is given up', async () => {
  answer = () => undefined;
  await expect(postReport(url, REPORT, never, 200)).rejects.toThrow('did not answer within 0.2 s');
});

test('a webhook that is not there is told without its address', async () => {
  const gone = `http://127.0.0.1:1/${SECRET}`;
  const error = await postReport(gone, REPORT, never).catch((reason: unknown) => reason as Error);
  expect(String(error)).toMatch(/the webhook cannot be reached/);
  expect(String(error)).not.toContain(SECRET);
});

test('a folder that cannot be written to is told with what to do', async () => {
  writeFileSync(join(folder, 'a-file'), '');
  await expect(writeReport(join(folder, 'a-file', 'below'), 'daily.md', 'x')).rejects.toThrow(/cannot be written to .*ENOTDIR.*name another folder/); // prettier-ignore
});
