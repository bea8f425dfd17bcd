/** Every type that Postgres can compare, as a value and as a key, with what must be found. */
import type { Value } from '../../exporter/src/core/value.ts';

/** SQL literals of one key on both sides; undefined where the side lacks it. Shown: [left, right] when they differ. */
export interface ValuePair {
  readonly left: string;
  readonly right: string;
  /** absent when the two agree */
  readonly shown?: readonly [Value, Value];
}

export interface ValueCase {
  readonly title: string;
  readonly type: string;
  /** absent when it is the same */
  readonly rightType?: string;
  readonly pairs: readonly ValuePair[];
}

const agree = (left: string, right: string = left): ValuePair => ({ left, right });
const differ = (left: string, right: string, ...shown: [Value, Value]): ValuePair => ({ left, right, shown });

/** What the type cases need to exist. */
export const TYPES_SQL = `
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "odd"');
CREATE DOMAIN level AS int CHECK (VALUE >= 0);
CREATE DOMAIN amount AS numeric(20, 4);
CREATE COLLATION german (provider = icu, locale = 'de');
CREATE COLLATION swedish (provider = icu, locale = 'sv');
`;

export const VALUE_CASES: readonly ValueCase[] = [
  {
    title: 'int2',
    type: 'int2',
    pairs: [agree('-32768'), differ('1', '2', 1, 2), differ('0', 'NULL', 0, null)],
  },
  { title: 'int4', type: 'int4', pairs: [agree('2147483647'), agree('NULL'), differ('-1', '1', -1, 1)] },
  {
    title: 'int8 beyond 2^53, exact to the last digit',
    type: 'int8',
    pairs: [
      agree('9223372036854775807'),
      differ('9007199254740993', '9007199254740992', '9007199254740993', '9007199254740992'),
      differ('-9223372036854775808', '7', '-9223372036854775808', 7),
    ],
  },
  {
    title: 'numeric, where 1.0 is 1.00 and 30 digits count',
    type: 'numeric',
    pairs: [
      agree('1.0', '1.00'),
      agree("'NaN'"),
      agree('-0.0', '0'),
      differ(
        '123456789012345678901234567890.1',
        '123456789012345678901234567890.2',
        '123456789012345678901234567890.1',
        '123456789012345678901234567890.2',
      ),
    ],
  },
  { title: 'numeric with its own scales', type: 'numeric(12, 2)', rightType: 'numeric(20, 6)', pairs: [agree('1.5'), differ('2.25', '2.2501', '2.25', '2.250100')] }, // prettier-ignore
  {
    title: 'float8 with -0, NaN and infinity',
    type: 'float8',
    pairs: [
      agree("'-0'", '0'),
      agree("'NaN'"),
      agree("'-Infinity'"),
      agree('1e300'),
      differ("'Infinity'", "'NaN'", 'Infinity', 'NaN'),
      differ('0.1', '0.1000000000000001', 0.1, 0.1000000000000001),
    ],
  },
  { title: 'float4', type: 'float4', pairs: [agree('0.1'), differ('0.1', '0.2', 0.1, 0.2)] },
  { title: 'float4 beside float8', type: 'float4', rightType: 'float8', pairs: [agree('0.5'), differ('0.1', '0.1', 0.1, 0.1)] }, // prettier-ignore
  { title: 'int4 beside int8', type: 'int4', rightType: 'int8', pairs: [agree('7'), differ('7', '4294967303', 7, 4294967303)] }, // prettier-ignore
  { title: 'int8 beside numeric', type: 'int8', rightType: 'numeric', pairs: [agree('7', '7.000'), differ('7', '7.001', 7, '7.001')] }, // prettier-ignore
  { title: 'numeric beside float8', type: 'numeric', rightType: 'float8', pairs: [agree('0.5'), differ('0.25', '0.5', '0.25', 0.5)] }, // prettier-ignore
  {
    title: 'text with spaces, accents, emoji and control characters',
    type: 'text',
    pairs: [
      agree("'a\tb\\c'"),
      agree("''"),
      differ("''", 'NULL', '', null),
      differ("'a'", "'a '", 'a', 'a '),
      differ("'é'", "U&'e\\0301'", 'é', 'e\u0301'),
      differ("'～'", "'😀'", '～', '😀'),
      differ("'; DROP TABLE l; --'", "'$1'", '; DROP TABLE l; --', '$1'),
      differ("'\\0'", "'\\N'", '\\0', '\\N'),
    ],
  },
  { title: 'text in two ICU collations', type: 'text COLLATE german', rightType: 'text COLLATE swedish', pairs: [agree("'ö'"), differ("'ö'", "'z'", 'ö', 'z')] }, // prettier-ignore
  { title: 'text in an ICU collation beside the default', type: 'text COLLATE german', rightType: 'text', pairs: [agree("'ä'"), differ("'a'", "'A'", 'a', 'A')] }, // prettier-ignore
  { title: 'text in "C" beside the default', type: 'text COLLATE "C"', rightType: 'varchar(9)', pairs: [agree("'x'"), differ("'x'", "'y'", 'x', 'y')] }, // prettier-ignore
  { title: 'text arrays in two collations', type: 'text[] COLLATE german', rightType: 'text[] COLLATE "C"', pairs: [agree("'{ö}'"), differ("'{ö}'", "'{o}'", '{ö}', '{o}')] }, // prettier-ignore
  { title: 'char(n), padded', type: 'char(5)', rightType: 'char(9)', pairs: [agree("'ab'"), differ("'ab'", "'cd'", 'ab   ', 'cd       ')] }, // prettier-ignore
  { title: 'char(n) beside text', type: 'char(5)', rightType: 'text', pairs: [agree("'ab'"), differ("'ab'", "'ab '", 'ab   ', 'ab ')] }, // prettier-ignore
  { title: 'citext', type: 'citext', pairs: [agree("'Straße'", "'sTRAße'"), differ("'a'", "'b'", 'a', 'b')] },
  { title: 'citext beside text, where text wins as it does in SQL', type: 'citext', rightType: 'text', pairs: [agree("'a'"), differ("'a'", "'A'", 'a', 'A')] }, // prettier-ignore
  { title: 'uuid', type: 'uuid', pairs: [agree("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "'a0eebc999c0b4ef8bb6d6bb9bd380a11'"), differ("'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'", '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002')] }, // prettier-ignore
  { title: 'date', type: 'date', pairs: [agree("'infinity'"), agree("'0044-03-15 BC'"), differ("'2024-02-29'", "'2024-03-01'", '2024-02-29', '2024-03-01')] }, // prettier-ignore
  { title: 'date beside timestamp', type: 'date', rightType: 'timestamp', pairs: [agree("'2024-02-29'"), differ("'2024-02-29'", "'2024-02-29 00:00:01'", '2024-02-29', '2024-02-29 00:00:01')] }, // prettier-ignore
  {
    title: 'timestamptz to the microsecond, whatever its zone',
    type: 'timestamptz',
    pairs: [
      agree("'2024-01-01 12:00:00+02'", "'2024-01-01 10:00:00+00'"),
      agree("'-infinity'"),
      differ(
        "'2024-01-01 00:00:00.000001+00'",
        "'2024-01-01 00:00:00.000002+00'",
        '2024-01-01 00:00:00.000001+00',
        '2024-01-01 00:00:00.000002+00',
      ),
    ],
  },
  { title: 'timestamp beside timestamptz, in UTC', type: 'timestamp', rightType: 'timestamptz', pairs: [agree("'2024-01-01 10:00'", "'2024-01-01 12:00+02'"), differ("'2024-01-01 10:00'", "'2024-01-01 11:00+00'", '2024-01-01 10:00:00', '2024-01-01 11:00:00+00')] }, // prettier-ignore
  { title: 'time', type: 'time', pairs: [agree("'24:00'"), differ("'12:00'", "'12:00:00.5'", '12:00:00', '12:00:00.5')] }, // prettier-ignore
  {
    title: 'interval, where a month is 30 days',
    type: 'interval',
    pairs: [
      agree("'1 mon'", "'30 days'"),
      agree("'1 day'", "'24 hours'"),
      agree("'1 mon -30 days'", "'0'"),
      agree("'-1 mon 1 day'", "'-29 days'"),
      differ("'1 mon'", "'31 days'", '1 mon', '31 days'),
    ],
  },
  {
    title: 'enum',
    type: 'mood',
    pairs: [agree("'ok'"), differ("'sad'", `'it''s "odd"'`, 'sad', `it's "odd"`)],
  },
  { title: 'boolean', type: 'boolean', pairs: [agree('true'), differ('true', 'false', true, false), differ('false', 'NULL', false, null)] }, // prettier-ignore
  { title: 'bytea', type: 'bytea', pairs: [agree("'\\x00ff'"), agree("''"), differ("'\\x00'", "'\\x0000'", '\\x00', '\\x0000')] }, // prettier-ignore
  {
    title: 'json, by content',
    type: 'json',
    pairs: [
      agree(`'{"b": 1, "a": [1, 2]}'`, `'{"a":[1,2],"b":1}'`),
      differ(`'{"a": 1}'`, `'{"a":"1"}'`, '{"a": 1}', '{"a":"1"}'),
    ],
  },
  {
    title: 'jsonb, where 1.0 is 1.00',
    type: 'jsonb',
    pairs: [
      agree(`'{"a": [1.0, 2.50]}'`, `'{"a": [1.00, 2.5]}'`),
      differ(`'{"a": "1.0"}'`, `'{"a": "1.00"}'`, '{"a": "1.0"}', '{"a": "1.00"}'),
      differ(`'{"a": 10}'`, `'{"a": 100}'`, '{"a": 10}', '{"a": 100}'),
      differ(`'["\\"1.0"]'`, `'["\\"1.00"]'`, '["\\"1.0"]', '["\\"1.00"]'),
    ],
  },
  { title: 'json beside jsonb', type: 'json', rightType: 'jsonb', pairs: [agree(`'{"b":1,"a":2}'`), differ("'1'", "'null'", '1', 'null')] }, // prettier-ignore
  { title: 'int arrays', type: 'int[]', pairs: [agree("'{1,NULL,3}'"), agree("'{}'"), differ("'{1,2}'", "'{{1},{2}}'", '{1,2}', '{{1},{2}}')] }, // prettier-ignore
  {
    title: 'numeric arrays, where 1.0 is 1.00',
    type: 'numeric[]',
    pairs: [
      agree("'{1.0,NULL,2}'", "'{1.00,NULL,2.0}'"),
      agree("'{}'"),
      differ("'{1,2}'", "'{{1},{2}}'", '{1,2}', '{{1},{2}}'),
      differ("'{1}'", 'NULL', '{1}', null),
    ],
  },
  { title: 'float and interval arrays', type: 'float8[]', pairs: [agree("'{-0,NaN}'", "'{0,NaN}'"), differ("'{1}'", "'{2}'", '{1}', '{2}')] }, // prettier-ignore
  { title: 'interval arrays', type: 'interval[]', pairs: [agree("'{1 mon}'", "'{30 days}'"), differ("'{1 mon}'", "'{1 day}'", '{"1 mon"}', '{"1 day"}')] }, // prettier-ignore
  { title: 'domains over int and numeric', type: 'level', rightType: 'int8', pairs: [agree('5'), differ('5', '6', 5, 6)] }, // prettier-ignore
  { title: 'a domain over numeric', type: 'amount', rightType: 'numeric', pairs: [agree('1.5'), differ('1.5', '1.6', '1.5000', '1.6')] }, // prettier-ignore
  {
    title: 'bit strings',
    type: 'bit(4)',
    pairs: [agree("'1010'"), differ("'1010'", "'1011'", '1010', '1011')],
  },
  { title: 'inet', type: 'inet', pairs: [agree("'10.0.0.1'", "'10.0.0.1/32'"), differ("'10.0.0.1'", "'10.0.0.0/8'", '10.0.0.1', '10.0.0.0/8')] }, // prettier-ignore
  { title: 'money', type: 'money', pairs: [agree('12.5'), differ('1', '2', '$1.00', '$2.00')] },
  { title: 'point, which has no order', type: 'point', pairs: [agree("'(1,2)'"), differ("'(1,2)'", "'(2,1)'", '(1,2)', '(2,1)')] }, // prettier-ignore
];

export interface KeyCase {
  readonly title: string;
  readonly type: string;
  readonly rightType?: string;
  /** SQL literals, [left, right]; the same key on both sides */
  readonly shared: readonly (readonly [string, string])[];
  /** literal of a key that only one side has, and how it is told */
  readonly onlyLeft: readonly [string, Value];
  readonly onlyRight: readonly [string, Value];
}

const same = (...literals: string[]): [string, string][] => literals.map((literal) => [literal, literal]);

export const KEY_CASES: readonly KeyCase[] = [
  {
    title: 'int2',
    type: 'int2',
    shared: same('-32768', '0', '32767'),
    onlyLeft: ['5', 5],
    onlyRight: ['-5', -5],
  },
  {
    title: 'int8 beyond 2^53',
    type: 'int8',
    shared: same('-9223372036854775808', '9007199254740992', '9223372036854775807'),
    onlyLeft: ['9007199254740993', '9007199254740993'],
    onlyRight: ['-9007199254740993', '-9007199254740993'],
  },
  { title: 'int4 beside int8', type: 'int4', rightType: 'int8', shared: same('-2', '9', '10'), onlyLeft: ['100', 100], onlyRight: ['4294967306', 4294967306] }, // prettier-ignore
  { title: 'int4 beside numeric', type: 'int4', rightType: 'numeric', shared: [['10', '10.00'], ['-9', '-9']], onlyLeft: ['9', 9], onlyRight: ['9.500', '9.5'] }, // prettier-ignore
  { title: 'numeric beside int8', type: 'numeric', rightType: 'int8', shared: [['10.0', '10']], onlyLeft: ['123456789012345678901234567890.10', '123456789012345678901234567890.1'], onlyRight: ['100', 100] }, // prettier-ignore
  { title: 'float8', type: 'float8', shared: [["'-0'", '0'], ['1e300', '1e300'], ["'NaN'", "'NaN'"]], onlyLeft: ['0.1', 0.1], onlyRight: ["'Infinity'", 'Infinity'] }, // prettier-ignore
  { title: 'float4', type: 'float4', shared: same('0.5', "'-Infinity'"), onlyLeft: ['0.1', Math.fround(0.1)], onlyRight: ['0.2', Math.fround(0.2)] }, // prettier-ignore
  { title: 'text in the default collation', type: 'text', shared: same("'～'", "'😀'", "''", "'a\tb'", "'Z'", "'a'"), onlyLeft: ["'; DROP TABLE l; --'", '; DROP TABLE l; --'], onlyRight: ["'$1\\0'", '$1\\0'] }, // prettier-ignore
  { title: 'text in two ICU collations', type: 'text COLLATE german', rightType: 'text COLLATE swedish', shared: same("'ö'", "'z'", "'A'", "'a'"), onlyLeft: ["'o'", 'o'], onlyRight: ["'Ö'", 'Ö'] }, // prettier-ignore
  { title: 'text in "C" beside varchar in ICU', type: 'text COLLATE "C"', rightType: 'varchar(20) COLLATE german', shared: same("'b'", "'B'", "'ä'"), onlyLeft: ["'a b'", 'a b'], onlyRight: ["'ab'", 'ab'] }, // prettier-ignore
  { title: 'char(n) of two lengths, told without padding', type: 'char(5)', rightType: 'char(9)', shared: same("'ab'", "'b'"), onlyLeft: ["'a'", 'a'], onlyRight: ["'abc'", 'abc'] }, // prettier-ignore
  { title: 'char(n) beside text', type: 'char(5)', rightType: 'text', shared: same("'ab'"), onlyLeft: ["'a'", 'a'], onlyRight: ["'ab '", 'ab '] }, // prettier-ignore
  {
    title: 'citext',
    type: 'citext',
    shared: [["'Ab'", "'aB'"]],
    onlyLeft: ["'X'", 'X'],
    onlyRight: ["'Y'", 'Y'],
  },
  { title: 'citext beside text, where text wins as it does in SQL', type: 'citext', rightType: 'text', shared: same("'a'"), onlyLeft: ["'B'", 'B'], onlyRight: ["'b'", 'b'] }, // prettier-ignore
  { title: 'uuid', type: 'uuid', shared: same("'00000000-0000-0000-0000-00000000000f'"), onlyLeft: ["'00000000-0000-0000-0000-0000000000F0'", '00000000-0000-0000-0000-0000000000f0'], onlyRight: ["'f0000000-0000-0000-0000-000000000000'", 'f0000000-0000-0000-0000-000000000000'] }, // prettier-ignore
  { title: 'date', type: 'date', shared: same("'2024-02-29'", "'0044-03-15 BC'"), onlyLeft: ["'infinity'", 'infinity'], onlyRight: ["'1999-12-31'", '1999-12-31'] }, // prettier-ignore
  { title: 'timestamptz', type: 'timestamptz', shared: [["'2024-01-01 12:00+02'", "'2024-01-01 10:00+00'"]], onlyLeft: ["'2024-01-01 00:00:00.000001+00'", '2024-01-01 00:00:00.000001+00'], onlyRight: ["'2024-01-01 00:00:00.1+00'", '2024-01-01 00:00:00.1+00'] }, // prettier-ignore
  { title: 'timestamp beside timestamptz', type: 'timestamp', rightType: 'timestamptz', shared: [["'2024-01-01 10:00'", "'2024-01-01 12:00+02'"]], onlyLeft: ["'2024-01-01 09:00'", '2024-01-01 09:00:00'], onlyRight: ["'2024-01-01 08:00+00'", '2024-01-01 08:00:00+00'] }, // prettier-ignore
  { title: 'interval', type: 'interval', shared: [["'1 mon'", "'30 days'"]], onlyLeft: ["'2 mons'", '2 mons'], onlyRight: ["'61 days'", '61 days'] }, // prettier-ignore
  { title: 'enum', type: 'mood', shared: same("'ok'"), onlyLeft: [`'it''s "odd"'`, `it's "odd"`], onlyRight: ["'sad'", 'sad'] }, // prettier-ignore
  { title: 'bytea', type: 'bytea', shared: same("'\\x00'"), onlyLeft: ["'\\xff00'", '\\xff00'], onlyRight: ["''", '\\x'] }, // prettier-ignore
  { title: 'boolean', type: 'boolean', shared: [], onlyLeft: ['true', true], onlyRight: ['false', false] },
  { title: 'jsonb', type: 'jsonb', shared: [[`'{"a":1}'`, `'{"a": 1}'`]], onlyLeft: [`'[1]'`, '[1]'], onlyRight: ["'null'", 'null'] }, // prettier-ignore
  { title: 'json, by content', type: 'json', shared: [[`'{"b":1,"a":2}'`, `'{"a":2,"b":1}'`]], onlyLeft: [`'[1,2]'`, '[1, 2]'], onlyRight: ["'null'", 'null'] }, // prettier-ignore
  { title: 'int arrays', type: 'int[]', shared: same("'{1,2}'", "'{10}'"), onlyLeft: ["'{}'", '{}'], onlyRight: ["'{1,NULL}'", '{1,NULL}'] }, // prettier-ignore
  { title: 'domains', type: 'level', rightType: 'int4', shared: same('1'), onlyLeft: ['2', 2], onlyRight: ['3', 3] }, // prettier-ignore
  { title: 'a domain over numeric', type: 'amount', rightType: 'numeric', shared: [['1.5', '1.50']], onlyLeft: ['2', '2'], onlyRight: ['3', '3'] }, // prettier-ignore
  { title: 'bit strings', type: 'bit(4)', shared: same("'1010'"), onlyLeft: ["'1011'", '1011'], onlyRight: ["'0001'", '0001'] }, // prettier-ignore
  { title: 'inet', type: 'inet', shared: [["'10.0.0.1'", "'10.0.0.1/32'"]], onlyLeft: ["'10.0.0.2'", '10.0.0.2'], onlyRight: ["'10.0.0.0/8'", '10.0.0.0/8'] }, // prettier-ignore
];
