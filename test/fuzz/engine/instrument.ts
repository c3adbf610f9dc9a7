import ts from 'typescript';
import { countBlocks, hasCountedBody } from './blocks.ts';

export interface Instrumented {
  readonly code: string;
  /** How many blocks were numbered, from the first number on. */
  readonly blocks: number;
  /** Numbers of the blocks that are bodies of functions. */
  readonly functions: readonly number[];
  /** Texts and numbers that the file compares with, or may. */
  readonly literals: readonly (string | number)[];
}

const { factory } = ts;
const PROBE = '$fuzz';

/**
 * TypeScript as JavaScript in which every function, branch and loop counts itself by a number, and `===` shows what it compares. V8's own
 * block coverage is ten times slower to read (ADR 24).
 */
export function instrument(text: string, fileName: string, firstBlock: number): Instrumented {
  let next = firstBlock;
  const functions: number[] = [];
  const literals = new Set<string | number>();
  const block = (): ts.Expression => call('hit', [factory.createNumericLiteral(next++)]);

  const transformer: ts.TransformerFactory<ts.SourceFile> = (context) => {
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return node;
      if (node.pos >= 0) for (const literal of literalsOf(node)) literals.add(literal);
      if (hasCountedBody(node)) functions.push(next);
      return rewritten(ts.visitEachChild(countBlocks(node, block), visit, context));
    };
    return (source) => ts.visitEachChild(source, visit, context);
  };
  const { outputText } = ts.transpileModule(text, { fileName, compilerOptions: OPTIONS, transformers: { before: [transformer] } });
  return { code: `const ${PROBE} = globalThis.fuzz; ${outputText}`, blocks: next - firstBlock, functions, literals: [...literals] };
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  inlineSourceMap: true,
  inlineSources: false,
};

function call(name: string, parameters: readonly ts.Expression[]): ts.Expression {
  return factory.createCallExpression(factory.createPropertyAccessExpression(factory.createIdentifier(PROBE), name), undefined, parameters);
}

function literalsOf(node: ts.Node): (string | number)[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isNumericLiteral(node)) return [Number(node.text)];
  return ts.isRegularExpressionLiteral(node) ? [...node.text.matchAll(/[A-Za-z][\w-]{2,}/g)].map(([word]) => word) : [];
}

/** Comparisons and new byte arrays go through the probe. */
function rewritten(node: ts.Node): ts.Node {
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'Uint8Array')
    return call('array', [...(node.arguments ?? [])]);
  if (!ts.isBinaryExpression(node) || isConstant(node.left) || isConstant(node.right)) return node;
  if (node.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken) return call('equal', [node.left, node.right]);
  if (node.operatorToken.kind !== ts.SyntaxKind.ExclamationEqualsEqualsToken) return node;
  return factory.createPrefixUnaryExpression(ts.SyntaxKind.ExclamationToken, call('equal', [node.left, node.right]));
}

/** Comparisons with these teach nothing. */
function isConstant(node: ts.Expression): boolean {
  return (
    (ts.isIdentifier(node) && node.text === 'undefined') ||
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    ts.isTypeOfExpression(node)
  );
}
