import { ESLintUtils } from '@typescript-eslint/utils';
import { pathBetween, projectGraph, targetsOf } from '../graph.ts';
import { onImports } from '../imports.ts';
import { importsOf, isRelative, projectPath, resolveImport } from '../project.ts';

/** No file imports itself through others, not even for a type. */
export const noImportCycle = ESLintUtils.RuleCreator.withoutDocs({
  meta: { type: 'problem', schema: [], messages: { cycle: 'import cycle: {{path}}' } },
  create(context) {
    const file = projectPath(context.filename);
    const graph = projectGraph();
    // In an editor the text is newer than the graph.
    graph.set(file, targetsOf(file, importsOf(context.sourceCode.text)));
    return onImports((specifier, node) => {
      if (!isRelative(specifier)) return;
      const back = pathBetween(graph, resolveImport(file, specifier), file);
      if (back) context.report({ node, messageId: 'cycle', data: { path: [file, ...back].join(' → ') } });
    });
  },
});
