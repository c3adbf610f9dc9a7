import { ESLintUtils } from '@typescript-eslint/utils';
import { allowedImports } from '../folders.ts';
import { onImports } from '../imports.ts';
import { folderOf, isRelative, projectPath, resolveImport } from '../project.ts';

/** A folder imports itself and the folders that the table in lint/folders.ts lists for it. */
export const folderImports = ESLintUtils.RuleCreator.withoutDocs({
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      unlisted: '{{folder}} is not in lint/folders.ts: every folder with source files is listed there with what it may import',
      forbidden: '{{folder}} may not import {{target}} (lint/folders.ts)',
    },
  },
  create(context) {
    const file = projectPath(context.filename);
    const folder = folderOf(file);
    const mayImport = allowedImports(folder);
    if (!mayImport) {
      return {
        Program(node) {
          context.report({ node, loc: { line: 1, column: 0 }, messageId: 'unlisted', data: { folder } });
        },
      };
    }
    return onImports((specifier, node) => {
      if (!isRelative(specifier)) return;
      const target = folderOf(resolveImport(file, specifier));
      if (!mayImport(target)) context.report({ node, messageId: 'forbidden', data: { folder, target } });
    });
  },
});
