/** Tests run as ES modules, transformed by swc without type checks; `npm run typecheck` looks at the types. */
export default {
  roots: ['<rootDir>/exporter/src', '<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  // they need a browser: npm run test:browser
  testPathIgnorePatterns: ['/node_modules/', '/tests/browser/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testEnvironment: 'node',
  globalSetup: '<rootDir>/tests/global-setup.ts',
  globalTeardown: '<rootDir>/tests/global-teardown.ts',
  // a busy machine is no failure; what hangs is one soon enough
  testTimeout: 120_000,
};
