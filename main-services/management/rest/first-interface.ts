import { isDeepStrictEqual } from 'node:util';
import { BootbenchError } from '../../../contract/errors.ts';
import { parseMac } from '../../../contract/primitives.ts';
import { isObject, type JsonObject } from '../body.ts';
import { twoValues } from './sentences.ts';

/** Members of a host's spec that stand for its first interface's. */
const ALIASES = { bootMACAddress: 'mac', ip: 'ip', hostname: 'hostname' } as const;

/**
 * Two complete specs of a host with `interfaces` alone, in which the aliases of `after` have gone in: an object that was read, changed in one
 * of the two places and sent back has the old value in the other one. E_BAD_INPUT where both are new and differ.
 */
export function alignInterfaces(
  after: JsonObject,
  before: JsonObject,
  named: ReadonlySet<string>,
): { before: JsonObject; after: JsonObject } {
  const old = firstOf(before);
  const [given, ...others]: unknown[] = Array.isArray(after.interfaces) ? (after.interfaces as unknown[]) : [{}];
  const first: JsonObject = isObject(given) ? { ...given } : {};
  for (const [alias, member] of Object.entries(ALIASES)) {
    const settled = settle({ alias, member }, { after, first, old, removed: named.has(alias) && !(alias in after) });
    if (settled === undefined) Reflect.deleteProperty(first, member);
    else first[member] = settled;
  }
  return { before: withoutAliases(before), after: { ...withoutAliases(after), interfaces: [first, ...others] } };
}

interface Sides {
  readonly after: JsonObject;
  /** The first interface as `after` has it, and as it is. */
  readonly first: JsonObject;
  readonly old: JsonObject;
  /** The client removed the alias expressly. */
  readonly removed: boolean;
}

function settle({ alias, member }: { alias: string; member: string }, { after, first, old, removed }: Sides): unknown {
  const own = first[member];
  if (removed) return isSame(own, old[member]) ? undefined : own;
  const value = after[alias];
  if (value === undefined || isSame(value, own)) return own;
  if (own === undefined || isSame(own, old[member])) return value;
  if (isSame(value, old[member])) return own;
  throw new BootbenchError('E_BAD_INPUT', twoValues(alias, member));
}

/** MAC addresses have several notations. */
function isSame(a: unknown, b: unknown): boolean {
  const plain = (value: unknown): unknown => (typeof value === 'string' ? (parseMac(value) ?? value) : value);
  return isDeepStrictEqual(plain(a), plain(b));
}

function firstOf({ interfaces }: JsonObject): JsonObject {
  const first: unknown = Array.isArray(interfaces) ? (interfaces as unknown[])[0] : undefined;
  return isObject(first) ? first : {};
}

function withoutAliases(spec: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !(key in ALIASES)));
}
