/** `lockstep gate` as a pipeline uses it: a real exporter on a real Postgres, and the command in a process of its own. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Compile } from 'typebox/compile';
import pg from 'pg';
import { pino } from 'pino';
import { startApp, type App } from '../../exporter/src/app.ts';
import { GateDocument } from '../../exporter/src/http/gate-schemas.ts';
import { isAlive } from '../../exporter/src/demo/postmaster.ts';
import { testWith } from '../needs.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'exporter', 'bin', 'lockstep.mjs');
const TOKEN = 'token-of-the-pipeline-4711';
const ADMIN = 'token-of-an-admin-4711';

let folder: string;
let database: TestDatabase;
let client: pg.Client;
let app: App;
let running = true;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-gate-'));
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    CREATE TABLE a AS SELECT id, 1 AS v FROM generate_series(1, 1000) id; ALTER TABLE a ADD PRIMARY KEY (id);
    CREATE TABLE b AS SELECT id, 1 AS v FROM generate_series(1, 1000) id; ALTER TABLE b ADD PRIMARY KEY (id)`);
  writeFileSync(
    join(folder, 'lockstep.yaml'),
    `sources: { app: { engine: postgres, url: "${database.url}" } }
checks:
  pairs:
    kind: coupling
    schedule: "0 3 1 1 *"
    left: { source: app, table: a, key: [id], compare: [v] }
    right: { source: app, table: b, key: [id], compare: [v] }
http:
  listen: "127.0.0.1:0"
  tokens: [{ name: pipeline, role: viewer, token: ${TOKEN} }, { name: ops, role: admin, token: ${ADMIN} }]
  rateLimit: { max: 10000 }
gate:
  stages:
    default: { latency: { investigate: 9s } } # a busy machine is no slow API
    canary: { consistency: { investigate: 0.9, rollback: 0.8 } }
`,
  );
  app = await startApp({ configFile: join(folder, 'lockstep.yaml'), logger: pino({ level: 'silent' }) });
}, 60_000);

afterAll(async () => {
  if (running) await app.stop();
  await client.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** So many of the 1,000 keys disagree, and the check has seen it. */
