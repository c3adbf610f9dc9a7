/** A JSON merge patch, or the object that it is applied to. */
export type JsonPatch = Record<string, unknown>;

/** RFC 7386: named members replace, objects merge, null removes, what is not named stays. Returns a new value. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: JsonPatch = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue;
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

function isObject(value: unknown): value is JsonPatch {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
