/** `lockstep sync`, `lockstep known` and what `validate --connect` says of the login that writes. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../../exporter/src/http/sync-schemas.ts';
import { ACADEMY_SYNC, ADA, startAcademy, VIC, type Academy } from './academy.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'exporter', 'bin', 'lockstep.mjs');

let academy: Academy;
beforeEach(async () => {
  academy = await startAcademy();
  await academy.sql(
    'UPDATE progress SET level = 5 WHERE student = 3; DELETE FROM licenses WHERE user_id = 5',
  );
  await academy.run();
}, 60_000);
afterEach(() => academy.stop());

function lockstep(
  args: readonly string[],
  token = ADA,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const env = { ...process.env, LOCKSTEP_URL: academy.url, LOCKSTEP_TOKEN: token };
  return new Promise((done) => {
    const child = execFile(process.execPath, [ENTRY, ...args], { env }, (_error, stdout, stderr) => {
      done({ status: child.exitCode, stdout, stderr });
    });
  });
}

async function planned(...more: string[]): Promise<Plan> {
  const { stdout } = await lockstep(['sync', 'plan', 'pairs', '--json', ...more]);
  return JSON.parse(stdout) as Plan;
}

test('a plan is shown with its statements, applied, and taken back', async () => {
  const shown = await lockstep(['sync', 'plan', 'pairs', '--statements']);
  expect([shown.status, shown.stderr]).toEqual([0, '']);
  expect(shown.stdout).toContain('level: 1 → 5');
  expect(shown.stdout).toContain('UPDATE "licenses" AS target');
  expect(shown.stdout).toContain('2 rows would be written, 0 not.');
  const id = /lockstep sync apply ([0-9a-f]{64})/.exec(shown.stdout)?.[1] ?? '';
  const tried = await lockstep(['sync', 'apply', id, '--reason', 'a try', '--dry-run']);
  expect(tried.stdout).toContain('A dry run, rolled back: 2 written, 0 skipped, 0 failed.');
  const applied = await lockstep(['sync', 'apply', id, '--reason', 'late import']);
  expect([applied.status, applied.stdout]).toEqual([0, expect.stringContaining('Applied: 2 written')]);
  expect(await academy.sql('SELECT level FROM licenses WHERE user_id IN (3, 5) ORDER BY user_id')).toEqual([
    { level: 5 },
    { level: 1 },
  ]);
  const again = await lockstep(['sync', 'apply', id, '--reason', 'again']);
  expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('was applied already')]);
  const undo = await lockstep(['sync', 'undo', id, '--json']);
  const back = await lockstep([
    'sync',
    'apply',
    (JSON.parse(undo.stdout) as Plan).id,
    '--reason',
    'a mistake',
  ]);
  expect([back.status, back.stdout]).toEqual([0, expect.not.stringContaining('all the same')]);
  expect(await academy.sql('SELECT level FROM licenses WHERE user_id IN (3, 5)')).toEqual([{ level: 1 }]);
}, 60_000);

test('only some kinds are planned when they are named, and a row that fails gives exit code 1', async () => {
  expect((await planned('--kind', 'missing_right')).rows).toHaveLength(1);
  await academy.sql('ALTER TABLE licenses ADD CONSTRAINT at_most_four CHECK (level <= 4)');
  const { id } = await planned();
  const { status, stdout } = await lockstep(['sync', 'apply', id, '--reason', 'late import']);
  expect([status, stdout]).toEqual([1, expect.stringContaining('1 written, 0 skipped, 1 failed.')]);
}, 60_000);

/** In front of the server: it passes everything on, and loses the answer to an apply. */
async function losingProxy(): Promise<{ url: string; close: () => void }> {
  const proxy = createServer((request, response) => {
    void (async () => {
      const { method = 'GET', url = '', headers } = request;
      const body = method === 'GET' ? {} : { body: await text(request) };
      const passed = {
        authorization: headers.authorization ?? '',
        ...('body' in body ? { 'content-type': 'application/json' } : {}),
      };
      const answer = fetch(academy.url + url, { method, headers: passed, ...body });
      if (url.endsWith('/apply')) {
        await sleep(300);
        request.socket.destroy();
        return;
      }
      const { status, body: stream } = await answer;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(stream && (await text(stream)));
    })();
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}`, close: () => proxy.close() };
}

test('an apply whose answer is lost is followed to its end', async () => {
  const { url, close } = await losingProxy();
  await academy.sql(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
    CREATE TRIGGER slow AFTER INSERT ON journal FOR EACH ROW EXECUTE FUNCTION slow()`);
  const { id } = await planned();
  const { status, stdout, stderr } = await lockstep(['sync', 'apply', id, '--reason', 'late', '--url', url]);
  expect([status, stderr]).toEqual([0, 'No answer; asking what has become of the plan …\n']);
  expect(stdout).toContain('Applied: 2 written, 0 skipped, 0 failed.');
  const nobody = await lockstep(['sync', 'apply', id, '--reason', 'late', '--url', 'http://127.0.0.1:1']);
  expect([nobody.status, nobody.stderr]).toEqual([2, expect.stringContaining('is the server running')]);
  close();
}, 60_000);

