import { isDeepStrictEqual } from 'node:util';
import { BootbenchError } from '../../../contract/errors.ts';
import { isObject, isTooDeep, MAX_BODY, type JsonObject } from '../body.ts';
import { badPointer, copiesTooLarge, noSuchPath, PATCH_EXPECTED, patchPath, testFailed } from './sentences.ts';

const MAX_OPERATIONS = 1000;

/** Applies a JSON Patch (RFC 6902) to a copy of `target`. E_BAD_INPUT for a malformed one, E_CONFLICT where a `test` fails. */
export function applyJsonPatch(target: JsonObject, patch: unknown): JsonObject {
  if (!Array.isArray(patch) || patch.length > MAX_OPERATIONS) throw bad(0, PATCH_EXPECTED);
  const document = { root: structuredClone(target) as unknown, copied: 0 };
  for (const [index, operation] of (patch as unknown[]).entries()) applyOne(document, operation, index);
  if (!isObject(document.root) || isTooDeep(document.root)) throw bad(patch.length - 1, badPointer('""'));
  return document.root;
}

/** The paths that a patch writes, as their tokens. */
export function writtenPaths(patch: unknown): string[][] {
  if (!Array.isArray(patch)) return [];
  return (patch as unknown[]).flatMap((operation) =>
    isObject(operation) && operation.op !== 'test'
      ? [operation.path, ...(operation.op === 'move' ? [operation.from] : [])].flatMap((path) =>
          typeof path === 'string' ? [tokensOf(path)] : [],
        )
      : [],
  );
}

interface Document {
  root: unknown;
  /** Bytes copied so far: copies of copies would grow without end. */
  copied: number;
}

function applyOne(document: Document, operation: unknown, index: number): void {
  if (!isObject(operation) || typeof operation.path !== 'string') throw bad(index, PATCH_EXPECTED);
  const { op, path, from, value } = operation;
  const source = (): string => {
    if (typeof from !== 'string') throw bad(index, PATCH_EXPECTED);
    return from;
  };
  const given = (): unknown => {
    if (!('value' in operation)) throw bad(index, PATCH_EXPECTED);
    return structuredClone(value);
  };
  const put = (value: unknown, how: 'add' | 'replace' = 'add'): void => putAt(document, path, value, { index, how });
  if (op === 'add') put(given());
  else if (op === 'replace') put(given(), 'replace');
  else if (op === 'remove') take(document, path, index);
  else if (op === 'copy') put(copyOf(document, read(document, source(), index), index));
  else if (op === 'move') {
    if (path.startsWith(`${source()}/`)) throw bad(index, badPointer(path));
    put(take(document, source(), index));
  } else if (op !== 'test') throw bad(index, PATCH_EXPECTED);
  else if (!isDeepStrictEqual(read(document, path, index), given()))
    throw new BootbenchError('E_CONFLICT', patchPath(index, testFailed(path)));
}

function copyOf(document: Document, value: unknown, index: number): unknown {
  if (isTooDeep(value)) throw bad(index, copiesTooLarge());
  const text = JSON.stringify(value);
  document.copied += text.length;
  if (document.copied > MAX_BODY) throw bad(index, copiesTooLarge());
  return JSON.parse(text) as unknown;
}

/** RFC 6901: `~1` is a slash, `~0` a tilde. */
function tokensOf(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The container of the path's last token; the document itself is the container of the empty path. */
function containerOf(document: Document, path: string, index: number): { container: unknown; token: string } {
  if (path === '') return { container: document, token: 'root' };
  if (!path.startsWith('/') || /~(?![01])/.test(path)) throw bad(index, badPointer(path));
  const tokens = tokensOf(path);
  const token = tokens.pop() ?? '';
  let container = document.root;
  for (const each of tokens) container = member(container, each, path, index);
  return { container, token };
}

function read(document: Document, path: string, index: number): unknown {
  const { container, token } = containerOf(document, path, index);
  return member(container, token, path, index);
}

function member(container: unknown, token: string, path: string, index: number): unknown {
  if (Array.isArray(container)) return (container as unknown[])[position(container, token, path, index, 0)];
  if (isObject(container) && Object.hasOwn(container, token)) return container[token];
  throw bad(index, noSuchPath(path));
}

function putAt(document: Document, path: string, value: unknown, { index, how }: { index: number; how: 'add' | 'replace' }): void {
  const { container, token } = containerOf(document, path, index);
  if (Array.isArray(container)) {
    const at = position(container, token, path, index, how === 'add' ? 1 : 0);
    container.splice(at, how === 'add' ? 0 : 1, value);
  } else if (isObject(container) && token !== '__proto__') {
    if (how === 'replace') member(container, token, path, index);
    container[token] = value;
  } else throw bad(index, badPointer(path));
}

function take(document: Document, path: string, index: number): unknown {
  const value = read(document, path, index);
  const { container, token } = containerOf(document, path, index);
  if (Array.isArray(container)) container.splice(Number(token), 1);
  else if (isObject(container)) Reflect.deleteProperty(container, token);
  return value;
}

/** `room`: how many places after the last one are allowed; `-` is the first of them. */
function position(array: readonly unknown[], token: string, path: string, index: number, room: 0 | 1): number {
  if (token === '-' && room === 1) return array.length;
  const at = /^(?:0|[1-9]\d{0,6})$/.test(token) ? Number(token) : Number.NaN;
  if (at >= 0 && at < array.length + room) return at;
  throw bad(index, noSuchPath(path));
}

function bad(index: number, problem: string): BootbenchError {
  return new BootbenchError('E_BAD_INPUT', patchPath(index, problem));
}
