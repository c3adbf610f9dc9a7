import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils';

type Visit = (specifier: string, node: TSESTree.Node) => void;

/** Calls `visit` for every import, re-export, dynamic import and `import('…')` type of a file. */
export function onImports(visit: Visit): TSESLint.RuleListener {
  const check = (node: { source: TSESTree.Node | null }) => {
    const { source } = node;
    if (source?.type === AST_NODE_TYPES.Literal && typeof source.value === 'string') visit(source.value, source);
  };
  return {
    ImportDeclaration: check,
    ImportExpression: check,
    ExportNamedDeclaration: check,
    ExportAllDeclaration: check,
    TSImportType: check,
  };
}
