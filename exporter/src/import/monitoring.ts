/**
 * `monitoring_config.json` of a monitor of the role system → a Lockstep configuration and an Alertmanager file. Secrets
 * in it are named, and never repeated.
 */
import { roleSystemConfig, type RoleSystem } from '../config/role-system.ts';
import { UserError } from '../core/errors.ts';
import { api, database } from './addresses.ts';
import { readForeignSettings, type ForeignSettings } from './foreign-settings.ts';
import { consecutiveFailures, limits, schedule } from './limits.ts';
import { receiversFile } from './receivers.ts';
import { Told } from './told.ts';

export interface Imported {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** what somebody has to provide before it works */
  readonly secrets: readonly string[];
  readonly notCarried: readonly string[];
}

/** @param file as messages shall name it */
export function importMonitoring(file: string, text: string): Imported {
  const settings = readForeignSettings(file, text);
  const told = new Told();
  const system = roleSystem(settings, told);
  if (system.database === null && system.api === null) {
    throw new UserError(
      `${file} has neither a database_url nor an api_url that Lockstep can read, so there is nothing to check`,
    );
  }
  const receivers = receiversFile(settings, told);
  for (const place of settings.rest()) told.lost(place, 'Lockstep has no such setting');
  const head = ['# Made by `lockstep import`.', ...list('Set before it can run:', told.secrets), ...list('Not carried over:', told.notCarried)]; // prettier-ignore
  return {
    files: [
      { name: 'lockstep.yaml', text: `${[...head, ''].join('\n')}\n${roleSystemConfig(system)}` },
      ...(receivers === null ? [] : [{ name: 'alertmanager.yml', text: receivers }]),
    ],
    secrets: told.secrets,
    notCarried: told.notCarried,
  };
}

function list(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`# ${title}`, ...lines.map((line) => `#   ${line}`)];
}

function roleSystem(settings: ForeignSettings, told: Told): RoleSystem {
  return {
    database: database(settings, told),
    api: api(settings, told),
    schedule: schedule(settings, told),
    limits: limits(settings, told),
    consecutiveFailures: consecutiveFailures(settings, told),
  };
}
