/** A cluster for one test file: of another major version, or one that may be broken without disturbing the others. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster, type ClusterOptions } from '../exporter/src/demo/cluster.ts';

export interface OwnCluster {
  /** superuser URL of the database `postgres` */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  /** Starts it again where it was. */
  restart(): Promise<void>;
  /** Stops it and deletes what it stored. */
  remove(): Promise<void>;
}

export async function ownCluster(options: Partial<ClusterOptions> = {}): Promise<OwnCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-own-'));
  // Postgres runs as another user when we are root
  chmodSync(folder, 0o711);
  const start = (settings = options.settings): Promise<Cluster> =>
    startCluster({
      directory: join(folder, 'postgres'),
      durable: false,
      ...options,
      ...(settings ? { settings } : {}),
    });
  let cluster = await start().catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const { url, port } = cluster;
  return {
    url,
    port,
    restart: async () => {
      // the later of two settings of one name counts
      cluster = await start({ ...options.settings, port: String(port) });
    },
    stop: () => cluster.stop(),
    remove: async () => {
      await cluster.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
