/** Flags of a component of a symbolic link (RRIP §4.1.3.1). */
const FLAGS = { continued: 1, current: 2, parent: 4, root: 8 };

/** The text of a symbolic link from the components of its SL entries, in order. Damage ends it; it never throws for bytes of any content. */
export function linkText(components: readonly Buffer[]): string {
  const parts: Buffer[] = [];
  let joins = true;
  for (const { flags, name } of components.flatMap(componentsOf)) {
    if (!joins && parts.at(-1)?.toString() !== '/') parts.push(SLASH);
    parts.push(flags & FLAGS.root ? SLASH : flags & FLAGS.parent ? Buffer.from('..') : flags & FLAGS.current ? Buffer.from('.') : name);
    joins = (flags & FLAGS.continued) !== 0;
  }
  return Buffer.concat(parts).toString('utf8');
}

const SLASH = Buffer.from('/');

function componentsOf(area: Buffer): { flags: number; name: Buffer }[] {
  const found: { flags: number; name: Buffer }[] = [];
  for (let at = 0; at + 2 <= area.length;) {
    const end = at + 2 + (area[at + 1] ?? 0);
    if (end > area.length) break;
    found.push({ flags: area[at] ?? 0, name: area.subarray(at + 2, end) });
    at = end;
  }
  return found;
}

/** The parts of the path that a link in a folder leads to; `..` of the root is the root. */
export function followLink(folder: readonly string[], text: string): string[] {
  const parts = text.startsWith('/') ? [] : [...folder];
  for (const part of text.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}
