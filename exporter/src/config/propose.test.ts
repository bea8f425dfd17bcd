import fc from 'fast-check';
import type { CatalogTable } from '../sources/source.ts';
import { parseConfig } from './load.ts';
import { formatProblem } from './problem.ts';
import { propose } from './propose.ts';
import { writeProposals } from './proposed-config.ts';
import { CHECK_KINDS } from '../checks/register.ts';
import { ENGINES } from '../sources/register.ts';

/** `name type?`; the first `keys` columns are the primary key, `?` marks a nullable column. */
function table(name: string, columns: readonly string[], more: Partial<CatalogTable> = {}): CatalogTable {
  return {
    schema: 'public',
    table: name,
    columns: columns.map((column) => {
      const [label = '', type = 'integer'] = column.replace('?', '').split(' ');
      return { name: label, type, nullable: column.endsWith('?') };
    }),
    primaryKey: [],
    uniqueKeys: [],
    foreignKeys: [],
    estimatedRows: 0,
    ...more,
  };
}

const PROGRESS = table('specialization_progress', [
  'student_id', 'specialization_id text', 'current_level', 'updated_at timestamptz',
], { primaryKey: ['student_id', 'specialization_id'] }); // prettier-ignore
const LICENSES = table('user_licenses', [
  'id', 'user_id', 'specialization_type text', 'current_level', 'max_achieved_level', 'updated_at timestamptz',
], { primaryKey: ['id'], uniqueKeys: [['id'], ['user_id', 'specialization_type']] }); // prettier-ignore
const USERS = table('users', ['id', 'name text'], { primaryKey: ['id'] });

const ENVIRONMENT = { DATABASE_URL: 'postgres://reader:s3cret@db/app' };

function problemsOf(text: string): string[] {
  const result = parseConfig('lockstep.yaml', text, { kinds: CHECK_KINDS, engines: ENGINES }, ENVIRONMENT);
  return 'problems' in result ? result.problems.map(formatProblem) : [];
}

describe('couplings', () => {
  test('tables with the same key and the same values are coupled', () => {
    const orders = table('orders', ['order_id', 'amount numeric'], { primaryKey: ['order_id'] });
    const invoices = table('invoices', ['id', 'order_id bigint', 'amount numeric', 'created_at date'], {
      primaryKey: ['id'],
      uniqueKeys: [['order_id']],
    });
    expect(propose([orders, invoices]).couplings).toEqual([
      {
        kind: 'coupling',
        left: { schema: 'public', table: 'invoices' },
        right: { schema: 'public', table: 'orders' },
        key: [['order_id', 'order_id']],
        compare: ['amount'],
        certain: true,
      },
    ]);
  });

  test('keys that are only alike by name are proposed as uncertain, column by column', () => {
    expect(propose([LICENSES, PROGRESS]).couplings).toEqual([
      {
        kind: 'coupling',
        left: { schema: 'public', table: 'specialization_progress' },
        right: { schema: 'public', table: 'user_licenses' },
        key: [['student_id', 'user_id'], ['specialization_id', 'specialization_type']],
        compare: ['current_level'],
        certain: false,
      },
    ]); // prettier-ignore
  });

  test('a common "id" couples nothing, unless a foreign key says that it is the same', () => {
    const accounts = table('accounts', ['id', 'name text'], { primaryKey: ['id'] });
    expect(propose([USERS, accounts])).toMatchObject({
      couplings: [],
      left: ['1 pair of tables: their only common key is an "id", which numbers the rows of each alone'],
    });
    const foreignKeys = [{ columns: ['id'], schema: 'public', table: 'users', references: ['id'] }];
    expect(propose([USERS, { ...accounts, foreignKeys }]).couplings).toMatchObject([
      { compare: ['name'], certain: true },
    ]);
  });

  test('a table without a key is counted, not coupled', () => {
    const log = table('log', ['order_id', 'amount']);
    const orders = table('orders', ['order_id', 'amount'], { primaryKey: ['order_id'] });
    expect(propose([log, orders])).toMatchObject({
      couplings: [],
      left: ['1 table: no primary key or unique index, so no coupling'],
    });
  });

  test('keys and values of types that cannot be compared are left alone', () => {
    const a = table('a', ['code text', 'n integer'], { primaryKey: ['code'] });
    const b = table('b', ['code uuid', 'n integer'], { primaryKey: ['code'] });
    const c = table('c', ['code citext', 'n text'], { primaryKey: ['code'] });
    expect(propose([a, b, c]).couplings).toMatchObject([
      { left: { table: 'a' }, right: { table: 'c' }, compare: [] },
    ]);
  });
});

