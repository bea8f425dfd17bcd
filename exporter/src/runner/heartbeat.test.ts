import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { checkNamed, stateOf } from '../../../tests/served-lockstep.ts';
import type { Run } from '../core/run.ts';
import type { CheckState } from './board.ts';
import { Heartbeat } from './heartbeat.ts';

let server: Server;
let url: string;
let asked: string[];
let status: number;
let outcomes: string[];
let log: string;
const logger = pino({ level: 'debug' }, { write: (line: string) => void (log += line) });

beforeEach(async () => {
  [asked, status, outcomes, log] = [[], 200, [], ''];
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(status, { location: '/elsewhere' }).end('thanks');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/ping/secret-part`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function heart(minGapMs = 0): Heartbeat {
  return new Heartbeat({ url, logger, counted: (outcome) => void outcomes.push(outcome) }, minGapMs);
}

function ran(name: string, outcome: Run['outcome'] | null, enabled = true): CheckState {
  const latest = outcome && ({ outcome } as Run);
  return stateOf(checkNamed(name, { enabled }), { latest });
}

async function counted(number: number): Promise<void> {
  for (let tries = 0; outcomes.length < number && tries < 100; tries += 1) await sleep(10);
  expect(outcomes).toHaveLength(number);
}

test('a good cycle is told outside, whatever the checks found', async () => {
  heart().beat([ran('a', 'pass'), ran('b', 'fail'), ran('off', null, false)]);
  await counted(1);
  expect({ asked, outcomes, log }).toEqual({ asked: ['GET /ping/secret-part'], outcomes: ['sent'], log: '' });
});

test('nothing is told while a check cannot look, or has not looked yet', async () => {
  const one = heart();
  one.beat([ran('a', 'pass'), ran('b', 'error')]);
  one.beat([ran('a', 'pass'), ran('b', null)]);
  await sleep(100);
  expect(asked).toEqual([]);
});

test('many checks are one cycle: the address is not asked more often than it likes', async () => {
  const one = heart(10_000);
  for (let run = 0; run < 5; run += 1) one.beat([ran('a', 'pass')]);
  await counted(1);
  await sleep(50);
  expect(asked).toHaveLength(1);
});

test('a refusal is counted and told once, without the secret in the address', async () => {
  status = 500;
  const one = heart();
  one.beat([ran('a', 'pass')]);
  await counted(1);
  one.beat([ran('a', 'pass')]);
  await counted(2);
  expect(outcomes).toEqual(['failed', 'failed']);
  expect(log.match(/heartbeat\.url could not be pinged/g)).toHaveLength(1);
  expect(log).toContain('answered with status 500');
  expect(log).not.toContain('secret-part');
});

test('a redirect is not followed', async () => {
  status = 302;
  heart().beat([ran('a', 'pass')]);
  await counted(1);
  expect({ asked, outcomes }).toEqual({ asked: ['GET /ping/secret-part'], outcomes: ['failed'] });
});

test('nobody listens: counted, and nothing is thrown', async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  heart().beat([ran('a', 'pass')]);
  await counted(1);
  expect(outcomes).toEqual(['failed']);
  expect(log).toContain('ECONNREFUSED');
});

test('after the stop an answer that never comes is neither waited for nor counted', async () => {
  server.removeAllListeners('request');
  server.on('request', () => void asked.push('held'));
  const one = heart();
  one.beat([ran('a', 'pass')]);
  while (asked.length === 0) await sleep(10);
  one.stop();
  await sleep(50);
  expect(outcomes).toEqual([]);
});
