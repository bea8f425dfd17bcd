/** Programs that npm cannot bring, installed where we may: as root, where there is apt-get. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** Debian starts what it installs unless this program says no (101: forbidden by policy, policy-rc.d(8)). */
const POLICY = '/usr/sbin/policy-rc.d';

/**
 * @param {readonly string[]} packages
 * @param {() => boolean} isThere whether what they bring is there
 */
export function ensureDebian(packages, isThere) {
  if (isThere()) return true;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  console.log(`Installing ${packages.join(', ')} (apt-get install) …`);
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    aptGet('update', '-qq');
    aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages);
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
  return isThere();
}

function aptGet(...args) {
  spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