describe('references', () => {
  test('a column named after a table without a foreign key is proposed', () => {
    expect(propose([LICENSES, USERS]).references).toEqual([
      {
        kind: 'reference',
        from: { schema: 'public', table: 'user_licenses' },
        column: 'user_id',
        nullable: false,
        to: { schema: 'public', table: 'users' },
        key: 'id',
      },
    ]);
  });

  test('a column that a foreign key guards is counted only', () => {
    const foreignKeys = [{ columns: ['user_id'], schema: 'public', table: 'users', references: ['id'] }];
    expect(propose([{ ...LICENSES, foreignKeys }, USERS])).toMatchObject({
      references: [],
      left: [expect.stringContaining('1 pair of tables'), '1 column: a foreign key guards it already'],
    });
  });

  test('another type, another schema with a namesake, and the key itself are no references', () => {
    const orders = table('orders', ['order_id', 'user_id text'], { primaryKey: ['order_id'] });
    expect(propose([orders, USERS]).references).toEqual([]);
    const elsewhere = ['a', 'b'].map((schema) => ({ ...USERS, schema }));
    expect(propose([LICENSES, ...elsewhere]).references).toEqual([]);
    expect(propose([LICENSES, elsewhere[0]!]).references).toHaveLength(1);
    expect(propose([table('user', ['user_id'], { primaryKey: ['user_id'] })]).references).toEqual([]);
  });

  test('plurals in -es and -ies are found', () => {
    const names = ['boxes', 'companies'].map((name) => table(name, ['id'], { primaryKey: ['id'] }));
    const items = table('items', ['item_id', 'box_id?', 'companyId'], { primaryKey: ['item_id'] });
    expect(propose([...names, items]).references.map(({ to, nullable }) => [to.table, nullable])).toEqual([
      ['boxes', true],
      ['companies', false],
    ]);
  });
});

describe('the written configuration', () => {
  test('says what was read, proposes with comments, and leaves the password out', () => {
    const text = writeProposals(propose([LICENSES, PROGRESS, USERS]), 'postgres');
    expect(text)
      .toBe(`# Proposed by \`lockstep init\` from the catalog alone: it read no rows. Keep what must hold, delete the rest, then
#   lockstep validate --connect lockstep.yaml
#
# Tables read: 3. Proposed: couplings 0, as comments 1, references 1.
# Not proposed:
#   1 pair of tables: their only common key is an "id", which numbers the rows of each alone

sources:
  app:
    engine: postgres
    # the address that was given to \`lockstep init\`; set it in the environment
    url: \${DATABASE_URL}

checks:
  # user_licenses.user_id looks like a reference to users, and no foreign key guards it
  user_licenses_user_id:
    kind: reference
    from: { source: app, table: user_licenses, key: [user_id] }
    to: { source: app, table: users, key: [id] }

  # The keys of these tables are only alike by name. Where they mean the same, take the "# " away (and, when no check
  # stands above, the "{}" after "checks:").

  # specialization_progress and user_licenses hold the same keys, with the same values
  # specialization_progress_user_licenses:
  #   kind: coupling
  #   left: { source: app, table: specialization_progress, key: [student_id, specialization_id], compare: [current_level] }
  #   right: { source: app, table: user_licenses, key: [user_id, specialization_type], compare: [current_level] }
`);
    expect(problemsOf(text)).toEqual([]);
  });

  test('the comments validate once they are taken away', () => {
    const text = writeProposals(propose([LICENSES, PROGRESS]), 'postgres');
    const live = text.replace('checks: {}', 'checks:').replaceAll(/^ {2}# (?=\w+:$| {2}\w)/gm, '  ');
    expect(live).toMatch(/^ {4}kind: coupling$/m);
    expect(problemsOf(live)).toEqual([]);
  });

  test('an empty database gives a configuration that validates', () => {
    expect(problemsOf(writeProposals(propose([]), 'postgres'))).toEqual([]);
  });

  test('the order of the catalog does not matter', () => {
    const tables = [LICENSES, PROGRESS, USERS, table('orders', ['user_id', 'id'], { primaryKey: ['id'] })];
    expect(propose([...tables].reverse())).toEqual(propose(tables));
  });

  test('whatever tables and columns are called, the text validates and means them', () => {
    const odd = [
      'a"b',
      "it's",
      'x: y',
      '# no',
      '${HOME}',
      '$${',
      'null',
      'a.b',
      '-',
      '日本',
      '🙂',
      'a\nb',
      '{',
      '*',
    ];
    const name = fc.oneof(
      fc.constantFrom(...odd),
      fc.string({ minLength: 1, maxLength: 63, unit: 'binary' }).filter((text) => !text.includes('\0')),
    );
    fc.assert(
      fc.property(name, name, name, name, (schema, first, key, value) => {
        fc.pre(key !== value);
        const shape = { schema, primaryKey: [key] };
        const tables = [table(first, [], shape), table(`${first}2`, [], shape)].map((one) => ({
          ...one,
          columns: [key, value].map((column) => ({ name: column, type: 'text', nullable: false })),
        }));
        const text = writeProposals(propose(tables), 'postgres');
        const result = parseConfig(
          'lockstep.yaml',
          text,
          { kinds: CHECK_KINDS, engines: ENGINES },
          ENVIRONMENT,
        );
        if ('problems' in result) throw new Error(result.problems.map(formatProblem).join('\n') + text);
        const [coupling] = result.config.checks;
        if (coupling) expect(coupling.spec).toMatchObject({ left: { key: [key] } });
      }),
      { numRuns: 300 },
    );
  });
});
