import { AST_NODE_TYPES, ESLintUtils, type TSESTree } from '@typescript-eslint/utils';
import { nameOf, proseFinder } from '../prose.ts';

/** String methods that look for, or cut out, a part of the text. */
const MATCHING = new Set([
  'at',
  'charAt',
  'endsWith',
  'includes',
  'indexOf',
  'lastIndexOf',
  'localeCompare',
  'match',
  'matchAll',
  'replace',
  'replaceAll',
  'search',
  'slice',
  'split',
  'startsWith',
  'substring',
]);

/** Methods that compare their argument: `/x/.test(message)`, `list.includes(message)`. */
const COMPARING = new Set(['exec', 'has', 'includes', 'test']);

/** No decision depends on the words of a sentence: errors carry codes and `details`, events a type and `data`. */
export const noProseMatching = ESLintUtils.RuleCreator.withoutDocs({
  meta: {
    type: 'problem',
    schema: [],
    messages: { prose: '.{{property}} is a sentence for a person; decide on a code, `details` or `data` instead' },
  },
  create(context) {
    const prose = proseFinder(context.sourceCode);
    const check = (expression: TSESTree.Node | undefined) => {
      const property = expression && prose(expression);
      if (property) context.report({ node: expression, messageId: 'prose', data: { property } });
    };
    return {
      CallExpression({ callee, arguments: args }) {
        if (callee.type !== AST_NODE_TYPES.MemberExpression) return;
        const method = nameOf(callee);
        if (method && MATCHING.has(method)) check(callee.object);
        if (method && COMPARING.has(method)) check(args[0]);
      },
      BinaryExpression({ operator, left, right }) {
        if (!/^[!=]==?$/.test(operator)) return;
        if (isText(right)) check(left);
        if (isText(left)) check(right);
      },
      SwitchStatement: ({ discriminant }) => {
        check(discriminant);
      },
    };
  },
});

/** A string written out: equal to that, or not, is a decision on the words. The empty string only asks whether there are any. */
function isText(node: TSESTree.Node): boolean {
  return (
    node.type === AST_NODE_TYPES.TemplateLiteral ||
    (node.type === AST_NODE_TYPES.Literal && typeof node.value === 'string' && node.value !== '')
  );
}
