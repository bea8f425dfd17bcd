import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const NO_DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: a default export is called something else in every file that imports it.',
};

export default tseslint.config(
  // the plugin has rules of its own, which Grafana's scaffold brings
  {
    ignores: [
      '**/node_modules/',
      '**/dist/',
      '.lockstep/',
      'coverage/',
      'tests/fixtures/',
      'grafana-plugin/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tests/tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // index signatures are read with brackets (noPropertyAccessFromIndexSignature is off, process.env is not a class)
      '@typescript-eslint/dot-notation': 'off',
      // fastify handlers and test doubles are async because their contract is
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    // these speak to a person on a terminal
    files: [
      'exporter/src/main.ts',
      'exporter/src/cli/**',
      'exporter/src/demo/**',
      'scripts/**',
      'tests/bench/**',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    // jest calls the default export
    files: ['tests/global-setup.ts', 'tests/global-teardown.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.test.ts', 'tests/**/*.ts'],
    rules: {
      // a test says what it knows about its own data
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        AbortSignal: 'readonly',
        Buffer: 'readonly',
        performance: 'readonly',
      },
    },
  },
);
