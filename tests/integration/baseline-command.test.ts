/** `lockstep baseline` against a server that runs. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADMIN_TOKEN, mismatch, serve, VIEWER_TOKEN, type Served } from '../served-lockstep.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'exporter', 'bin', 'lockstep.mjs');
const CHECK = 'progress_license';
let served: Served;
let url: string;

beforeAll(async () => {
  served = await serve();
  await served.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${String((served.app.server.address() as AddressInfo).port)}`;
});
afterAll(() => served.close());

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Not the synchronous form: the server answers in this very process. */
function lockstep(token: string | undefined, at: string, ...args: string[]): Promise<Ended> {
  const env = { ...process.env, LOCKSTEP_URL: at, ...(token === undefined ? {} : { LOCKSTEP_TOKEN: token }) };
  return new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, 'baseline', ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

test('a baseline is made, listed and compared with', async () => {
  expect(await lockstep(ADMIN_TOKEN, url, 'compare', CHECK)).toMatchObject({
    code: 2,
    stderr: `lockstep: check "${CHECK}" has no current baseline; lockstep baseline create ${CHECK} --name … makes one\n`,
  });
  served.scene(CHECK).rows = [mismatch('1', '3', '5')];
  await served.run(CHECK);
  const made = await lockstep(ADMIN_TOKEN, url, 'create', CHECK, '--name', 'before the move');
  expect([made.code, made.stdout]).toEqual([
    0,
    expect.stringMatching(/^Remembered .* 99\.00 %, 1 inconsistent, current \(/),
  ]);
  served.scene(CHECK).rows = [mismatch('2', '3', '4'), mismatch('3', '3', '4')];
  await served.run(CHECK);
  const compared = await lockstep(ADMIN_TOKEN, url, 'compare', CHECK);
  expect(compared.stdout.split('\n').slice(1)).toEqual([
    expect.stringMatching(/^now 98\.00 % at .*: -1 points$/),
    '  new: 2 (mismatch 2; +1 2)',
    '  resolved: 1 (mismatch 1; +2 1)',
    '  still: 0',
    '',
  ]);
  const listed = await lockstep(VIEWER_TOKEN, url, 'list', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject([{ check: CHECK, name: 'before the move', current: true }]);
}, 30_000);

test('a baseline is written as files that are never replaced silently', async () => {
  served.scene(CHECK).rows = [mismatch('7', '3', '5')];
  await served.run(CHECK);
  await lockstep(ADMIN_TOKEN, url, 'create', CHECK, '--name', 'to keep');
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-baseline-'));
  const write = (...more: string[]) => lockstep(ADMIN_TOKEN, url, 'export', CHECK, '--out', folder, ...more);
  try {
    const first = await write();
    expect([first.code, first.stderr]).toEqual([0, '']);
    const names = readdirSync(folder).sort();
    expect(names).toEqual([
      'BASELINE_README.md',
      'KNOWN_VIOLATIONS.md',
      expect.stringMatching(/^baseline_\d{8}_\d{6}\.json$/),
      'baseline_violations.json',
    ]);
    expect(first.stdout.split('\n')).toContain(join(folder, 'KNOWN_VIOLATIONS.md'));
    const readme = join(folder, 'BASELINE_README.md');
    expect(readFileSync(readme, 'utf8')).toContain('# Baseline “to keep” of progress\\_license');
    expect(statSync(readme).mode & 0o007).toBe(0);
    expect((await write()).code).toBe(0);
    writeFileSync(readme, 'my notes');
    const refused = await write();
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('add --force') as string });
    expect(readFileSync(readme, 'utf8')).toBe('my notes');
    expect((await write('--force')).code).toBe(0);
    expect(readFileSync(readme, 'utf8')).toContain('to keep');
    const viewer = await lockstep(VIEWER_TOKEN, url, 'export', CHECK, '--out', join(folder, 'other'));
    expect(viewer).toMatchObject({ code: 2, stderr: expect.stringContaining('role "admin"') as string });
    expect(readdirSync(folder)).not.toContain('other');
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

test.each<[string, string | undefined, string, RegExp]>([
  ['no token', undefined, '', /a token is needed; put it into LOCKSTEP_TOKEN/],
  ['a wrong token', 'a-token-that-nobody-knows', '', /the token in LOCKSTEP_TOKEN is refused/],
  ['a viewer', VIEWER_TOKEN, '', /This needs the role "admin"/],
  [
    'a server that is not there',
    ADMIN_TOKEN,
    'http://127.0.0.1:1',
    /does not answer .* is the server running/,
  ],
])(
  '%s is told in words, without the token, and ends in 2',
  async (_title, token, at, reason) => {
    const { code, stdout, stderr } = await lockstep(token, at || url, 'create', CHECK, '--name', 'x');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(reason);
    if (token !== undefined) expect(stderr).not.toContain(token);
  },
  30_000,
);
