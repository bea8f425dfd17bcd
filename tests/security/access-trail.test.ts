/** Who read which rows when, for a compliance review: the API and the log tell the same, and neither tells a value. */
import { violationId } from '../../exporter/src/core/violation.ts';
import {
  ADMIN_TOKEN,
  asAdmin,
  GRAFANA_TOKEN,
  mismatch,
  serve,
  bearer,
  type Served,
} from '../served-lockstep.ts';

const PERSON = 'person-4711';
const LEVEL = 'level-9001';

interface Act {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly ids?: readonly string[];
}

let served: Served;
beforeEach(async () => {
  served = await serve();
  served.scene('progress_license').rows.push(mismatch(PERSON, LEVEL));
  await served.run('progress_license');
});
afterEach(() => served.close());

const act = ({ actor, action, subject, ids }: Act): Act =>
  ids === undefined ? { actor, action, subject } : { actor, action, subject, ids };
const idOf = (user: string): string => violationId('progress_license', [user, 'COACH']);

function logged(): Act[] {
  return served.logLines
    .map((line) => JSON.parse(line) as Act & { msg: string; level: number })
    .filter(({ msg, level }) => msg === 'audit' && level === 30)
    .map(act);
}

/** Oldest first, as the log has them. */
async function trail(): Promise<{ acts: Act[]; text: string }> {
  const answer = await served.app.inject({ url: '/api/v1/audit?limit=100', headers: asAdmin });
  const { rows } = answer.json<{ rows: (Act & { details: Pick<Act, 'ids'> })[] }>();
  return {
    acts: rows.map(({ details, ...row }) => act({ ...row, ...details })).reverse(),
    text: answer.body,
  };
}

async function get(url: string, headers: Record<string, string> = asAdmin): Promise<string> {
  const answer = await served.app.inject({ url, headers });
  expect(answer.statusCode).toBe(200);
  return answer.body;
}

test('every way to read a row is told by the API and by the log alike, and by neither with a value', async () => {
  const grafana = { ...bearer(GRAFANA_TOKEN), 'x-grafana-user': 'maria' };
  const list = await get(`/api/v1/violations?check=progress_license&search=${PERSON}`, grafana);
  const [row] = (JSON.parse(list) as { rows: { id: string }[] }).rows;
  const shown = [
    list,
    await get(`/api/v1/violations/${String(row?.id)}`),
    await get('/api/v1/health/status'),
    await get('/api/v1/health/latest-report'),
    await get('/api/v1/health/violations?check=progress_license'),
  ];
  for (const body of shown) expect(body).toContain(PERSON);
  const run = { method: 'POST', url: '/api/v1/checks/progress_license/run?wait=true' } as const;
  expect((await served.app.inject({ ...run, headers: asAdmin })).body).toContain(LEVEL);
  const now = { method: 'POST', url: '/api/v1/health/check-now' } as const;
  expect((await served.app.inject({ ...now, headers: asAdmin })).body).toContain(PERSON);
  const made = await served.app.inject({
    ...{ method: 'POST', url: '/api/v1/baselines', headers: asAdmin },
    payload: { check: 'progress_license', name: 'before' },
  });
  const baseline = made.json<{ id: string }>().id;
  for (const part of ['comparison', 'files']) {
    expect(await get(`/api/v1/baselines/${baseline}/${part}`)).toContain(PERSON);
  }
  const { acts, text } = await trail();
  const [check, ids] = ['progress_license', [idOf(PERSON)]];
  expect(ids).toEqual([row?.id]);
  expect(acts).toEqual([
    { actor: 'maria via grafana', action: 'violations.read', subject: check, ids },
    { actor: 'ops', action: 'violation.read', subject: row?.id },
    { actor: 'ops', action: 'health.status.read', subject: '*', ids },
    { actor: 'ops', action: 'health.latest-report.read', subject: '*', ids },
    { actor: 'ops', action: 'health.violations.read', subject: check, ids },
    { actor: 'ops', action: 'check.run', subject: check },
    { actor: 'ops', action: 'run.read', subject: check, ids },
    { actor: 'ops', action: 'check.run', subject: '*' },
    { actor: 'ops', action: 'run.read', subject: check, ids },
    { actor: 'ops', action: 'baseline.create', subject: check },
    { actor: 'ops', action: 'baseline.read', subject: baseline, ids },
    { actor: 'ops', action: 'baseline.export', subject: baseline, ids },
    { actor: 'ops', action: 'audit.read', subject: '*' },
  ]);
  expect(logged()).toEqual(acts);
  for (const told of [text, served.logLines.join('')]) {
    for (const value of [PERSON, LEVEL, ADMIN_TOKEN]) expect(told).not.toContain(value);
  }
});

test('a dashboard that polls is noted with the rows that are new or other than before, each reader for himself', async () => {
  const readings = async (): Promise<number> => {
    for (let n = 0; n < 3; n += 1) await get('/api/v1/health/violations');
    return logged().filter(({ action }) => action === 'health.violations.read').length;
  };
  expect(await readings()).toBe(1);
  await served.run('progress_license');
  expect(await readings()).toBe(1);
  served.scene('progress_license').rows.push(mismatch('another'));
  await served.run('progress_license');
  expect(await readings()).toBe(2);
  expect(logged().at(-1)?.ids).toEqual([idOf('another')]);
  await get('/api/v1/health/violations', bearer(GRAFANA_TOKEN));
  expect(logged().at(-1)).toMatchObject({ actor: 'grafana', action: 'health.violations.read', subject: '*' });
  expect(logged().at(-1)?.ids).toHaveLength(2);
  served.scene('progress_license').rows[1] = mismatch('another', '9');
  await served.run('progress_license');
  expect(await readings()).toBe(4);
  expect(logged().at(-1)?.ids).toEqual([idOf('another')]);
  served.scene('progress_license').rows.length = 0;
  await served.run('progress_license');
  expect(await readings()).toBe(4);
});

test('of thousands of rows every one is told, 1,000 in an entry', async () => {
  const { rows } = served.scene('progress_license');
  for (let user = 1; user < 2_500; user += 1) rows.push(mismatch(String(user)));
  await served.run('progress_license');
  await get('/api/v1/health/status');
  const ids = logged().map((entry) => entry.ids ?? []);
  expect(ids.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  expect(new Set(ids.flat())).toEqual(new Set(rows.map(({ key }) => violationId('progress_license', key))));
  expect((await trail()).acts.slice(0, 3)).toEqual(logged().slice(0, 3));
});

test('a document without rows is read without a note', async () => {
  served.scene('progress_license').rows.length = 0;
  await served.run('progress_license');
  await get('/api/v1/health/status');
  expect(logged()).toEqual([]);
});
