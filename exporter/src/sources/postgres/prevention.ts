/**
 * Deferred constraint triggers that keep a pair together: at commit they look at every key that the transaction has
 * touched, on both sides.
 *
 * Two transactions that each change one side of a pair must not both pass on what they saw before the other's commit.
 * So whoever looks at a key takes an advisory lock on it first and keeps it until its transaction has ended, and in READ
 * COMMITTED the statement after that sees what the one before has committed
 * (https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED). Above it a transaction goes on
 * seeing its first snapshot; there both rows are locked as well, which fails with 40001 when they have changed since.
 */
import { createHash } from 'node:crypto';
import { UserError } from '../../core/errors.ts';
import type { Column, Prevention, Side } from '../source.ts';
import { columnSql, conditions, normalisedSql, quote } from './statements.ts';

const TAG = '$lockstep$';
/** NAMEDATALEN - 1 */
const MAX_NAME_BYTES = 63;

export function preventionSql(asked: Prevention): { up: string; down: string } {
  const sides = [asked.left, asked.right] as const;
  for (const side of sides) requirePlainKey(asked.check, side);
  const names = namesOf(asked.check);
  const up = [
    heading(asked),
    'BEGIN;',
    checkFunction(asked, names.check),
    ...sides.map((side, i) => triggerSql(asked, side, names.check, i === 0 ? names.left : names.right)),
    onlyTheOwner(asked, Object.values(names)),
    'COMMIT;',
    '',
  ].join('\n\n');
  const drops = sides.map((side, i) => {
    const name = i === 0 ? names.left : names.right;
    return `DROP TRIGGER IF EXISTS ${name} ON ${table(side)};\nDROP FUNCTION IF EXISTS ${schemaOf(asked)}.${name};`;
  });
  const down = [
    'BEGIN;',
    ...drops,
    `DROP FUNCTION IF EXISTS ${schemaOf(asked)}.${names.check};`,
    'COMMIT;',
    '',
  ];
  return { up, down: down.join('\n') };
}

function requirePlainKey(check: string, side: Side): void {
  for (const { label, column, normalise } of side.key) {
    if (column !== undefined && normalise.length === 0) continue;
    throw new UserError(
      `check "${check}": key "${label}" of ${side.table} is ${column === undefined ? 'an expression' : 'normalised'}, ` +
        'and a trigger can only follow plain columns; key the check by columns, or go on detecting',
    );
  }
}

/** Names of checks are simple; only their length may need care. */
function namesOf(check: string): { check: string; left: string; right: string } {
  const named = (suffix: string): string => {
    const whole = `lockstep_${check}_${suffix}`;
    if (whole.length <= MAX_NAME_BYTES) return quote(whole);
    const hash = createHash('sha256').update(check).digest('hex').slice(0, 8);
    return quote(`lockstep_${check.slice(0, 38)}_${hash}_${suffix}`);
  };
  return { check: named('check'), left: named('left'), right: named('right') };
}

/** A function must not depend on whose search path it runs with, so a table without a schema is in `public`. */
function schema(side: Side): string {
  return quote(side.schema ?? 'public');
}

function table(side: Side): string {
  return `${schema(side)}.${quote(side.table)}`;
}

function schemaOf({ left }: Prevention): string {
  return schema(left);
}

/** As its owner, because who may write one table need not be allowed to read the other. */
function security(asked: Prevention): string {
  const schemas = [...new Set([schema(asked.left), schema(asked.right)])].join(', ');
  return `LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ${schemas}, pg_temp`;
}

/** A trigger fires without anybody's right to call its function, and whoever calls one reads as its owner. */
function onlyTheOwner(asked: Prevention, names: readonly string[]): string {
  const functions = names.map((name) => `${schemaOf(asked)}.${name}`).join(', ');
  return `REVOKE ALL ON FUNCTION ${functions} FROM PUBLIC;`;
}

function heading({ check, mode }: Prevention): string {
  const what = mode === 'refuse' ? 'is refused' : 'is told of by a WARNING, and passes';
  return [
    `-- Check ${check}: a transaction that would leave a pair apart ${what}, at its COMMIT.`,
    '-- Rows that are apart already stay as they are until somebody touches them. TRUNCATE is not seen.',
    '-- Run it as the owner of both tables; lockstep enforce --down prints the inverse.',
  ].join('\n');
}

const parameter = (i: number): string => `lockstep_key_${String(i + 1)}`;

function keyIs(side: Side): string[] {
  return side.key.map((column, i) => `${columnSql(column)} = ${parameter(i)}`);
}

function rowsOf(side: Side): string {
  return `FROM ${table(side)}${conditions(side, keyIs(side))}`;
}

function valuesOf(side: Side): string {
  const values = side.compare.map((column, i) => `${normalisedSql(column)} AS v${String(i + 1)}`);
  return `(SELECT ${['1 AS found', ...values].join(', ')} ${rowsOf(side)})`;
}

