/**
 * Real rows break and mend behind the real exporter, a real Prometheus with the committed rules and real Alertmanagers
 * with the committed routes; only waits are shorter (150 times) and addresses are on loopback.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { startApp, type App } from '../../exporter/src/app.ts';
import { testWith } from '../needs.ts';
import { ownCluster, type OwnCluster } from '../own-cluster.ts';
import type { Inbox, Message } from './inbox.ts';
import { startStack, type Notified, type Stack } from './stack.ts';

const HOW = 'On Debian: apt-get install prometheus prometheus-alertmanager';
/** Longer than every wait of the time-lapse that could still bring something. */
const QUIET_MS = 9_000;

let folder: string;
let cluster: OwnCluster;
let app: App | undefined;
let stack: Stack | undefined;
const timings: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-live-'));
  cluster = await ownCluster();
}, 60_000);

afterAll(async () => {
  if (timings.length > 0) process.stderr.write(`\nAlerts, live:\n${timings.join('\n')}\n`);
  await stack?.stop();
  await app?.stop();
  await cluster.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function sql(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/** 8 of 100 pairs: below 0.95, fewer than 10 entities. */
const breakRows = () => sql('UPDATE b SET v = v + 1 WHERE id <= 8');
const mendRows = () => sql('UPDATE b SET v = a.v FROM a WHERE a.id = b.id AND a.v <> b.v');

async function start(): Promise<void> {
  await sql(`CREATE TABLE a (id int PRIMARY KEY, v int); INSERT INTO a SELECT n, n FROM generate_series(1, 100) AS n;
    CREATE TABLE b (LIKE a INCLUDING ALL); INSERT INTO b TABLE a`);
  const configFile = join(folder, 'lockstep.yaml');
  writeFileSync(
    configFile,
    `sources: { app: { engine: postgres, url: "${cluster.url}" } }
checks:
  pairs:
    kind: coupling
    schedule: "*/2 * * * * *"
    left: { source: app, table: a, key: [id], compare: [v] }
    right: { source: app, table: b, key: [id], compare: [v] }
http: { listen: "127.0.0.1:0" }
store: { path: lockstep.db }
`,
  );
  app = await startApp({ configFile, logger: pino({ level: 'silent' }, { write: () => undefined }) });
  stack = await startStack(app.url, [1, 150, 150]);
}

/** The Alertmanagers: later steps as late as in truth; in time-lapse; the same, and its alert is silenced after the first step. */
function alertmanagers(): { slow: Notified; escalating: Notified; silenced: Notified } {
  const [slow, escalating, silenced] = stack?.notified ?? [];
  if (!slow || !escalating || !silenced) throw new Error('the stack has not started');
  return { slow, escalating, silenced };
}

const isWatchdog = ({ to }: Message): boolean => to === '/heartbeat';
/** Slack posts have the name of the check in their text, e-mails everything; only webhooks name the alert. */
const says =
  (...texts: string[]) =>
  (message: Message): boolean =>
    !isWatchdog(message) && texts.every((text) => message.body.includes(text));
const LOW = 'Check pairs is less consistent than it must be';
const DOWN = 'Source app cannot be looked at';
const GONE = 'No Lockstep exporter answers';
const ON_CALL = 'on-call@example.test';

function received(inbox: Inbox, text: string, since = 0): string[] {
  return inbox.messages
    .slice(since)
    .filter(says(text))
    .map(({ to, body }) => `${to} ${/\[(FIRING|RESOLVED)/.exec(body)?.[1] ?? ''}`)
    .sort();
}

/** To whom, and the first line after what kind of news it is. */
function summary({ to, body }: Message): string {
  return `${to} ${/\[(?:FIRING|RESOLVED)[^\]]*\] ([^\r\n"]*)/.exec(body)?.[1] ?? body.slice(0, 200)}`;
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const before = Date.now();
  await work();
  timings.push(`  ${((Date.now() - before) / 1_000).toFixed(1).padStart(5)} s  ${what}`);
}

testWith(
  'prometheus-alertmanager',
  HOW,
  'nothing is wrong: the watchdog goes to the heartbeat, and nobody else hears of anything',
  async () => {
    await timed('start to the first sign of the watchdog', async () => {
      await start();
      await alertmanagers().slow.inbox.arrival(isWatchdog, 30_000);
    });
    await sleep(QUIET_MS);
    const { inbox } = alertmanagers().slow;
    expect(inbox.messages.filter((message) => !isWatchdog(message)).map(summary)).toEqual([]);
  },
  120_000,
);

testWith(
  'prometheus-alertmanager',
  HOW,
  'the database stops: its being down is told once, and nothing else, neither then nor when it is back',
  async () => {
    const { inbox } = alertmanagers().slow;
    const before = inbox.messages.length;
    await timed('database stopped to page', async () => {
      await cluster.stop();
      await inbox.arrival(says(DOWN, 'FIRING'), 30_000);
    });
    await sleep(QUIET_MS);
    expect(received(inbox, DOWN)).toEqual([`/slack FIRING`, `${ON_CALL} FIRING`]);
    await timed('database back to resolve', async () => {
      await cluster.restart();
      for (const to of ['/slack', ON_CALL])
        await inbox.arrival((one) => one.to === to && says(DOWN, 'RESOLVED')(one), 30_000);
    });
    // what it silenced is kept for a while, too
    await sleep(2 * QUIET_MS);
    const told = inbox.messages.slice(before).filter((message) => !isWatchdog(message));
    expect(told.filter((message) => !says(DOWN)(message)).map(summary)).toEqual([]);
    const both = ['/slack', ON_CALL].flatMap((to) => [`${to} FIRING`, `${to} RESOLVED`]);
    expect(received(inbox, DOWN, before)).toEqual(both.sort());
  },
  120_000,
);

testWith(
  'prometheus-alertmanager',
  HOW,
  'rows break: exactly one notification that names check, ratio, count and runbook; it escalates step by step unless silenced; mended: exactly one resolve',
  async () => {
    const { slow, escalating, silenced } = alertmanagers();
    const before = slow.inbox.messages.length;
    await timed('rows broken to page', async () => {
      await breakRows();
      await slow.inbox.arrival(says(LOW, 'FIRING'), 30_000);
    });
    await silenced.inbox.arrival(says(LOW, 'FIRING'), 10_000);
    await silence(silenced.url, 'LockstepConsistencyLow');
    const page = await escalating.inbox.arrival(says(LOW, 'FIRING'), 10_000);
    for (const to of ['second-on-call@example.test', '/pager', 'managers@example.test', '/sms-gateway']) {
      const step = await escalating.inbox.arrival((one) => one.to === to && says(LOW)(one), 30_000);
      timings.push(`  ${((step.at - page.at) / 1_000).toFixed(1).padStart(5)} s  first page to ${to}`);
    }
    const mail = await slow.inbox.arrival((one) => one.to === ON_CALL && says(LOW)(one), 1_000);
    expect(mail.body).toContain('Check: pairs');
    expect(mail.body).toContain('Consistency: 92%');
    expect(mail.body).toContain('Open violations: 8');
    expect(mail.body).toMatch(/Oldest: first seen .+ ago/);
    expect(mail.body).toContain('/runbooks/LockstepConsistencyLow.md');
    expect(mail.body).toContain('/d/lockstep-check?var-check=pairs');
    await timed('rows mended to resolve', async () => {
      await mendRows();
      await slow.inbox.arrival(says(LOW, 'RESOLVED'), 30_000);
    });
    await sleep(QUIET_MS);
    const both = ['/slack', ON_CALL].flatMap((to) => [`${to} FIRING`, `${to} RESOLVED`]);
    expect(received(slow.inbox, LOW, before)).toEqual(both);
    const told = slow.inbox.messages.slice(before).filter((message) => !isWatchdog(message));
    expect(told.filter((message) => !says(LOW)(message)).map(summary)).toEqual([]);
    const order = escalating.inbox.messages.filter(says(LOW, 'iring')).map(({ to }) => to);
    expect(order.indexOf(ON_CALL)).toBeLessThan(order.indexOf('/pager'));
    expect(order.indexOf('/pager')).toBeLessThan(order.indexOf('/sms-gateway'));
    expect(received(silenced.inbox, LOW)).toEqual(['/slack FIRING', `${ON_CALL} FIRING`]);
  },
  180_000,
);

testWith(
  'prometheus-alertmanager',
  HOW,
  'rows that are accepted end their alert while they are still apart; as soon as their values are others it is back',
  async () => {
    const { inbox } = alertmanagers().slow;
    const before = inbox.messages.length;
    const since =
      (from: number, ...texts: string[]) =>
      (message: Message): boolean =>
        inbox.messages.indexOf(message) >= from && says(...texts)(message);
    await breakRows();
    await inbox.arrival(since(before, LOW, 'FIRING'), 30_000);
    await timed('rows marked as known to resolve', async () => {
      await accept();
      await inbox.arrival(since(before, LOW, 'RESOLVED'), 30_000);
    });
    const accepted = inbox.messages.length;
    await timed('other values to page', async () => {
      await breakRows();
      await inbox.arrival(since(accepted, LOW, 'FIRING'), 30_000);
    });
    await mendRows();
    for (const to of ['/slack', ON_CALL])
      await inbox.arrival((one) => one.to === to && since(accepted, LOW, 'RESOLVED')(one), 30_000);
  },
  180_000,
);

testWith(
  'prometheus-alertmanager',
  HOW,
  'broken rows, and then the database stops: the page stays open; the exporter stops: its being down is told, and nothing else',
  async () => {
    const { inbox } = alertmanagers().slow;
    const before = inbox.messages.length;
    const since =
      (...texts: string[]) =>
      (message: Message): boolean =>
        inbox.messages.indexOf(message) >= before && says(...texts)(message);
    await breakRows();
    await inbox.arrival(since(LOW, 'FIRING'), 30_000);
    await cluster.stop();
    await inbox.arrival(since(DOWN, 'FIRING'), 30_000);
    await sleep(QUIET_MS);
    expect(received(inbox, LOW, before)).toEqual(['/slack FIRING', `${ON_CALL} FIRING`]);
    const atStop = inbox.messages.length;
    await timed('exporter stopped to page', async () => {
      await app?.stop();
      app = undefined;
      await inbox.arrival(since(GONE, 'FIRING'), 30_000);
    });
    await sleep(QUIET_MS);
    const told = inbox.messages.slice(atStop).filter((message) => !isWatchdog(message));
    expect(told.map(summary).sort()).toEqual([`/slack ${GONE}`, `${ON_CALL} ${GONE}`]);
  },
  120_000,
);

/** All that is open, as an admin does it. */
async function accept(): Promise<void> {
  const answer = await fetch(`${app?.url ?? ''}/api/v1/violations/known`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ filter: { check: 'pairs' }, reason: 'a test' }),
  });
  expect(await answer.json()).toEqual({ marked: 8, skipped: [] });
}

async function silence(alertmanager: string, alertname: string): Promise<void> {
  const answer = await fetch(`${alertmanager}/api/v2/silences`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      matchers: [{ name: 'alertname', value: alertname, isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 600_000).toISOString(),
      createdBy: 'on-call',
      comment: 'I am on it',
    }),
  });
  expect(answer.status).toBe(200);
}
