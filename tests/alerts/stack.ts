/** The committed rules and routes in a real Prometheus and real Alertmanagers, in time-lapse. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { ROOT } from '../grafana/dashboards.ts';
import { openInbox, type Inbox } from './inbox.ts';

export interface Notified {
  /** of the Alertmanager */
  readonly url: string;
  readonly inbox: Inbox;
}

export interface Stack {
  /** one for each `lapse` asked for */
  readonly notified: readonly Notified[];
  readonly prometheusUrl: string;
  stop(): Promise<void>;
}

/** What a real minute takes here; nothing takes less than a second, the interval of scrapes and evaluations. */
const LAPSE = 150;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

function lapsed(duration: string, lapse = LAPSE): string {
  const seconds = Number(duration.slice(0, -1)) * (UNIT_SECONDS[duration.slice(-1)] ?? NaN);
  return `${String(Math.max(1, Math.round(seconds / lapse)))}s`;
}

interface RulesFile {
  groups: { interval?: string; rules: { for?: string; keep_firing_for?: string }[] }[];
}

/** Only waits shrink: thresholds, expressions, windows and labels are those of the committed file. */
function rules(): string {
  const file = parse(readFileSync(join(ROOT, 'alerts/prometheus/lockstep.rules.yml'), 'utf8')) as RulesFile;
  for (const group of file.groups) {
    if (group.interval !== undefined) group.interval = lapsed(group.interval);
    for (const rule of group.rules) {
      if (rule.for !== undefined) rule.for = lapsed(rule.for);
      if (rule.keep_firing_for !== undefined) rule.keep_firing_for = lapsed(rule.keep_firing_for);
    }
  }
  return stringify(file);
}

interface Route {
  group_wait?: string;
  group_interval?: string;
  routes?: Route[];
}

function hurry(route: Route, escalationLapse: number): void {
  const { group_wait: wait, group_interval: interval } = route;
  const steps = wait?.endsWith('m') ?? false;
  if (wait !== undefined) route.group_wait = lapsed(wait, steps ? escalationLapse : LAPSE);
  if (interval !== undefined) route.group_interval = lapsed(interval);
  for (const child of route.routes ?? []) hurry(child, escalationLapse);
}

interface Receiver {
  webhook_configs?: { url: string }[];
}

