import ts from 'typescript';

const { factory } = ts;

const DECIDING: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

/** Makes the next call that counts a block. */
type Block = () => ts.Expression;

export function hasCountedBody(node: ts.Node): boolean {
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return true;
  return (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.body !== undefined;
}

/** The node with a call at the start of each block that it decides about; the body of a function comes first. */
export function countBlocks(node: ts.Node, block: Block): ts.Node {
  return functionBody(node, block) ?? branch(node, block) ?? loopBody(node, block) ?? node;
}

function branch(node: ts.Node, block: Block): ts.Node | undefined {
  if (ts.isIfStatement(node)) {
    const otherwise = node.elseStatement ? opened(node.elseStatement, block) : undefined;
    return factory.updateIfStatement(node, node.expression, opened(node.thenStatement, block), otherwise);
  }
  if (ts.isConditionalExpression(node)) {
    const { condition, questionToken, whenTrue, colonToken, whenFalse } = node;
    return factory.updateConditionalExpression(
      node,
      condition,
      questionToken,
      counted(whenTrue, block),
      colonToken,
      counted(whenFalse, block),
    );
  }
  if (ts.isBinaryExpression(node) && DECIDING.has(node.operatorToken.kind))
    return factory.updateBinaryExpression(node, node.left, node.operatorToken, counted(node.right, block));
  if (ts.isCaseClause(node))
    return factory.updateCaseClause(node, node.expression, [factory.createExpressionStatement(block()), ...node.statements]);
  if (ts.isCatchClause(node)) return factory.updateCatchClause(node, node.variableDeclaration, opened(node.block, block));
  return undefined;
}

function functionBody(node: ts.Node, block: Block): ts.Node | undefined {
  if (ts.isArrowFunction(node)) {
    const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken } = node;
    const body = ts.isBlock(node.body) ? opened(node.body, block) : counted(node.body, block);
    return factory.updateArrowFunction(node, modifiers, typeParameters, parameters, type, equalsGreaterThanToken, body);
  }
  if (ts.isFunctionDeclaration(node) && node.body) {
    const { modifiers, asteriskToken, name, typeParameters, parameters, type } = node;
    const body = opened(node.body, block);
    return factory.updateFunctionDeclaration(node, modifiers, asteriskToken, name, typeParameters, parameters, type, body);
  }
  if (ts.isFunctionExpression(node)) {
    const { modifiers, asteriskToken, name, typeParameters, parameters, type } = node;
    const body = opened(node.body, block);
    return factory.updateFunctionExpression(node, modifiers, asteriskToken, name, typeParameters, parameters, type, body);
  }
  if (!ts.isMethodDeclaration(node) || !node.body) return undefined;
  const { modifiers, asteriskToken, name, questionToken, typeParameters, parameters, type } = node;
  const body = opened(node.body, block);
  return factory.updateMethodDeclaration(node, modifiers, asteriskToken, name, questionToken, typeParameters, parameters, type, body);
}

function loopBody(node: ts.Node, block: Block): ts.Node | undefined {
  if (ts.isForStatement(node))
    return factory.updateForStatement(node, node.initializer, node.condition, node.incrementor, opened(node.statement, block));
  if (ts.isForOfStatement(node))
    return factory.updateForOfStatement(node, node.awaitModifier, node.initializer, node.expression, opened(node.statement, block));
  if (ts.isWhileStatement(node)) return factory.updateWhileStatement(node, node.expression, opened(node.statement, block));
  return undefined;
}

function counted(expression: ts.Expression, block: Block): ts.Expression {
  return factory.createParenthesizedExpression(factory.createComma(block(), expression));
}

function opened(statement: ts.Statement, block: Block): ts.Block {
  return factory.createBlock(
    [factory.createExpressionStatement(block()), ...(ts.isBlock(statement) ? statement.statements : [statement])],
    true,
  );
}
