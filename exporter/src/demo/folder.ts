/** The demo's data folder: what is kept there between starts, and what it tells others. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { TOKEN_MIN_LENGTH } from '../config/schema.ts';
import { UserError } from '../core/errors.ts';
import type { Scene } from './scene.ts';

export interface Folder {
  readonly path: string;
  readonly config: string;
  /** `demo.json` */
  readonly facts: string;
  readonly log: string;
  /** the command that shows the panel with this demo behind it */
  readonly preview: string;
}

/** What scripts need to drive the demo, beside the places of its scene. */
export interface Facts {
  readonly url: string;
  readonly adminToken: string;
  readonly viewerToken: string;
}

/** of the clone: this file is two folders below exporter/, whether built or not */
export const ROOT = resolve(import.meta.dirname, '..', '..', '..');
const LOG_BYTES = 10_000_000;

/** @param example none for the first system; another one has a folder of its own inside */
export function openFolder(example?: string): Folder {
  const path = resolve(process.env['LOCKSTEP_DATA_DIR'] ?? join(ROOT, '.lockstep'), example ?? '.');
  return {
    path,
    config: join(path, 'lockstep.yaml'),
    facts: join(path, 'demo.json'),
    log: join(path, 'lockstep.log'),
    preview: example === undefined ? 'npm run preview' : `LOCKSTEP_DATA_DIR=${path} npm run preview`,
  };
}

/** Nobody else may list it, but the unprivileged user that Postgres runs as may pass through. */
export function prepareFolder(folder: Folder): void {
  if (!existsSync(folder.path)) mkdirSync(folder.path, { recursive: true, mode: 0o711 });
  if (existsSync(folder.log) && statSync(folder.log).size > LOG_BYTES)
    renameSync(folder.log, `${folder.log}.1`);
}

/** The admin's token by the reader's choice; asked before anything is started or written. */
export function chosenToken(): string | undefined {
  const token = process.env['LOCKSTEP_ADMIN_TOKEN'];
  if (token === undefined || token.length >= TOKEN_MIN_LENGTH) return token;
  throw new UserError(
    `LOCKSTEP_ADMIN_TOKEN is shorter than ${String(TOKEN_MIN_LENGTH)} characters; choose a longer one, or leave it out and one is made`,
  );
}

/** Made once per folder; a chosen one takes the place of the admin's. */
export function tokens(folder: Folder, admin: string | undefined): { admin: string; viewer: string } {
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
export function writeConfig(folder: Folder, scene: Scene, listen: string): void {
  for (const [name, text] of Object.entries({ ...scene.secrets, listen }))
    writeSecret(join(folder.path, name), text);
  if (!existsSync(folder.config)) writeFileSync(folder.config, configText(folder, scene));
}

export function writeFacts(folder: Folder, facts: Facts, { places }: Scene): void {
  writeSecret(folder.facts, `${JSON.stringify({ ...facts, ...places }, null, 2)}\n`);
}

function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

function configText(folder: Folder, scene: Scene): string {
  return `# yaml-language-server: $schema=${relative(folder.path, join(ROOT, 'exporter', 'lockstep.schema.json'))}
# Written by the first start and kept: change it and start again, or delete it to get this one back.

${scene.config}
store: { engine: sqlite, path: lockstep.db }

violationLog: { directory: violations, maxFiles: 500, maxAge: 7d }

http:
  listen: "\${file:listen}"
  tokens:
    - { name: demo-admin, role: admin, token: "\${file:admin.token}", trustUserHeader: true }
    - { name: demo-viewer, role: viewer, token: "\${file:viewer.token}" }
`;
}
