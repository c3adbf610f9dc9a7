import type { ReaderName, TreeName } from './types.ts';

/** How a reader shows names that it does not show as they are. */
export interface NameRule {
  readonly id: string;
  readonly reader: ReaderName;
  readonly trees: readonly TreeName[];
  readonly reason: string;
  /** A path of ours as that reader shows it. */
  readonly shown: (path: string) => string;
}

export const NAME_RULES: readonly NameRule[] = [
  {
    id: 'isoinfo-latin1',
    reader: 'isoinfo',
    trees: ['joliet'],
    reason: 'isoinfo shows Joliet names in Latin-1 and has _ for all other characters; Joliet has UCS-2 (Joliet §3).',
    shown: (path) => path.replace(/[^\0-\xff]/g, '_'),
  },
  {
    id: '7z-version',
    reader: '7z',
    trees: ['rock-ridge', 'plain', 'joliet'],
    reason:
      '7z takes ;1 at the end of any name for a version; only names of files have one, and none of Rock Ridge (ECMA-119 §7.5.1, §7.6.1, RRIP §4.1.4).',
    shown: (path) => path.replace(/([^/]);1$/, '$1'),
  },
  {
    id: '7z-tail',
    reader: '7z',
    trees: ['plain', 'rock-ridge', 'joliet'],
    reason:
      '7z leaves out a dot at the end of the last name of a path; the dot is the name’s own in Rock Ridge (RRIP §4.1.4) and of folders.',
    shown: (path) => path.replace(/([^/])\.$/, '$1'),
  },
];

/** A path of ours as a reader shows it, and the rules that changed it. */
export function shownBy(reader: ReaderName, tree: TreeName, path: string): { path: string; rules: readonly NameRule[] } {
  const rules: NameRule[] = [];
  let shown = path;
  for (const rule of NAME_RULES) {
    if (rule.reader !== reader || !rule.trees.includes(tree)) continue;
    const next = rule.shown(shown);
    if (next !== shown) rules.push(rule);
    shown = next;
  }
  return { path: shown, rules };
}
