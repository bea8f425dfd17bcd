/** Configurations for the bench, and the process that runs their checks. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** YAML is a superset of JSON. The folder also holds the store. */
export function writeConfig(content) {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-config-'));
  const file = join(folder, 'lockstep.yaml');
  const store = { engine: 'sqlite', path: join(folder, 'lockstep.db') };
  writeFileSync(file, JSON.stringify({ store, ...content }), { mode: 0o600 });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The reference check between two sources, which may be one and the same. */
export function couplingOf(left, right, more = {}) {
  return {
    kind: 'coupling',
    schedule: '0 0 1 1 *',
    timeout: '10m',
    left: {
      source: left,
      table: 'specialization_progress',
      key: ['student_id', 'specialization_id'],
      compare: ['current_level'],
    },
    right: {
      source: right,
      table: 'user_licenses',
      key: ['user_id', 'specialization_type'],
      compare: ['current_level'],
    },
    ...more,
  };
}

/** @param {Record<string, string>} urls source → URL; the check is called `pairs` and is between the first and the last */
export async function startLooker(urls) {
  const names = Object.keys(urls);
  const sources = Object.fromEntries(
    names.map((name) => [
      name,
      { engine: urls[name].startsWith('file:') ? 'libsql' : 'postgres', url: urls[name] },
    ]),
  );
  const config = writeConfig({ sources, checks: { pairs: couplingOf(names[0], names.at(-1)) } });
  const child = fork(join(import.meta.dirname, 'looker.mjs'), [config.file]);
  const ended = once(child, 'exit');
  const answer = async () => {
    const [said] = await Promise.race([once(child, 'message'), ended]);
    if (said === null || typeof said !== 'object')
      throw new Error(`the process that looks ended with ${said}`);
    if (said.error != null) throw new Error(said.error);
    return said;
  };
  await answer();
  return {
    pid: child.pid,
    /** @param {'run' | 'look'} action */
    ask(action) {
      child.send({ action, check: 'pairs' });
      return answer();
    },
    async stop() {
      child.disconnect();
      await ended;
      config.remove();
    },
  };
}