async function deployed(wrong: number): Promise<void> {
  await client.query('UPDATE b SET v = CASE WHEN id <= $1 THEN 2 ELSE 1 END', [wrong]);
  const url = `${app.url}/api/v1/checks/pairs/run?wait=true`;
  let answer: Response;
  // the run at the start may still be going on
  do answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${ADMIN}` } });
  while (answer.status === 409);
  expect(answer.status).toBe(200);
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Gate {
  readonly ended: Promise<Ended>;
  /** until its progress says this */
  says(text: string): Promise<void>;
}

function gate(args: readonly string[], { url = app.url, token = TOKEN } = {}): Gate {
  const env = { ...process.env, NODE_OPTIONS: '', LOCKSTEP_TOKEN: token };
  const child = spawn(process.execPath, [ENTRY, 'gate', '--url', url, ...args], { env });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve)).then((code) => {
    // whatever it says and whatever its rollback command says
    expect(output.stdout + output.stderr).not.toContain(token);
    return { code, ...output };
  });
  const says = async (text: string): Promise<void> => {
    while (!output.stderr.includes(text)) {
      if (child.exitCode !== null) throw new Error(`ended without saying ${text}: ${output.stderr}`);
      await sleep(20);
    }
  };
  return { ended, says };
}

test.each<[string, number, number, RegExp]>([
  ['a good canary', 5, 0, /^Proceed \(stage default, the last 30m\)\n {2}proceed/im],
  ['a middling canary', 15, 1, /^Investigate \(.*\)\n {2}investigate {2}pairs: 98\.50 % of the keys agree/i],
  ['a bad canary', 30, 2, /^Roll back \(.*\)\n {2}roll back {2}pairs: 97\.00 % of the keys agree/i],
])(
  '%s (%i of 1,000 keys apart) ends in %i',
  async (_title, wrong, code, text) => {
    await deployed(wrong);
    const ended = await gate(['--for', '30m']).ended;
    expect([ended.code, ended.stderr]).toEqual([code, '']);
    expect(ended.stdout).toMatch(text);
  },
  30_000,
);

test('the same canary may pass another stage, and the document is that of the API', async () => {
  await deployed(30);
  const { code, stdout } = await gate(['--stage', 'canary', '--check', 'pairs', '--json']).ended;
  expect(code).toBe(0);
  const document = JSON.parse(stdout) as GateDocument;
  expect([...Compile(GateDocument).Errors(document)]).toEqual([]);
  expect(document).toMatchObject({ decision: 'proceed', stage: 'canary', checks: ['pairs'] });
}, 30_000);

test.each<[string, readonly string[], { url?: string; token?: string }, RegExp]>([
  ['nobody at the address', [], { url: 'http://127.0.0.1:1' }, /does not answer/],
  [
    'a wrong token',
    ['--watch'],
    { token: 'a-token-that-nobody-knows' },
    /the token in LOCKSTEP_TOKEN is refused/,
  ],
  [
    'an unknown stage',
    ['--watch', '--stage', 'canari'],
    {},
    /There is no stage "canari"\. Did you mean "canary"\?/,
  ],
  ['an unknown check', ['--check', 'pair'], {}, /There is no check "pair"\. Did you mean "pairs"\?/],
  ['an address that is none', [], { url: 'localhost:9464' }, /is no address/],
  ['an option that is mistyped', ['--fro', '30m'], {}, /unknown option/],
  ['a command that an unset variable left empty', ['--on-rollback', ''], {}, /a command is needed/],
  ['a duration that is none', ['--for', 'soon'], {}, /a duration from 1s to 24h is needed/],
])(
  'with %s it could not tell, which never looks like a rollback',
  async (_title, args, where, reason) => {
    const witness = join(folder, 'never');
    const { code, stdout, stderr } = await gate([...args, '--on-rollback', `touch ${witness}`], where).ended;
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(reason);
    expect(existsSync(witness)).toBe(false);
  },
  30_000,
);

test('what answers without being a Lockstep decides nothing', async () => {
  const other = await listening((_request, response) => response.end('{"status":"ok"}'));
  try {
    const { code, stderr } = await gate([], { url: other.url }).ended;
    expect([code, stderr]).toEqual([3, expect.stringContaining('is it a Lockstep of this version?')]);
  } finally {
    await other.close();
  }
}, 30_000);

test('watching ends at the first rollback, and runs the command once with the decision in its environment', async () => {
  await deployed(0);
  const witness = join(folder, 'environment');
  // 10 minutes are longer than the test may take
  const watch = gate([
    ...['--watch', '--for', '10m', '--every', '1s', '--json'],
    ...['--on-rollback', `env >> ${witness}; echo rolled back; echo with a warning >&2`],
  ]);
  // what was seen before it began to watch counts for nothing
  await watch.says('s of 10m] Cannot tell: No check could look within the window');
  await deployed(5);
  await watch.says('s of 10m] Proceed: pairs: 99.50 % of the keys agree');
  await deployed(30);
  const { code, stdout, stderr } = await watch.ended;
  expect(code).toBe(2);
  expect(stderr).toMatch(/m?s of 10m\] Roll back: pairs: 97\.00 % of the keys agree[^]*rolled back\n[^]*the rollback command has finished\n$/); // prettier-ignore
  expect(JSON.parse(stdout)).toMatchObject({
    decision: 'rollback',
    on_rollback: {
      exit_code: 0,
      timed_out: false,
      output: expect.stringContaining('rolled back\n') as string,
    },
  });
  const environment = readFileSync(witness, 'utf8').split('\n');
  const told = (name: string): string[] =>
    environment.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
  expect(told('LOCKSTEP_GATE_DECISION')).toEqual(['rollback']);
  expect(told('LOCKSTEP_GATE_STAGE')).toEqual(['default']);
  const [reasons = ''] = told('LOCKSTEP_GATE_REASONS');
  expect(JSON.parse(reasons)).toMatchObject([{ signal: 'consistency', check: 'pairs', decision: 'rollback', value: 0.97 }]); // prettier-ignore
  expect(environment.join('\n')).not.toContain(TOKEN);
  expect(told('LOCKSTEP_TOKEN')).toEqual([]);
}, 60_000);

test('watching lasts as long as the window, and ends with the last decision', async () => {
  await deployed(15);
  const watch = gate(['--watch', '--for', '8s', '--every', '1s']);
  await watch.says('Cannot tell');
  await deployed(15);
  await watch.says('Investigate');
  await deployed(0);
  const { code, stdout, stderr } = await watch.ended;
  expect([code, stdout.split('\n')[0]]).toEqual([0, 'Proceed (stage default, the last 8s)']);
  expect(stderr).toMatch(/\[8\.0s of 8s\] Proceed: [^\n]*\n$/);
}, 30_000);

test('a server that is away for a while is told and asked again; away at the end, it could not tell', async () => {
  let away = true;
  const proxy = await listening((request, response) => {
    if (away) {
      request.socket.destroy();
      return;
    }
    const headers = { authorization: request.headers.authorization ?? '' };
    void fetch(app.url + (request.url ?? ''), { headers }).then(async (answer) => {
      response.writeHead(answer.status).end(await answer.text());
    });
  });
  try {
    const options = ['--watch', '--every', '1s', '--stage', 'canary'];
    const watch = gate([...options, '--for', '8s'], { url: proxy.url });
    await watch.says('does not answer');
    await watch.says('; asking again');
    away = false;
    await deployed(0);
    expect((await watch.ended).code).toBe(0);
    const lost = gate([...options, '--for', '4s'], { url: proxy.url });
    await lost.says('Cannot tell');
    away = true;
    const { code, stdout, stderr } = await lost.ended;
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/; asking again\n[^]*lockstep: could not tell: .*does not answer/);
  } finally {
    await proxy.close();
  }
}, 60_000);

describe('the rollback command', () => {
  beforeAll(() => deployed(30));
  const roll = (command: string, ...more: string[]) => gate(['--on-rollback', command, ...more]).ended;

  test('that fails is told, and the decision stays', async () => {
    const { code, stdout, stderr } = await roll('echo half way; exit 7');
    expect([code, stderr]).toEqual([2, 'half way\nlockstep: the rollback command failed (exit code 7)\n']);
    expect(stdout).toMatch(/^Roll back/);
  }, 30_000);

  test('that takes too long is ended with all that it started', async () => {
    const pids = join(folder, 'pids');
    // one ignores that it is told to end, the other holds no output open
    const command = `(trap '' TERM; exec sleep 600) > /dev/null 2>&1 & echo $! > ${pids}; echo started; sleep 600 & echo $! >> ${pids}; wait`;
    const { code, stderr } = await roll(command, '--rollback-timeout', '1s');
    expect([code, stderr]).toEqual([
      2,
      'started\nlockstep: the rollback command was ended after 1s, its time limit\n',
    ]);
    const started = readFileSync(pids, 'utf8').trim().split('\n').map(Number);
    expect(started.map(isAlive)).toEqual([false, false]);
  }, 30_000);

  test('does not run unless the decision is to roll back', async () => {
    const witness = join(folder, 'not-run');
    const { code } = await gate(['--stage', 'canary', '--on-rollback', `touch ${witness}`]).ended;
    expect([code, existsSync(witness)]).toEqual([0, false]);
  }, 30_000);
});

testWith(
  'curl',
  'it is in every distribution',
  'the script of docs/gate.md announces, watches and promotes a good canary, and rolls a bad one back',
  async () => {
    const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'gate.md'), 'utf8');
    const [, recipe = ''] = /```sh\n(#!\/bin\/sh\n.*?)```/s.exec(guide) ?? [];
    const place = (name: string, text: string): void => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    };
    place('lockstep', `exec "${process.execPath}" "${ENTRY}" "$@"`);
    // the check looks again once the canary is there
    const look = 'curl -sS -o /dev/null -X POST -H "Authorization: Bearer $LOCKSTEP_TOKEN" "$LOCKSTEP_URL/api/v1/checks/pairs/run?wait=true"'; // prettier-ignore
    place('deploy-canary.sh', `(for i in 1 2 3 4 5 6 7 8; do sleep 1; ${look}; done) > /dev/null 2>&1 &`);
    place('promote.sh', 'echo "promoted $1"');
    place('rollback.sh', 'echo "back to what was, for $LOCKSTEP_GATE_STAGE"');
    place('deploy.sh', recipe.replace('--for 30m', '--for 8s --every 1s'));
    const deploy = (version: string): Promise<Ended> => {
      const PATH = `${folder}:${process.env['PATH'] ?? ''}`;
      const env = { ...process.env, NODE_OPTIONS: '', PATH, LOCKSTEP_URL: app.url, LOCKSTEP_TOKEN: ADMIN };
      return new Promise((resolve) => {
        execFile('./deploy.sh', [version], { cwd: folder, env }, (error, stdout, stderr) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
        });
      });
    };
    await deployed(0);
    const good = await deploy('v1.2.3');
    expect([good.code, good.stdout]).toEqual([0, expect.stringMatching(/^Proceed [^]*promoted v1\.2\.3\n$/)]);
    await deployed(500);
    const bad = await deploy('v1.2.4');
    expect([bad.code, bad.stdout]).toEqual([2, expect.stringMatching(/^Roll back /)]);
    expect(bad.stderr).toMatch(/back to what was, for canary\n[^]*v1\.2\.4 was rolled back\n$/);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { deployments } = (await (await fetch(`${app.url}/api/v1/deployments`, { headers })).json()) as {
      deployments: object[];
    };
    expect(deployments).toMatchObject([
      { name: 'shop', version: 'v1.2.4', stage: 'canary', by: 'ops' },
      { name: 'shop', version: 'v1.2.3', stage: 'canary', by: 'ops' },
    ]);
  },
  90_000,
);

// the last: nothing is asked after it
test('with the exporter stopped it could not tell', async () => {
  const { url } = app;
  await deployed(0);
  expect((await gate([], { url }).ended).code).toBe(0);
  running = false;
  await app.stop();
  const { code, stdout, stderr } = await gate([], { url }).ended;
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^lockstep: could not tell: .* does not answer .*; is the server running, and is --url right\?\n$/); // prettier-ignore
}, 30_000);

async function listening(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, close };
}