/** The committed routes; only waits, addresses and the place of the secrets differ. */
function alertmanagerFile(folder: string, inbox: Inbox, escalationLapse: number): string {
  const text = readFileSync(join(ROOT, 'alerts/alertmanager/alertmanager.yml'), 'utf8');
  const file = parse(text.replaceAll('/etc/alertmanager/secrets', join(folder, 'secrets'))) as {
    global: Record<string, unknown>;
    route: Route;
    receivers: Receiver[];
  };
  Object.assign(file.global, { smtp_smarthost: inbox.smtp, smtp_require_tls: false });
  hurry(file.route, escalationLapse);
  for (const webhook of file.receivers.flatMap((receiver) => receiver.webhook_configs ?? []))
    webhook.url = `${inbox.url}/${new URL(webhook.url).hostname.split('.')[0] ?? ''}`;
  return stringify(file);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** @param escalationLapses one Alertmanager for each: how much faster than in truth the later steps of escalation come */
export async function startStack(exporter: string, escalationLapses: readonly number[]): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-alerts-'));
  const children: ChildProcess[] = [];
  const inboxes: Inbox[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }),
    );
    for (const inbox of inboxes) inbox.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const run = async (program: string, args: string[], url: string): Promise<void> => {
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (part: Buffer) => (log += part.toString()));
    children.push(child);
    await ready(`${url}/-/ready`, child, () => log);
  };
  try {
    const places = await Promise.all(
      escalationLapses.map(async (lapse, index) => {
        const inbox = await openInbox();
        inboxes.push(inbox);
        const own = join(folder, `alertmanager-${String(index)}`);
        writeAlertmanager(own, inbox, lapse);
        return { own, host: `127.0.0.1:${String(await freePort())}`, inbox };
      }),
    );
    const host = `127.0.0.1:${String(await freePort())}`;
    const prometheusUrl = `http://${host}`;
    writePrometheus(
      folder,
      new URL(exporter).host,
      places.map((place) => place.host),
    );
    await run('prometheus', [...PROMETHEUS_FLAGS, `--web.listen-address=${host}`], prometheusUrl);
    // production's five minutes are two seconds here, as long as a busy machine may take over the first scrape
    await holds(prometheusUrl, 'up == 1 unless on () ALERTS{alertname="LockstepExporterDown"}');
    const notified = await Promise.all(
      places.map(async ({ own, host: listen, inbox }) => {
        const url = `http://${listen}`;
        const flags = [
          `--config.file=${join(own, 'alertmanager.yml')}`,
          `--storage.path=${join(own, 'data')}`,
          `--web.listen-address=${listen}`,
          '--cluster.listen-address=',
        ];
        await run('prometheus-alertmanager', flags, url);
        return { url, inbox };
      }),
    );
    return { notified, prometheusUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const PROMETHEUS_FLAGS = [
  '--config.file=prometheus.yml',
  '--storage.tsdb.path=tsdb',
  '--rules.alert.resend-delay=1s',
];

function writePrometheus(folder: string, exporter: string, alertmanagers: readonly string[]): void {
  writeFileSync(join(folder, 'lockstep.rules.yml'), rules());
  remember(folder, exporter);
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['lockstep.rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] },
    scrape_configs: [{ job_name: 'lockstep', static_configs: [{ targets: [exporter] }] }],
  };
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
}

async function holds(prometheus: string, expression: string): Promise<void> {
  const url = `${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`;
  for (let tries = 0; tries < 300; tries += 1) {
    const { data } = (await (await fetch(url)).json()) as { data: { result: readonly unknown[] } };
    if (data.result.length > 0) return;
    await sleep(100);
  }
  throw new Error(`after 30 s there is no ${expression}`);
}

/**
 * Four quiet days, as on any day of production: on a Prometheus of a minute's age every window is a minute long, and the
 * budget of three days is spent at once. What is younger than three hours belongs to the running Prometheus:
 * https://prometheus.io/docs/prometheus/latest/storage/#backfilling-from-openmetrics-format
 */
function remember(folder: string, instance: string): void {
  const step = 300;
  const end = Math.floor(Date.now() / 1_000) - 3 * 3_600;
  const ofJob = 'job="lockstep",check="pairs"';
  const ofInstance = `${ofJob},instance="${instance}"`;
  const series: [string, (step: number) => number][] = [
    // as often as the exporter of the test looks: every 2 s at 100 pairs
    [`lockstep_check_rows_evaluated_total{${ofInstance}}`, (n) => n * (step / 2) * 100],
    [`lockstep_check_rows_inconsistent_total{${ofInstance}}`, () => 0],
    [`lockstep_check_rows{${ofInstance}}`, () => 100],
    [`check:lockstep_consistency_fresh:ratio{${ofJob}}`, () => 1],
  ];
  const steps = (4 * 86_400) / step;
  const lines = series.flatMap(([name, value]) =>
    Array.from(
      { length: steps },
      (_, n) => `${name} ${String(value(n))} ${String(end - (steps - n) * step)}`,
    ),
  );
  writeFileSync(join(folder, 'history.om'), [...lines, '# EOF', ''].join('\n'));
  const done = spawnSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', 'history.om', 'tsdb'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`promtool could not write the history:\n${done.stderr}`);
}

function writeAlertmanager(folder: string, inbox: Inbox, escalationLapse: number): void {
  mkdirSync(join(folder, 'secrets'), { recursive: true });
  for (const secret of ['smtp_password', 'webhook_token', 'sms_token', 'deploy_token', 'heartbeat_token'])
    writeFileSync(join(folder, 'secrets', secret), 'secret-of-the-test');
  writeFileSync(join(folder, 'secrets/slack_url'), `${inbox.url}/slack`);
  copyFileSync(join(ROOT, 'alerts/alertmanager/lockstep.tmpl'), join(folder, 'lockstep.tmpl'));
  writeFileSync(join(folder, 'alertmanager.yml'), alertmanagerFile(folder, inbox, escalationLapse));
}

async function ready(url: string, child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 300 && child.exitCode === null; tries += 1) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error(`${url} does not answer:\n${log()}`);
}
