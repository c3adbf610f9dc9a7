/** Methods of the language that Chromium 108 and Node 16 lack and that the project or its packages use. */

function define(on: object, name: PropertyKey, value: unknown): void {
  if (!(name in on)) Object.defineProperty(on, name, { value, writable: true, configurable: true });
}

define(Array.prototype, 'toSorted', function (this: unknown[], compare?: (a: unknown, b: unknown) => number) {
  return [...this].sort(compare);
});
define(Array.prototype, 'toReversed', function (this: unknown[]) {
  return [...this].reverse();
});
define(Array.prototype, 'toSpliced', function (this: unknown[], start: number, ...rest: [number, ...unknown[]]) {
  const copy = [...this];
  copy.splice(start, ...rest);
  return copy;
});
define(Array.prototype, 'with', function (this: unknown[], index: number, value: unknown) {
  const copy = [...this];
  copy[index < 0 ? copy.length + index : index] = value;
  return copy;
});

define(Object, 'groupBy', (items: Iterable<unknown>, keyOf: (item: unknown, index: number) => PropertyKey) => {
  const groups = Object.create(null) as Record<PropertyKey, unknown[]>;
  let index = 0;
  for (const item of items) (groups[keyOf(item, index++)] ??= []).push(item);
  return groups;
});
define(Map, 'groupBy', (items: Iterable<unknown>, keyOf: (item: unknown, index: number) => unknown) => {
  const groups = new Map<unknown, unknown[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
});

define(Promise, 'withResolvers', () => {
  let resolve: unknown;
  let reject: unknown;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
});

interface Other {
  has(value: unknown): boolean;
  keys(): Iterator<unknown>;
}
const membersOf = (other: Other): unknown[] => {
  const keys = other.keys();
  const members: unknown[] = [];
  for (let next = keys.next(); !next.done; next = keys.next()) members.push(next.value);
  return members;
};
define(Set.prototype, 'union', function (this: Set<unknown>, other: Other) {
  return new Set([...this, ...membersOf(other)]);
});
define(Set.prototype, 'difference', function (this: Set<unknown>, other: Other) {
  return new Set([...this].filter((member) => !other.has(member)));
});
define(Set.prototype, 'intersection', function (this: Set<unknown>, other: Other) {
  return new Set([...this].filter((member) => other.has(member)));
});
define(Set.prototype, 'isSubsetOf', function (this: Set<unknown>, other: Other) {
  return [...this].every((member) => other.has(member));
});
define(URL, 'canParse', (url: string, base?: string) => {
  try {
    return Boolean(new URL(url, base));
  } catch {
    return false;
  }
});
define(Symbol, 'dispose', Symbol('dispose'));
define(Symbol, 'asyncDispose', Symbol('asyncDispose'));

/** Helpers of iterators, each over an array of what is left: nothing here iterates without an end. */
const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object;
const onArray = (iterable: Iterable<unknown>, name: keyof unknown[], args: unknown[]): unknown => {
  const items = [...iterable];
  return (items[name] as (...args: unknown[]) => unknown).apply(items, args);
};
for (const name of ['map', 'filter', 'flatMap'] as const)
  define(iterators, name, function (this: Iterable<unknown>, ...args: unknown[]) {
    return (onArray(this, name, args) as unknown[])[Symbol.iterator]();
  });
for (const name of ['some', 'every', 'find', 'forEach', 'reduce'] as const)
  define(iterators, name, function (this: Iterable<unknown>, ...args: unknown[]) {
    return onArray(this, name, args);
  });
define(iterators, 'toArray', function (this: Iterable<unknown>) {
  return [...this];
});
define(iterators, 'take', function (this: Iterable<unknown>, count: number) {
  return [...this].slice(0, count)[Symbol.iterator]();
});
define(iterators, 'drop', function (this: Iterable<unknown>, count: number) {
  return [...this].slice(count)[Symbol.iterator]();
});
