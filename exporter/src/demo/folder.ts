/** The demo's data folder: what is kept there between starts, and what it tells others. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export interface Folder {
  readonly path: string;
  /** the cluster's folder */
  readonly postgres: string;
  readonly config: string;
  /** `demo.json` */
  readonly facts: string;
  readonly log: string;
}

/** What scripts need to drive the demo. */
export interface Facts {
  readonly url: string;
  readonly adminToken: string;
  readonly viewerToken: string;
  /** the owner's URL */
  readonly databaseUrl: string;
}

/** of the clone: this file is two folders below exporter/, whether built or not */
const ROOT = resolve(import.meta.dirname, '..', '..', '..');
const LOG_BYTES = 10_000_000;

export function openFolder(): Folder {
  const path = resolve(process.env['LOCKSTEP_DATA_DIR'] ?? join(ROOT, '.lockstep'));
  return {
    path,
    postgres: join(path, 'postgres'),
    config: join(path, 'lockstep.yaml'),
    facts: join(path, 'demo.json'),
    log: join(path, 'lockstep.log'),
  };
}

/** Nobody else may list it, but the unprivileged user that Postgres runs as may pass through. */
export function prepareFolder(folder: Folder): void {
  if (!existsSync(folder.path)) mkdirSync(folder.path, { recursive: true, mode: 0o711 });
  if (existsSync(folder.log) && statSync(folder.log).size > LOG_BYTES)
    renameSync(folder.log, `${folder.log}.1`);
}

/** Made once per folder; `LOCKSTEP_ADMIN_TOKEN` takes the place of the admin's. */
export function tokens(folder: Folder): { admin: string; viewer: string } {
  const admin = process.env['LOCKSTEP_ADMIN_TOKEN'];
  if (admin !== undefined) writeSecret(join(folder.path, 'admin.token'), admin);
  return { admin: tokenIn(folder, 'admin'), viewer: tokenIn(folder, 'viewer') };
}

function tokenIn(folder: Folder, role: string): string {
  const file = join(folder.path, `${role}.token`);
  if (!existsSync(file)) writeSecret(file, randomBytes(24).toString('base64url'));
  return readFileSync(file, 'utf8').trim();
}

/**
 * The configuration is written once, so that it can be played with; what changes from start to start stands in files
 * that it points to.
 */
export function writeConfig(folder: Folder, varying: { readerUrl: string; listen: string }): void {
  writeSecret(join(folder.path, 'reader.url'), varying.readerUrl);
  writeSecret(join(folder.path, 'listen'), varying.listen);
  if (!existsSync(folder.config)) writeFileSync(folder.config, configText(folder));
}

export function writeFacts(folder: Folder, facts: Facts): void {
  writeSecret(folder.facts, `${JSON.stringify(facts, null, 2)}\n`);
}

function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

function configText(folder: Folder): string {
  return `# yaml-language-server: $schema=${relative(folder.path, join(ROOT, 'exporter', 'lockstep.schema.json'))}
# Written by the first start and kept: change it and start again, or delete it to get this one back.

sources:
  app: { engine: postgres, url: "\${file:reader.url}" }

checks:
  progress_license:
    kind: coupling
    description: Every student's progress and licence are at the same level
    schedule: "* * * * *"
    left: { source: app, table: specialization_progress, key: [student_id, specialization_id], compare: [current_level], context: [updated_at] }
    right: { source: app, table: user_licenses, key: [user_id, specialization_type], compare: [current_level], context: [id, max_achieved_level, last_advanced_at] }
    fields: { key: [user_id, specialization], left: [progress_level], right: [license_level] }
    recommendedActions:
      missing_right: create_license_from_progress
      missing_left: create_progress_from_license
      mismatch: sync_required

  license_user:
    kind: reference
    description: Every licence belongs to a user
    schedule: "* * * * *"
    severity: warning
    from: { source: app, table: user_licenses, key: [user_id] }
    to: { source: app, table: users, key: [id] }
    fields: { key: [user_id] }
    recommendedActions: { orphan: remove_license }

store: { engine: sqlite, path: lockstep.db }

violationLog: { directory: violations, maxFiles: 500, maxAge: 7d }

http:
  listen: "\${file:listen}"
  tokens:
    - { name: demo-admin, role: admin, token: "\${file:admin.token}", trustUserHeader: true }
    - { name: demo-viewer, role: viewer, token: "\${file:viewer.token}" }
`;
}
