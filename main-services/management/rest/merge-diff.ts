import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../body.ts';

/** The JSON merge patch (RFC 7386) that makes `before` into `after`. Members of `named` are in it also where they are equal. */
export function mergeDiff(before: JsonObject, after: JsonObject, named: ReadonlySet<string> = new Set()): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (isDeepStrictEqual(old, value) && !named.has(key)) continue;
    patch[key] = isObject(old) && isObject(value) ? mergeDiff(old, value) : value;
  }
  return patch;
}
