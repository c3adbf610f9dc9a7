import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';
import { house } from './lint/plugin.ts';

const root = dirname(fileURLToPath(import.meta.url));

/** Plain JavaScript: linted without types. */
const SCRIPTS = ['**/*.js', '**/*.mjs'];
const NODE_GLOBALS = ['AbortController', 'AbortSignal', 'Buffer', 'URL', 'console', 'fetch', 'process', 'setTimeout'];

export default tseslint.config(
  { ignores: ['out', 'dist', 'node_modules', 'resources', 'test/output'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { house },
    rules: {
      'house/folder-imports': 'error',
      'house/package-imports': 'error',
      'house/no-import-cycle': 'error',
      'house/no-prose-matching': 'error',
      complexity: ['error', 15],
      'max-lines': ['error', { max: 500 }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Rooms are closures in object literals: no method uses `this`.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'house/no-prose-matching': 'off',
      'max-lines': ['error', { max: 700 }],
    },
  },
  // The body of a describe() is a list of tests, not a function to read.
  { files: ['test/**/*.test.ts'], rules: { complexity: 'off', 'max-lines-per-function': 'off' } },
  {
    files: SCRIPTS,
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: Object.fromEntries(NODE_GLOBALS.map((name) => [name, 'readonly'])) },
    rules: { 'no-undef': 'error' },
  },
);
