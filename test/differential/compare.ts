import type { Damages } from './damage.ts';
import { shownBy } from './names.ts';
import type { OwnReading } from './readers/ours.ts';
import type { Fact, ReaderName, Reading, Sample, Tree, TreeName } from './types.ts';

/** What of an entry differs; `name` is one that the other shows in another way (names.ts),
 * `tree` a whole tree that one of the two does not see, `refused` an ISO that one does not read at all. */
export type Field = 'kind' | 'size' | 'at' | 'target' | 'sha256' | 'name' | 'missing' | 'extra' | 'tree' | 'refused' | 'fault';

/** One thing that our reader and others say differently. */
export interface Difference {
  readonly sample: Sample;
  /** One for an ISO as it was written; all who agree against us for one with wrong bytes. */
  readonly readers: readonly ReaderName[];
  readonly tree: TreeName | 'iso';
  readonly path: string;
  readonly field: Field;
  readonly ours: string;
  readonly theirs: string;
  /** All that our reader says, for rules that look at what is around. */
  readonly own: OwnReading;
  /** The tree of the (first) other reader. */
  readonly other: Tree | undefined;
  /** Of an ISO with wrong bytes, what was known before. */
  readonly known?: Undamaged | undefined;
}

/** What our reader said of an ISO before bytes of it were changed, and which entries have changed bytes. */
export interface Undamaged {
  readonly before: OwnReading;
  readonly damages: Damages;
}

const FIELDS = ['kind', 'size', 'at', 'target', 'sha256'] as const;

/** Of an ISO as it was written: everything that any reader says otherwise. */
export function compareWritten(sample: Sample, own: OwnReading, others: readonly Reading[]): Difference[] {
  return [...faultsOf(sample, own), ...others.flatMap((other) => differencesTo(sample, own, other))];
}

function faultsOf(sample: Sample, own: OwnReading): Difference[] {
  return own.faults.map((fault) => ({ ...basis(sample, own), field: 'fault', ours: fault, theirs: '' }));
}

function basis(sample: Sample, own: OwnReading): Omit<Difference, 'field' | 'ours' | 'theirs'> {
  return { sample, own, readers: [], tree: 'iso', path: '', other: undefined };
}

function differencesTo(sample: Sample, own: OwnReading, other: Reading): Difference[] {
  const readers = [other.reader];
  if (own.refused !== undefined || other.refused !== undefined) {
    if (other.refused !== undefined && (own.refused !== undefined || !hasEntries(own))) return [];
    return [{ ...basis(sample, own), readers, field: 'refused', ours: own.refused ?? 'read', theirs: other.refused ?? 'read' }];
  }
  return namesOf(other).flatMap((name) => {
    const [ours, theirs] = [own.trees[name], other.trees[name]];
    const found = { ...basis(sample, own), readers, tree: name, other: theirs };
    if (ours === undefined || theirs === undefined) {
      const count = theirs?.size ?? 0;
      return count === 0 ? [] : [{ ...found, field: 'tree' as const, ours: 'none', theirs: `${count} entries` }];
    }
    return entriesOf(ours, theirs, other.reader, name).flatMap(({ path, rule, mine, its }) => {
      const difference = differenceOf(mine, its);
      const named = rule && its ? [{ ...found, path, field: 'name' as const, ours: path, theirs: rule }] : [];
      return difference ? [...named, { ...found, path, ...difference }] : named;
    });
  });
}

interface Pair {
  readonly path: string;
  /** The rule of names.ts by which the other shows another name. */
  readonly rule?: string | undefined;
  readonly mine: Fact | undefined;
  readonly its: Fact | undefined;
}

/** Our entries with those of another reader, and those that only it has. */
function entriesOf(ours: Tree, theirs: Tree, reader: ReaderName, tree: TreeName): Pair[] {
  const left = new Map(theirs);
  const pairs: Pair[] = [];
  for (const [path, mine] of ours) {
    // A rule is for names that the other does not have as they are.
    const { path: shown, rules } = left.has(path) ? { path, rules: [] } : shownBy(reader, tree, path);
    const name = nextOf(left, shown);
    pairs.push({ path, rule: rules[0]?.id, mine, its: left.get(name) });
    left.delete(name);
  }
  return [...pairs, ...[...left].map(([path, its]) => ({ path, mine: undefined, its }))];
}