test('what did not fit into a plan is told', async () => {
  await academy.configure(`${ACADEMY_SYNC}\n      maxRows: 1`);
  const { stdout } = await lockstep(['sync', 'plan', 'pairs']);
  expect(stdout).toContain('1 more did not fit (sync.maxRows)');
  expect(stdout).not.toContain('leaves alone');
}, 60_000);

test('a viewer is refused in words', async () => {
  const { status, stderr } = await lockstep(['sync', 'plan', 'pairs'], VIC);
  expect([status, stderr]).toEqual([2, expect.stringContaining('This needs the role "admin"')]);
  expect(stderr).not.toContain(VIC);
}, 60_000);

test('violations are accepted for a while, and taken back', async () => {
  const marked = await lockstep([
    'known',
    'mark',
    'pairs',
    '--reason',
    'agreed',
    '--kind',
    'mismatch',
    '--expires',
    '2099-01-01',
  ]);
  expect([marked.status, marked.stdout]).toEqual([0, '1 marked as known.\n']);
  const { body } = await academy.ask<{ rows: { id: string; known: object }[] }>(
    'GET',
    '/api/v1/violations?check=pairs&state=known',
  );
  const [known] = body.rows;
  expect(known?.known).toMatchObject({ reason: 'agreed', by: 'ada', expires_at: '2099-01-01T00:00:00.000Z' });
  const back = await lockstep(['known', 'unmark', known?.id ?? '', 'nobody']);
  expect(back.stdout).toBe('1 open again.\nnobody: there is no such violation\n');
  const late = await lockstep(['known', 'mark', 'pairs', '--reason', 'agreed', '--expires', 'tomorrow']);
  expect([late.status, late.stderr]).toEqual([2, expect.stringContaining('write 2026-12-31')]);
}, 60_000);

test('validate --connect says which right the login that writes still lacks', async () => {
  const config = join(academy.folder, 'lockstep.yaml');
  const fine = await lockstep(['validate', config, '--connect']);
  expect([fine.status, fine.stdout]).toEqual([
    0,
    expect.stringContaining('the login may lock and write what it must'),
  ]);
  const [{ name } = { name: '' }] = await academy.sql<{ name: string }>(
    "SELECT grantee AS name FROM information_schema.role_table_grants WHERE table_name = 'journal' AND privilege_type = 'INSERT' AND grantee LIKE 'sync_%'",
  );
  await academy.sql(`REVOKE INSERT ON journal FROM ${name}; REVOKE UPDATE ON progress FROM ${name}`);
  const lacking = await lockstep(['validate', config, '--connect']);
  expect(lacking.status).toBe(2);
  expect(lacking.stdout).toContain(`GRANT UPDATE ON progress TO ${name};`.replace('progress', '"progress"'));
  expect(lacking.stdout).toContain(`GRANT INSERT ON "journal" TO ${name};`);
}, 60_000);

test('validate --connect tries every expression of a sync, and names the setting that holds a wrong one', async () => {
  await academy.configure(`
      direction: left_to_right
      right:
        create: { best: { expr: source.nocol }, moved_at: { expr: now() } }
        set: { best: { expr: "greatest(target.best," } }
        journal: { table: journal, values: { user_id: { expr: nope.user_id }, to_level: { expr: new.level } } }`);
  const { status, stdout } = await lockstep(['validate', join(academy.folder, 'lockstep.yaml'), '--connect']);
  expect(status).toBe(2);
  const told = stdout.split('\n').filter((line) => line.includes('sync.right'));
  expect(told).toHaveLength(3);
  expect(told[0]).toMatch(/sync\.right\.set\.best: .*\(42601\)/);
  expect(told[1]).toMatch(/sync\.right\.create\.best: .*source\.nocol.*\(42703\)/);
  expect(told[2]).toMatch(/sync\.right\.journal\.values\.user_id: .*\(42P01\)/);
}, 60_000);

test('nothing to accept is told, and exits 1', async () => {
  const { status, stdout } = await lockstep(['known', 'unmark', 'nobody']);
  expect([status, stdout]).toEqual([1, '0 open again.\nnobody: there is no such violation\n']);
}, 60_000);
