import type { TSESLint } from '@typescript-eslint/utils';
import { folderImports } from './rules/folder-imports.ts';
import { noImportCycle } from './rules/no-import-cycle.ts';
import { noProseMatching } from './rules/no-prose-matching.ts';
import { packageImports } from './rules/package-imports.ts';

/** The project's own rules, as `house/…` in eslint.config.js. */
export const house: TSESLint.FlatConfig.Plugin = {
  rules: {
    'folder-imports': folderImports,
    'no-import-cycle': noImportCycle,
    'no-prose-matching': noProseMatching,
    'package-imports': packageImports,
  },
};