function checkFunction(asked: Prevention, name: string): string {
  const { check, left, right, universe } = asked;
  const types = left.key.map((column, i) => `${parameter(i)} ${typeOf(left, column)}`);
  const keys = left.key.map((_, i) => parameter(i)).join(', ');
  const differ = left.compare.map((_, i) => `l.v${String(i + 1)} IS DISTINCT FROM r.v${String(i + 1)}`);
  const outside = {
    both: 'lockstep_left = 0 AND lockstep_right = 0',
    left: 'lockstep_left = 0',
    right: 'lockstep_right = 0',
  };
  return `CREATE FUNCTION ${schemaOf(asked)}.${name}(${types.join(', ')}) RETURNS void
${security(asked)} AS ${TAG}
#variable_conflict use_column
DECLARE
  lockstep_left bigint;
  lockstep_right bigint;
  lockstep_fault text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(jsonb_build_array('${check}', ${keys})::text, 0));
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    PERFORM 1 ${rowsOf(left)} FOR SHARE;
    PERFORM 1 ${rowsOf(right)} FOR SHARE;
  END IF;
  SELECT count(*) INTO lockstep_left ${rowsOf(left)};
  SELECT count(*) INTO lockstep_right ${rowsOf(right)};
  IF ${outside[universe]} THEN
    RETURN;
  END IF;
  IF lockstep_left > 1 OR lockstep_right > 1 THEN
    lockstep_fault := 'duplicate_key';
  ELSIF lockstep_left = 0 THEN
    lockstep_fault := 'missing_left';
  ELSIF lockstep_right = 0 THEN
    lockstep_fault := 'missing_right';
  ELSIF EXISTS (
    SELECT 1 FROM ${valuesOf(left)} AS l, ${valuesOf(right)} AS r
    WHERE ${differ.join(' OR ') || 'false'}
  ) THEN
    lockstep_fault := 'mismatch';
  ELSE
    RETURN;
  END IF;
  ${raise(asked, keys)}
END ${TAG};`;
}

/** The key is a column's own type wherever the function is called from. */
function typeOf(side: Side, { column = '' }: Column): string {
  return `${table(side)}.${quote(column)}%TYPE`;
}

/** 23514 is check_violation, which applications know. */
function raise({ check, left, right, mode }: Prevention, keys: string): string {
  const level = mode === 'refuse' ? 'EXCEPTION' : 'WARNING';
  const tables = `${left.table} and ${right.table}`.replaceAll("'", "''");
  return `RAISE ${level} USING ERRCODE = '23514',
    MESSAGE = format('check ${check}: %s for key %s', lockstep_fault, jsonb_build_array(${keys})),
    HINT = 'Change ${tables} in one transaction, so that they agree when it commits.';`;
}

type Row = 'OLD' | 'NEW';

function keyOf(side: Side, row: Row): string {
  return side.key.map((column) => `${row}.${columnSql(column)}`).join(', ');
}

/** Looks at the pair of one row. What a column of the left cannot hold, or only rounded, has no partner there. */
function lookAt(asked: Prevention, side: Side, checkName: string, row: Row): string {
  const variables = side.key.map((_, i) => parameter(i)).join(', ');
  const assigned = (indent: string): string =>
    side.key.map((column, i) => `${indent}${parameter(i)} := ${row}.${columnSql(column)};`).join('\n');
  const call = `PERFORM ${schemaOf(asked)}.${checkName}(${variables});`;
  if (side === asked.left) return `${assigned('    ')}\n    ${call}`;
  return `    BEGIN
${assigned('      ')}
      lockstep_fits := ROW(${variables}) IS NOT DISTINCT FROM ROW(${keyOf(side, row)});
    EXCEPTION WHEN data_exception OR check_violation OR not_null_violation THEN
      lockstep_fits := false;
    END;
    IF lockstep_fits THEN
      ${call}${asked.universe === 'left' ? '' : withoutLeft(asked, row)}
    END IF;`;
}

/** No lock: nobody can make such a key agree meanwhile. */
function withoutLeft(asked: Prevention, row: Row): string {
  const { right } = asked;
  const is = right.key.map((column) => `${columnSql(column)} = ${row}.${columnSql(column)}`);
  return `
    ELSE
      SELECT CASE count(*) WHEN 0 THEN NULL WHEN 1 THEN 'missing_left' ELSE 'duplicate_key' END
        INTO lockstep_fault FROM ${table(right)}${conditions(right, is)};
      IF lockstep_fault IS NOT NULL THEN
        ${raise(asked, keyOf(right, row))}
      END IF;`;
}

/** A changed key leaves one pair and enters another, so both are looked at; the same pair only once. */
function triggerSql(asked: Prevention, side: Side, checkName: string, name: string): string {
  const { left } = asked;
  const variables = left.key.map((column, i) => `  ${parameter(i)} ${typeOf(left, column)};`).join('\n');
  return `CREATE FUNCTION ${schemaOf(asked)}.${name}() RETURNS trigger
${security(asked)} AS ${TAG}
DECLARE
${variables}
  lockstep_fits boolean;
  lockstep_fault text;
BEGIN
  IF TG_OP <> 'INSERT' THEN
${lookAt(asked, side, checkName, 'OLD')}
  END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND ROW(${keyOf(side, 'OLD')}) IS DISTINCT FROM ROW(${keyOf(side, 'NEW')})) THEN
${lookAt(asked, side, checkName, 'NEW')}
  END IF;
  RETURN NULL;
END ${TAG};

CREATE CONSTRAINT TRIGGER ${name}
  AFTER INSERT OR UPDATE OR DELETE ON ${table(side)}
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION ${schemaOf(asked)}.${name}();`;
}
