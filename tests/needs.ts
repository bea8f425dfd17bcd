/** Programs that npm cannot bring. In CI a missing one is a failure; elsewhere it is a skip that says how to get it. */
import { spawnSync } from 'node:child_process';
import { test } from '@jest/globals';

type Body = () => Promise<void>;

/** A test that needs a program: run, loudly skipped, or failed. */
export function testWith(
  program: string,
  howToGet: string,
  title: string,
  body: Body,
  timeoutMs: number,
): void {
  if (spawnSync(program, ['--version']).status === 0) {
    test(title, body, timeoutMs);
  } else if (process.env['CI'] === undefined) {
    process.stderr.write(`\nSKIPPED, ${program} is missing: ${title}\n  ${howToGet}\n`);
    test.skip(title, body);
  } else {
    test(title, () => {
      throw new Error(`${program} is missing, and in CI that is a failure. ${howToGet}`);
    });
  }
}
