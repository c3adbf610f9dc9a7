import { AST_NODE_TYPES, ASTUtils, type ParserServicesWithTypeInformation, TSESLint, type TSESTree } from '@typescript-eslint/utils';
import ts from 'typescript';
import { projectPath } from './project.ts';

/** Properties that hold a sentence for a person. */
const PROSE = new Set(['message', 'next', 'reason', 'sentence', 'text']);

/** String methods whose result is still the same sentence. */
const KEEPING = new Set(['normalize', 'toLowerCase', 'toString', 'toUpperCase', 'trim', 'trimEnd', 'trimStart']);

/** Returns a function that names the prose property whose text an expression is, if it is one. */
export function proseFinder(sourceCode: Readonly<TSESLint.SourceCode>) {
  const services = sourceCode.parserServices;
  const typed = services?.program ? (services as ParserServicesWithTypeInformation) : undefined;

  const prose = (node: TSESTree.Node): string | undefined => {
    if (isWrapper(node)) return prose(node.expression);
    if (node.type === AST_NODE_TYPES.LogicalExpression) return prose(node.left) ?? prose(node.right);
    if (node.type === AST_NODE_TYPES.TemplateLiteral) return isBareTemplate(node) ? node.expressions.map(prose)[0] : undefined;
    if (node.type === AST_NODE_TYPES.CallExpression) return throughCall(node);
    if (node.type === AST_NODE_TYPES.MemberExpression) return ofMember(node);
    return node.type === AST_NODE_TYPES.Identifier ? ofVariable(node) : undefined;
  };

  const throughCall = ({ callee, arguments: args }: TSESTree.CallExpression): string | undefined => {
    if (callee.type === AST_NODE_TYPES.Identifier && callee.name === 'String' && args[0]) return prose(args[0]);
    if (callee.type === AST_NODE_TYPES.MemberExpression && KEEPING.has(nameOf(callee) ?? '')) return prose(callee.object);
    return undefined;
  };

  const ofMember = (node: TSESTree.MemberExpression): string | undefined => {
    const name = nameOf(node);
    return name && PROSE.has(name) && mayBeProse(node, node.object, name) ? name : undefined;
  };

  /** `const { message } = error` and `const words = error.message`. */
  const ofVariable = (node: TSESTree.Identifier): string | undefined => {
    const variable = ASTUtils.findVariable(sourceCode.getScope(node), node);
    const definition = variable?.defs[0];
    if (definition?.type !== TSESLint.Scope.DefinitionType.Variable && definition?.type !== TSESLint.Scope.DefinitionType.Parameter)
      return undefined;
    const pattern = patternOf(definition.name);
    if (pattern) return PROSE.has(pattern.key) && mayBeProse(node, pattern.object, pattern.key) ? pattern.key : undefined;
    const init =
      definition.type === TSESLint.Scope.DefinitionType.Variable && definition.node.id === definition.name
        ? definition.node.init
        : undefined;
    return init && init !== node ? prose(init) : undefined;
  };

  /**
   * False where the types say that it is no free text: no string, or one of some literals, which is a code.
   * `text` is a sentence in the domain types only; elsewhere it is a line of a config or a token.
   */
  const mayBeProse = (node: TSESTree.Node, object: TSESTree.Node, name: string): boolean => {
    if (!typed) return name !== 'text';
    const type = typed.getTypeAtLocation(node);
    const isFree = (type.isUnion() ? type.types : [type]).some(({ flags }) => (flags & (ts.TypeFlags.String | ts.TypeFlags.Any)) !== 0);
    return isFree && (name !== 'text' || isDomainProperty(typed.getTypeAtLocation(object), name));
  };

  return prose;
}

/** The object pattern that a name is taken from, and the key: `message` in `{ message: words = '' }`. */
function patternOf(name: TSESTree.Node): { object: TSESTree.Node; key: string } | undefined {
  const holder = name.parent?.type === AST_NODE_TYPES.AssignmentPattern ? name.parent : name;
  const property = holder.parent;
  if (property?.type !== AST_NODE_TYPES.Property || property.value !== holder || property.computed) return undefined;
  return property.key.type === AST_NODE_TYPES.Identifier ? { object: property.parent, key: property.key.name } : undefined;
}

/** The property a member expression reads, where it is written out. */
export function nameOf({ property, computed }: TSESTree.MemberExpression): string | undefined {
  if (!computed && property.type === AST_NODE_TYPES.Identifier) return property.name;
  return property.type === AST_NODE_TYPES.Literal && typeof property.value === 'string' ? property.value : undefined;
}

function isWrapper(node: TSESTree.Node): node is TSESTree.ChainExpression | TSESTree.TSAsExpression | TSESTree.TSNonNullExpression {
  return [AST_NODE_TYPES.ChainExpression, AST_NODE_TYPES.TSAsExpression, AST_NODE_TYPES.TSNonNullExpression].includes(node.type);
}

function isDomainProperty(type: ts.Type, name: string): boolean {
  const declarations = type.getNonNullableType().getProperty(name)?.declarations ?? [];
  return declarations.some((declaration) => projectPath(declaration.getSourceFile().fileName).startsWith('contract/'));
}

/** `${sentence}` alone; a text put together of several is something to search in. */
function isBareTemplate({ expressions, quasis }: TSESTree.TemplateLiteral): boolean {
  return expressions.length === 1 && quasis.every(({ value }) => value.raw === '');
}
