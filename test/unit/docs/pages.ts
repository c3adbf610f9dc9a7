import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export const root = join(import.meta.dirname, '../../..');

const TOP =
  /^(bin|cli|contract|db|docs|electron|headless|main-services|renderer|resources|scripts|test)\/|^(eslint\.config\.js|package\.json|[A-Z]+\.md)$/;

/** What one page refers to: files of the repository, functions in them, other pages, npm scripts. */
export interface References {
  /** As written, such as `boot/decide/decide.ts` (below main-services/) or `cli/commands`. May hold `*` and `{a,b}`. */
  paths: string[];
  /** `path:name` or `path:Class.method`. */
  symbols: { path: string; name: string }[];
  links: string[];
  npmScripts: string[];
}

export function referencesOf(markdown: string): References {
  const spans = [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  const references: References = { paths: [], symbols: [], links: [], npmScripts: [] };
  for (const span of spans) {
    const [, path, name] = /^([\w./*{},-]+?)(?::([A-Za-z_#][\w.#]*))?$/.exec(span) ?? [];
    if (path === undefined || path.startsWith('test/output') || path.includes('…')) continue;
    if (name !== undefined && /\.tsx?$/.test(path)) references.symbols.push({ path, name });
    if (
      isInRoom(path) ||
      TOP.test(path) ||
      /^[\w-]+\/[\w./{},*-]*\.(tsx?|mjs|json|sql)$/.test(path) ||
      /^[a-z][\w-]*(\/[\w-]+)*\/$/.test(path)
    )
      references.paths.push(path);
  }
  references.links = [...markdown.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].flatMap(([, to = '']) => (/^\w+:/.test(to) ? [] : [to]));
  references.npmScripts = [...markdown.matchAll(/\bnpm run ([\w:-]+)/g)].flatMap(([, name = '']) => name);
  return references;
}

/** `iso/source`: a folder in a folder of the repository, or of main-services/. */
function isInRoom(path: string): boolean {
  const [top = '', next] = path.split('/');
  return next !== undefined && /^[a-z-]+$/.test(top) && [top, `main-services/${top}`].some((folder) => existsSync(join(root, folder)));
}

/** Where a path of a page leads: from the root of the repository, or below main-services/. Undefined where it leads nowhere. */
export function resolvePath(path: string): string | undefined {
  return [path, `main-services/${path}`].find((candidate) => globSync(candidate, { cwd: root }).length > 0);
}

export function linkLeadsTo(page: string, link: string): boolean {
  return existsSync(join(root, dirname(page), link));
}

/** Names that a file declares: functions, classes and their methods, constants, members of types and object literals. */
export function declaresIn(path: string, name: string): boolean {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true);
  const [outer = '', inner] = name.split('.');
  const found = find(source, outer);
  if (inner === undefined) return found.length > 0;
  return found.some((node) => find(node, inner).length > 0);
}

function find(from: ts.Node, name: string): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (node !== from && isDeclaration(node) && node.name?.getText() === name) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(from);
  return found;
}

function isDeclaration(node: ts.Node): node is ts.NamedDeclaration {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessorDeclaration(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node) ||
    ts.isPropertyDeclaration(node)
  );
}
