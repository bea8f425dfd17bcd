/** The three reports in the three formats from three days of history: nothing is left open, and no number is its own. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import type { History, RunPage, ViolationPage } from '../../exporter/src/http/api-schemas.ts';
import { ReportDocument } from '../../exporter/src/http/report-schemas.ts';
import type { reportDocument } from '../../exporter/src/reports/json.ts';
import type { Store } from '../../exporter/src/stores/store.ts';
import { STORES, type Place } from '../conformance/store-engines.ts';
import { ADMIN_TOKEN, asAdmin, asViewer, serve, VIEWER_TOKEN, type Served } from '../served-lockstep.ts';
import { CHECKS, EVERY, lastTick, PERSON, seedThreeDays, showRemembered } from './seed.ts';

type Document = ReturnType<typeof reportDocument>;
const KINDS = ['daily', 'weekly', 'stabilization'] as const;
const FORMATS = ['json', 'markdown', 'html'] as const;
const NAMES = CHECKS.map(({ name }) => name);
const ENTRY = join(import.meta.dirname, '..', '..', 'exporter', 'bin', 'lockstep.mjs');

describe.each(Object.keys(STORES))('from the %s store', (engine) => {
  let place: Place;
  let store: Store;
  let served: Served;
  let seededUntil = 0;

  beforeAll(async () => {
    place = await (STORES[engine] as () => Promise<Place>)();
    store = await place.open();
    seededUntil = lastTick(Date.now());
    await seedThreeDays(store, Date.now());
    served = await serve({ checks: CHECKS, store });
    await showRemembered(served.board, store);
  }, 120_000);
  afterAll(async () => {
    await served.close();
    await place.remove();
  });

  async function get<T>(path: string, headers = asAdmin): Promise<T> {
    const answer = await served.app.inject({ url: `/api/v1/${path}`, headers });
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.body}`);
    return answer.json();
  }

  async function text(path: string): Promise<string> {
    const { statusCode, body } = await served.app.inject({ url: `/api/v1/${path}`, headers: asViewer });
    expect(statusCode).toBe(200);
    return body;
  }

  function one(document: Document, name: string): Document['checks'][number] {
    const found = document.checks.find((check) => check.name === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  }

  test.each(KINDS)('the %s report has the shape that the API promises', async (kind) => {
    const document = await get(`reports/${kind}`, asViewer);
    expect([...Compile(ReportDocument).Errors(document)]).toEqual([]);
  });

  test.each(KINDS.flatMap((kind) => FORMATS.map((format) => [kind, format] as const)))(
    'the %s report as %s holds no placeholder, no value of a row, and nothing from elsewhere',
    async (kind, format) => {
      const body = await text(`reports/${kind}?format=${format}`);
      for (const name of NAMES)
        expect(body).toContain(format === 'markdown' ? name.replaceAll('_', '\\_') : name);
      const words = format === 'json' ? body.replaceAll(/: null\b/g, '') : body;
      expect(words).not.toMatch(
        /undefined|NaN|\bnull\b|Infinity|\[object|TODO|TBD|FIXME|XXX|\{\{|\$\{|\?\?\?|_{3,}|lorem|placeholder/i,
      );
      expect(body).not.toContain(PERSON);
      expect(body).not.toMatch(/old-\d|hit-\d|COACH/);
      if (format !== 'html') return;
      expect(body).not.toMatch(
        /<script|<link|<img|<iframe|https?:|src=|href=|url\(|@import| on\w+=| style=/i,
      );
      expect(body).toContain('<svg class="chart"');
      expect(body).not.toContain('<every>');
    },
  );

  test.each(KINDS)('the numbers of the %s report are those of the API', async (kind) => {
    const document = await get<Document>(`reports/${kind}`, asViewer);
    const markdown = await text(`reports/${kind}?format=markdown`);
    for (const name of NAMES) {
      const check = one(document, name);
      const span = `from=${document.from}&to=${document.to}`;
      const { points } = await get<History>(`checks/${name}/history?${span}`);
      const total = (of: (point: History['points'][number]) => number): number =>
        points.reduce((all, point) => all + of(point), 0);
      const ratios = points.flatMap(({ min_ratio: ratio }) => ratio ?? []);
      expect(check.violations.new).toBe(total(({ opened }) => opened));
      expect(check.violations.resolved).toBe(total(({ resolved }) => resolved));
      expect(check.runs).toEqual({
        ended: total(({ runs }) => runs),
        could_not_look: total(({ errors }) => errors),
      });
      expect(check.consistency).toMatchObject({
        runs: ratios.length,
        minimum: ratios.length === 0 ? null : Math.min(...ratios),
        maximum: ratios.length === 0 ? null : Math.max(...ratios),
      });
      if (ratios.length > 0) {
        const mean = ratios.reduce((all, ratio) => all + ratio, 0) / ratios.length;
        expect(check.consistency.average).toBeCloseTo(mean, 12);
        const variance = ratios.reduce((all, ratio) => all + (ratio - mean) ** 2, 0) / ratios.length;
        expect(check.consistency.standard_deviation).toBeCloseTo(Math.sqrt(variance), 12);
      }
      expect(check.trend.reduce((all, { runs }) => all + runs, 0)).toBe(check.runs.ended);
      for (const state of ['open', 'known'] as const) {
        const { total: listed } = await get<ViolationPage>(`violations?check=${name}&state=${state}&limit=1`);
        expect(check.violations[state]).toBe(listed);
      }
      const all = await everyRun(name);
      const inside = all.filter(
        ({ finished_at: at }) => at !== null && at >= document.from && at <= document.to,
      );
      expect(inside).toHaveLength(check.runs.ended);
      const slowest = inside.map(({ duration_seconds: seconds }) => seconds ?? 0).sort((a, b) => b - a);
      expect(check.slowest_runs.map(({ duration_seconds: seconds }) => seconds)).toEqual(slowest.slice(0, 5));
      expectSchedule(check, all);
      expect(markdown).toContain(`| ${check.violations.new} | ${check.violations.resolved} |`);
    }
  });

  function expectSchedule({ schedule }: Document['checks'][number], all: RunPage['rows']): void {
    if (!schedule) return;
    const made = all.filter(({ started_at: at }) => at >= schedule.from && at <= schedule.to);
    const ticks =
      Math.floor(Date.parse(schedule.to) / EVERY) - Math.ceil(Date.parse(schedule.from) / EVERY) + 1;
    expect(schedule).toMatchObject({
      expected: ticks,
      made: made.length,
      could_not_look: made.filter(({ outcome }) => outcome === 'error').length,
      missed: ticks - made.length,
    });
  }

  async function everyRun(name: string): Promise<RunPage['rows']> {
    return (await get<RunPage>(`checks/${name}/runs?limit=1000`)).rows;
  }

  test('the times to resolve are those in the lives of the violations', async () => {
    const document = await get<Document>('reports/stabilization');
    const { rows } = await get<ViolationPage>('violations?check=progress_license&state=resolved&limit=1000');
    const times = rows
      .filter(({ resolved_at: at }) => at !== null && at >= document.from && at <= document.to)
      .map(
        (row) => (Date.parse(row.resolved_at ?? '') - Date.parse(row.reopened_at ?? row.first_seen)) / 1_000,
      )
      .sort((a, b) => a - b);
    const check = one(document, 'progress_license');
    expect(times.length).toBeGreaterThan(60);
    expect(check.time_to_resolve).toEqual({
      ...{ measured: times.length, capped: false, worst_seconds: times.at(-1) },
      median_seconds: times[Math.ceil(times.length * 0.5) - 1],
      p95_seconds: times[Math.ceil(times.length * 0.95) - 1],
    });
    expect(check.time_to_resolve?.measured).toBe(check.violations.resolved);
  });

  test('three days with an outage and missed runs are to be fixed first, and the reasons say so', async () => {
    const document = await get<Document>('reports/stabilization');
    expect(document).toMatchObject({ decision: 'fix_first', window_seconds: 259_200 });
    const check = one(document, 'progress_license');
    const reasons = Object.fromEntries(check.reasons.map(({ subject, decision }) => [subject, decision]));
    expect(reasons).toMatchObject({ average: 'proceed', now: 'proceed', spread: 'investigate', baseline: 'proceed', schedule: 'fix_first' }); // prettier-ignore
    expect(check.baseline).toMatchObject({ name: 'before | the move', points: { now: 0 } });
    expect(check.baseline?.points.minimum).toBeLessThan(-2.5);
    expect(check.violations).toMatchObject({ open: 5, known: 5 });
    expect(one(document, 'orders_invoices')).toMatchObject({ decision: 'proceed', consistency: { average: 1, standard_deviation: 0 } }); // prettier-ignore
  });

  test('a held check, one that never ran and one that is disabled are said to be so', async () => {
    const markdown = await text('reports/daily?format=markdown');
    expect(markdown).toMatch(
      /The newest run, of .* UTC, could not look\. What is told as now is held, from .* UTC\./,
    );
    expect(markdown).toContain('The check has never run.');
    expect(markdown).toContain('No run ended in this window.');
    expect(markdown).toContain('The check is disabled, and takes no part in the decision.');
    const document = await get<Document>('reports/daily');
    expect(one(document, 'profiles')).toMatchObject({ held: true, decision: 'fix_first' });
    expect(one(document, 'newcomer')).toMatchObject({ decision: 'fix_first', consistency: { now: null } });
    expect(one(document, 'archive')).toMatchObject({ enabled: false, schedule: null });
  });

  test('the time of the outage and the missed runs shows in the pieces of the window', async () => {
    const { trend } = one(await get<Document>('reports/stabilization'), 'progress_license');
    expect(trend.reduce((all, piece) => all + piece.could_not_look, 0)).toBe(4);
    expect(Math.max(...trend.map((piece) => piece.new))).toBeGreaterThanOrEqual(60);
  });

  test('a weekly report of three days says how much of the week it knows', async () => {
    const document = await get<Document>('reports/weekly');
    const reason = one(document, 'orders_invoices').reasons.find(({ subject }) => subject === 'coverage');
    expect(reason?.text).toMatch(/^Of the window of 7d only the last 3d [01]h were watched/);
  });

  test('days of which only sums are left are told as such', async () => {
    await store.retain({ runsMs: 86_400_000, maxRuns: 1e9, rollupsMs: 1e12, violationsMs: 1e12 }, Date.now());
    const { body } = await served.app.inject({ url: '/api/v1/reports/stabilization?format=markdown&check=progress_license', headers: asViewer }); // prettier-ignore
    expect(body).toMatch(/[123] days? are kept as sums only/);
    const document = await get<Document>('reports/stabilization?check=progress_license');
    expect(document.checks).toHaveLength(1);
    const check = one(document, 'progress_license');
    const { points } = await get<History>(
      `checks/progress_license/history?from=${document.from}&to=${document.to}`,
    );
    expect(points.some(({ span }) => span === 'day')).toBe(true);
    expect(check.violations.resolved).toBe(points.reduce((all, { resolved }) => all + resolved, 0));
    const sinceThen = Math.floor((Date.now() - seededUntil) / EVERY);
    expect(check.schedule?.missed).toBeLessThanOrEqual(2 + sinceThen);
  });

  test.each([
    ['reports/monthly', 'Path parameter "kind" must be one of daily, weekly, stabilization.'],
    ['reports/daily?window=32d', 'Query parameter "window" must be from 1m to 31d.'],
    ['reports/daily?window=1s', 'Query parameter "window" must be from 1m to 31d.'],
    ['reports/daily?format=pdf', 'Query parameter "format" must be one of json, markdown, html.'],
    [
      'reports/daily?check=progress_licence',
      'There is no check "progress_licence". Did you mean "progress_license"?',
    ],
  ])('%s is refused in words', async (path, detail) => {
    const answer = await served.app.inject({ url: `/api/v1/${path}`, headers: asViewer });
    expect([answer.statusCode >= 400 && answer.statusCode < 500, answer.json<{ detail: string }>().detail]).toEqual([true, detail]); // prettier-ignore
  });

  test('the page may fetch and run nothing where it is shown', async () => {
    const { headers, body } = await served.app.inject({
      url: '/api/v1/reports/daily?format=html',
      headers: asViewer,
    });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; /);
    expect(body).toContain("default-src 'none'; style-src 'sha256-");
  });
});

test('the command prints a report, or writes it to a file that it does not replace silently', async () => {
  const served = await serve({ checks: CHECKS });
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-report-'));
  try {
    await served.app.listen({ host: '127.0.0.1', port: 0 });
    const env = {
      ...process.env,
      LOCKSTEP_URL: `http://127.0.0.1:${String((served.app.server.address() as AddressInfo).port)}`,
      LOCKSTEP_TOKEN: VIEWER_TOKEN,
    };
    const lockstep = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
      new Promise((resolve) => {
        execFile(process.execPath, [ENTRY, 'report', ...args], { env }, (error, stdout, stderr) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
        });
      });
    const printed = await lockstep('daily', '--check', 'newcomer');
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect(printed.stdout).toMatch(/^# Daily report: /);
    expect(JSON.parse((await lockstep('weekly', '--format', 'json', '--window', '2h')).stdout)).toMatchObject({ window_seconds: 7_200 }); // prettier-ignore
    const file = join(folder, 'report.html');
    const write = ['stabilization', '--window', '72h', '--format', 'html', '--out', file];
    expect(await lockstep(...write)).toMatchObject({ code: 0, stdout: `${file}\n` });
    expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>/);
    writeFileSync(file, 'mine');
    expect((await lockstep(...write)).stderr).toMatch(/add --force/);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await lockstep('daily', '--window', '90d')).stderr).toMatch(/must be from 1m to 31d/);
    expect((await lockstep('monthly')).code).toBe(2);
    expect(printed.stdout + printed.stderr).not.toContain(ADMIN_TOKEN);
  } finally {
    await served.close();
    rmSync(folder, { recursive: true });
  }
}, 60_000);
