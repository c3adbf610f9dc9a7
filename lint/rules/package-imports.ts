import { ESLintUtils } from '@typescript-eslint/utils';
import { onImports } from '../imports.ts';
import { mayImportPackage } from '../packages.ts';
import { folderOf, isRelative, packageOf, projectPath } from '../project.ts';

/** A package is imported only by the folders that lint/packages.ts lists for it. */
export const packageImports = ESLintUtils.RuleCreator.withoutDocs({
  meta: { type: 'problem', schema: [], messages: { forbidden: '{{folder}} may not import {{name}} (lint/packages.ts)' } },
  create(context) {
    const folder = folderOf(projectPath(context.filename));
    return onImports((specifier, node) => {
      if (isRelative(specifier)) return;
      const name = packageOf(specifier);
      if (!mayImportPackage(folder, name)) context.report({ node, messageId: 'forbidden', data: { folder, name } });
    });
  },
});
