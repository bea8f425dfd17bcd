/** Who may import whom. Every rule is a sentence of docs/design.md. */
const TESTS = '\\.test\\.ts$';
const REGISTERS = '^exporter/src/(checks|sources|stores)/register\\.ts$';
const COMPOSITION = '^exporter/src/(app|main|watch)\\.ts$';

/** Drivers stay in the room whose job they are, so that a successor changes one room. */
const drivers = [
  ['pg, pg-copy-streams', '^(pg|pg-copy-streams|pg-cursor)$', '^exporter/src/(sources|stores|demo)/'],
  ['libsql', '^libsql$', '^exporter/src/(sources|stores|demo)/'],
  ['kysely', '^kysely', '^exporter/src/stores/'],
  ['prom-client', '^prom-client$', '^exporter/src/metrics\\.ts$'],
  ['node-cron', '^node-cron', '^exporter/src/(schedule|config)/'],
  ['fastify and its plugins', '^(fastify|@fastify/.+)$', '^exporter/src/http/'],
  ['yaml', '^yaml$', '^exporter/src/(config|cli|demo|alerts|import)/'],
  ['commander', '^commander$', '^exporter/src/(main\\.ts|cli/|demo/)'],
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'No file imports itself by a detour (types may: they are gone at run time).',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'core-is-pure',
      comment: 'core imports only core.',
      severity: 'error',
      from: { path: '^exporter/src/core/', pathNot: TESTS },
      // crypto hashes and fastest-levenshtein counts letters: neither does I/O
      to: { pathNot: ['^exporter/src/core/', '^(node:)?crypto$', 'fastest-levenshtein'] },
    },
    {
      name: 'checks-know-no-driver-room',
      comment: 'A kind of check imports the contracts, core and its neighbours in checks; never an engine.',
      severity: 'error',
      from: { path: '^exporter/src/checks/', pathNot: TESTS },
      to: {
        path: '^exporter/src/',
        pathNot: ['^exporter/src/(core|checks)/', '^exporter/src/sources/(source|mender)\\.ts$'],
      },
    },
    {
      name: 'sources-know-contract-and-core',
      comment: 'An engine imports its contract, core, the config schema of its own entry and its driver.',
      severity: 'error',
      from: { path: '^exporter/src/sources/', pathNot: TESTS },
      to: { path: '^exporter/src/', pathNot: '^exporter/src/(core|sources)/' },
    },
    {
      name: 'stores-know-contract-and-core',
      comment: 'A store imports its contract, core and its driver.',
      severity: 'error',
      from: { path: '^exporter/src/stores/', pathNot: TESTS },
      to: {
        path: '^exporter/src/',
        pathNot: ['^exporter/src/(core|stores)/', '^exporter/src/config/config\\.ts$'],
      },
    },
    ...[
      'checks/(coupling|reference|query|freshness|latency|http)',
      'sources/(postgres|libsql|http|mysql)',
      'stores/(sqlite|postgres)',
    ].map((room) => ({
      name: `no-sibling-implementations: ${room.split('/')[0]}`,
      comment:
        'An implementation never imports a sibling implementation; what they share has a file of its own.',
      severity: 'error',
      from: { path: `^exporter/src/${room}[./]`, pathNot: TESTS },
      to: { path: `^exporter/src/${room}[./]`, pathNot: `^exporter/src/${room.split('/')[0]}/$1[./]` },
    })),
    {
      name: 'only-registers-name-implementations',
      comment:
        'Only registers and the composition root name an engine, a kind or a store; all others see contracts.',
      severity: 'error',
      from: {
        path: '^exporter/src/',
        pathNot: [TESTS, REGISTERS, COMPOSITION, '^exporter/src/(checks|sources|stores)/'],
      },
      to: {
        path: '^exporter/src/(checks|sources|stores)/',
        pathNot: ['/(kind|sides|source|mender|store|register)\\.ts$'],
      },
    },
    {
      name: 'only-the-composition-root-and-config-use-registers',
      comment: 'Registers are read by app, config and the commands, which fit the parts together.',
      severity: 'error',
      from: { path: '^exporter/src/(core|runner|schedule|http)/', pathNot: TESTS },
      to: { path: REGISTERS },
    },
    {
      name: 'nobody-imports-the-application',
      comment: 'main → app → rooms; no room imports what composes it (the demo is a program of its own).',
      severity: 'error',
      from: { path: '^exporter/src/', pathNot: [TESTS, COMPOSITION, '^exporter/src/(demo|cli)/'] },
      to: { path: COMPOSITION },
    },
    {
      name: 'nobody-imports-the-demo',
      comment: 'Nothing outside demo imports demo: the image is built without it.',
      severity: 'error',
      from: { path: '^exporter/src/', pathNot: [TESTS, '^exporter/src/demo/'] },
      to: { path: '^exporter/src/demo/' },
    },
    ...drivers.map(([what, library, room]) => ({
      name: `driver-in-its-room: ${what}`,
      comment: `${what}: only imported in ${room}.`,
      severity: 'error',
      from: { path: '^exporter/src/', pathNot: [TESTS, room] },
      to: {
        path: `node_modules/(${library.replace(/^\^/, '').replace(/\$$/, '')})/`,
        dependencyTypesNot: ['type-only'],
      },
    })),
    {
      name: 'declared-dependencies-only',
      comment:
        'What runs is declared in exporter/package.json, not found by chance (the demo alone uses dev dependencies).',
      severity: 'error',
      from: { path: '^exporter/src/', pathNot: [TESTS, '^exporter/src/demo/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^exporter/dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
