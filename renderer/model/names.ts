const collator = new Intl.Collator('en', { numeric: true });

/** Order of names as people count: `node-2` before `node-10`. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b);
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareNames(a.name, b.name);
}
