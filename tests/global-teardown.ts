import { rmSync } from 'node:fs';

export default async function globalTeardown(): Promise<void> {
  const started = globalThis.lockstepTestCluster;
  if (!started) return;
  await started.cluster.stop();
  rmSync(started.directory, { recursive: true, force: true });
}