/** Two names that are one to the other reader are numbered (types.ts: put). */
function nextOf(left: Tree, name: string): string {
  for (let number = 2; !left.has(name) && number < 10; number += 1) if (left.has(`${name} (${number})`)) return `${name} (${number})`;
  return name;
}

/** An ISO without files shows nothing, as one that is not read. */
function hasEntries({ trees }: Reading): boolean {
  return (trees.plain?.size ?? 0) > 0;
}

function namesOf({ trees }: Reading): TreeName[] {
  return Object.keys(trees) as TreeName[];
}

/** Fields that only one of the two says are not compared. */
function differenceOf(ours: Fact | undefined, theirs: Fact | undefined): Pick<Difference, 'field' | 'ours' | 'theirs'> | undefined {
  if (!ours && !theirs) return undefined;
  if (!ours) return { field: 'missing', ours: 'not there', theirs: textOf(theirs) };
  if (!theirs) return { field: 'extra', ours: textOf(ours), theirs: 'not there' };
  const field = FIELDS.find((name) => ours[name] !== undefined && theirs[name] !== undefined && ours[name] !== theirs[name]);
  return field && { field, ours: textOf(ours), theirs: textOf(theirs) };
}

export function textOf(fact: Fact | undefined): string {
  if (!fact) return 'not there';
  const fields = FIELDS.slice(1).flatMap((name) => (fact[name] === undefined ? [] : [`${name} ${String(fact[name]).slice(0, 40)}`]));
  return [fact.kind, ...fields].join(' ');
}

/**
 * Of an ISO with wrong bytes, where readers may disagree: what at least two others say alike, and otherwise than we; and, whatever the others
 * say, every entry that our reader no longer shows although no byte that names it was changed.
 */
export function compareMutated(sample: Sample, own: OwnReading, others: readonly Reading[], known: Undamaged): Difference[] {
  const reading = others.filter(({ refused }) => refused === undefined);
  if (own.refused !== undefined) {
    const readers = reading.map(({ reader }) => reader);
    const refusal = { ...basis(sample, own), readers, field: 'refused' as const, ours: own.refused, theirs: 'read' };
    return readers.length >= 2 ? [...faultsOf(sample, own), refusal] : faultsOf(sample, own);
  }
  const names = [...new Set(reading.flatMap(namesOf))];
  const lost = known.damages.lost(known.before.trees, own.trees);
  const differences = names.flatMap((name) => outvoted(sample, own, reading, name));
  return [...faultsOf(sample, { ...own, faults: [...own.faults, ...lost] }), ...differences.map((one) => ({ ...one, known }))];
}

function outvoted(sample: Sample, own: OwnReading, others: readonly Reading[], name: TreeName): Difference[] {
  const voters = others.filter(({ trees }) => (trees[name]?.size ?? 0) > 0);
  const ours: Tree = own.trees[name] ?? new Map<string, Fact>();
  const paths = new Set([ours, ...voters.map(({ trees }) => trees[name]!)].flatMap((tree) => [...tree.keys()]));
  return [...paths].flatMap((path) => {
    const factOf = ({ reader, trees }: Reading) => trees[name]!.get(path) ?? trees[name]!.get(shownBy(reader, name, path).path);
    const against = voters.filter((voter) => differenceOf(ours.get(path), factOf(voter)));
    const groups = against.map((one) => against.filter((voter) => !differenceOf(factOf(one), factOf(voter))));
    const most = groups.toSorted((a, b) => b.length - a.length)[0] ?? [];
    // Those who say the same as we are as many, or more: the bytes can be read in both ways.
    if (most.length < 2 || most.length < voters.length - against.length) return [];
    const difference = differenceOf(ours.get(path), factOf(most[0]!));
    const readers = most.map(({ reader }) => reader);
    return difference ? [{ ...basis(sample, own), readers, tree: name, path, other: most[0]!.trees[name], ...difference }] : [];
  });
}
