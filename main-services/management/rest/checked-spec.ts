import type * as z from 'zod';
import { BootbenchError } from '../../../contract/errors.ts';
import { badInput } from '../../../contract/port.ts';
import { mergePatch } from '../../../util/merge-patch.ts';
import { isObject, type JsonObject } from '../body.ts';
import type { WriteQuery } from './query.ts';
import { ignoredField, unknownFields } from './sentences.ts';

export interface Checked {
  /** Without the members that mean nothing here. */
  readonly spec: JsonObject;
  readonly warnings: string[];
}

/**
 * Checks what a client wrote against the resource's schema. `before`: `spec` is a merge patch of this; only what it names is judged, so
 * that an object stored by another version can still be changed. E_BAD_INPUT names each field by its path in the body.
 */
export function checkedSpec(schema: z.ZodType, spec: JsonObject, unknown: WriteQuery['unknown'], before?: JsonObject): Checked {
  const parsed = schema.safeParse(before ? mergePatch(before, spec) : spec);
  if (parsed.success) return { spec, warnings: [] };
  const issues = parsed.error.issues.filter(
    ({ path, code }) => before === undefined || path[0] === undefined || code === 'unrecognized_keys' || String(path[0]) in spec,
  );
  const wrong = issues.filter(({ code }) => code !== 'unrecognized_keys').map((issue) => ({ ...issue, path: ['spec', ...issue.path] }));
  if (wrong.length > 0) throw badInput('spec', wrong);
  const paths = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path.map(String), key]) : [],
  );
  const clean = structuredClone(spec);
  const found = paths.filter((path) => removeAt(clean, path)).map((path) => ['spec', ...path].join('.'));
  if (unknown === 'Strict' && found.length > 0) throw new BootbenchError('E_BAD_INPUT', unknownFields(found));
  return { spec: clean, warnings: unknown === 'Warn' ? found.map(ignoredField) : [] };
}

/** Removes one member; false where it is not there. */
function removeAt(target: unknown, path: readonly string[]): boolean {
  const [key = '', ...rest] = path;
  if (Array.isArray(target)) return rest.length > 0 && removeAt(target[Number(key)], rest);
  if (!isObject(target) || !Object.hasOwn(target, key)) return false;
  if (rest.length > 0) return removeAt(target[key], rest);
  return Reflect.deleteProperty(target, key);
}
