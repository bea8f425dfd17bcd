/** `lockstep import` as a user runs it; what it writes is tried by Lockstep itself and by the real amtool. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { loadConfig } from '../../exporter/src/config/load.ts';
import { REGISTERS } from '../config/registers.ts';
import { testWith } from '../needs.ts';
import { startTypescript } from '../typescript-process.ts';

const MAIN = new URL('../../exporter/src/main.ts', import.meta.url);
const HOW = 'On Debian: apt-get install prometheus-alertmanager. Elsewhere: https://prometheus.io/download/';
const SECRETS = ['tok-4711', 'mail-pass-1', 'hook-part-1'];

const MONITORING = {
  database_url: 'sqlite+libsql://roles.example.test?authToken=tok-4711',
  api_url: 'https://api.example.test',
  monitoring_interval: 300,
  alert_thresholds: {
    api_response_time: 5.0,
    query_time: 0.5,
    role_check_time: 1.0,
    error_rate: 0.05,
    consecutive_failures: 3,
  },
  alerting: {
    email: {
      enabled: true,
      smtp_server: 'smtp.example.test',
      smtp_port: 587,
      username: 'monitor@example.test',
      password: 'mail-pass-1',
      recipients: ['ops@example.test'],
    },
    webhook: { enabled: true, url: 'https://hooks.example.test/services/hook-part-1' },
  },
  report_interval: 86_400,
};

let folder: string;
let source: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-import-'));
  source = join(folder, 'monitoring_config.json');
  writeFileSync(source, JSON.stringify(MONITORING, null, 2));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const out = (name: string): string => join(folder, 'out', name);
const run = (...more: string[]) =>
  startTypescript(MAIN, ['import', source, '--out', join(folder, 'out'), ...more]).ended;

test('it writes a configuration that is valid, says what to set and what was left, and repeats no secret', async () => {
  const { code, output } = await run();
  expect([code, output]).toEqual([0, expect.stringContaining('report_interval')]);
  for (const named of [out('lockstep.yaml'), 'DATABASE_AUTH_TOKEN', 'secrets/smtp_password', 'WEBHOOK_PATH'])
    expect(output).toContain(named);
  const written = [out('lockstep.yaml'), out('alertmanager.yml')].map((file) => readFileSync(file, 'utf8'));
  for (const text of [output, ...written]) for (const secret of SECRETS) expect(text).not.toContain(secret);
  const { checks, sources } = loadConfig(out('lockstep.yaml'), REGISTERS, {
    DATABASE_AUTH_TOKEN: 'tok-4711',
  });
  expect(sources.map(({ name }) => name)).toEqual(['roles', 'roles_api']);
  expect(checks).toHaveLength(12);
});

testWith(
  'amtool',
  HOW,
  'Alertmanager takes the receiver',
  async () => {
    await run();
    const { status, stdout, stderr } = spawnSync('amtool', ['check-config', out('alertmanager.yml')], {
      encoding: 'utf8',
    });
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS')]);
    expect(stdout).toContain('1 receivers');
  },
  30_000,
);

test('what somebody changed is not replaced unless told so', async () => {
  await run();
  writeFileSync(out('lockstep.yaml'), 'mine');
  const refused = await run();
  expect([refused.code, refused.output]).toEqual([2, expect.stringContaining('--force')]);
  expect(readFileSync(out('lockstep.yaml'), 'utf8')).toBe('mine');
  expect((await run('--force')).code).toBe(0);
});

test('a file that is no such configuration is refused in a sentence, and nothing is written', async () => {
  writeFileSync(source, '{"password": "mail-pass-1",');
  const { code, output } = await run();
  expect([code, output]).toEqual([2, expect.stringContaining('is not JSON')]);
  expect(output).not.toContain('mail-pass-1');
  expect(existsSync(out('lockstep.yaml'))).toBe(false);
});
