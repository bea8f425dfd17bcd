/** The role system beside the first system in one exporter, so that every dashboard has something to draw. */
import Database from 'libsql';
import { parse, stringify } from 'yaml';
import { ROLE_SYSTEM, roleSystemConfig } from '../../exporter/src/config/role-system.ts';
import { makeRoleSystem } from '../../exporter/src/demo/role-system/scene.ts';
import { startStandInApi, type StandInApi } from '../../exporter/src/demo/role-system/stand-in-api.ts';
import { libsqlFile } from '../libsql.ts';

interface Config {
  readonly sources: Readonly<Record<string, object>>;
  readonly checks: Readonly<Record<string, object>>;
}

export interface RoleSystemBeside {
  /** adds its sources and checks to a configuration; each check on this schedule */
  readonly addTo: (yaml: string, schedule: string) => string;
  readonly stop: () => Promise<void>;
}

/** A healthy one. */
export async function startRoleSystem(): Promise<RoleSystemBeside> {
  const file = libsqlFile();
  const database = new Database(file.path);
  makeRoleSystem(database, new Date());
  database.close();
  const api: StandInApi = await startStandInApi();
  const own = parse(
    roleSystemConfig({
      ...ROLE_SYSTEM,
      database: { url: file.url, authToken: null },
      api: { url: api.url, authorization: null },
    }),
  ) as Config;
  return {
    addTo(yaml, schedule) {
      const config = parse(yaml) as Config;
      const checks = Object.entries(own.checks).map(([name, check]) => [name, { ...check, schedule }]);
      return stringify({
        ...config,
        sources: { ...config.sources, ...own.sources },
        checks: { ...config.checks, ...(Object.fromEntries(checks) as Config['checks']) },
      });
    },
    async stop() {
      await api.stop();
      file.remove();
    },
  };
}
