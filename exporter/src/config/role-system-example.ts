/** `examples/role-system/lockstep.yaml`. */
import { ROLE_SYSTEM, roleSystemConfig } from './role-system.ts';

export function roleSystemExample(): string {
  return `# yaml-language-server: $schema=../../exporter/lockstep.schema.json
#
# A role system on libSQL behind an HTTP API. Made by \`npm run generate\` from exporter/src/config/role-system.ts, which also
# makes the demo and what \`lockstep import\` writes. Copy it and make it yours: README.md beside it says what to set.
# Names begin with roles_: alerts and dashboard know them by that.

${roleSystemConfig(ROLE_SYSTEM)}
http:
  listen: 127.0.0.1:9464

store: { engine: sqlite, path: lockstep.db }

violationLog: { directory: violations }
`;
}
