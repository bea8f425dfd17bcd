/** The environment and the registers under which the fixtures are read. */
import { CHECK_KINDS } from '../../exporter/src/checks/register.ts';
import { ENGINES } from '../../exporter/src/sources/register.ts';

export const REGISTERS = { kinds: CHECK_KINDS, engines: ENGINES };

export const SECRET = 's3cret';

export const ENVIRONMENT = {
  DATABASE_URL: 'postgres://app:s3cret-pass@db/app',
  SHORT: 's3cret',
  TOKEN: 's3cret-pass-0123456789',
  OWNER: 'Team Größe 🙂',
  CONCURRENCY: '2',
  VERIFY: 'false',
  MAX: '250',
  LEVEL: 'debug',
};
