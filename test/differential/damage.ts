import { suspEntries } from '../../main-services/iso/iso9660/rock-ridge.ts';
import { locateRecords, type LocatedRecord } from '../../main-services/iso/iso9660/records.ts';
import type { LocatedEntry } from '../../main-services/iso/iso9660/scan.ts';
import type { Descriptor } from '../../main-services/iso/iso9660/descriptors.ts';
import type { Extent } from '../../main-services/iso/source/overlay.ts';
import { SECTOR, type Fact, type Tree, type TreeName } from './types.ts';

/** The fields of a record (ECMA-119 §9.1), and what is behind its name. */
export type RecordField =
  'length' | 'attributes' | 'place' | 'size' | 'date' | 'flags' | 'interleave' | 'volume' | 'name-length' | 'name' | 'system-use';

/** Bytes of one thing that were changed. */
export interface Damage {
  /** `before`: an earlier record of the same sector, `self` and `parent`: the records . and .. of a folder. */
  readonly part: 'descriptor' | 'record' | 'continuation' | 'before' | 'self' | 'parent';
  /** Of a descriptor, the fields of the root's record; `other` is all else. */
  readonly field: RecordField | 'other';
  /** The entry of the undamaged tree that it belongs to; empty for the root. */
  readonly path: string;
  /** The entry cannot be read as before without these bytes. */
  readonly needed: boolean;
  /** Of the size of a folder, what it is now: entries that end behind it are not found. */
  readonly newSize?: number;
}

/** A tree of an ISO before it was damaged, with the place of each record. */
export interface LocatedTree {
  readonly name: TreeName;
  readonly descriptors: readonly Descriptor[];
  readonly root: Extent;
  /** SUSP skip length; undefined without Rock Ridge. */
  readonly skip: number | undefined;
  readonly entries: readonly LocatedEntry[];
}

interface Placed {
  readonly entry: LocatedEntry;
  readonly damages: readonly Damage[];
}

interface PlacedTree {
  readonly placed: ReadonlyMap<string, Placed>;
  readonly extent: Extent;
  readonly root: readonly Damage[];
}

const FIELDS: readonly (readonly [end: number, field: RecordField])[] = [
  [1, 'length'],
  [2, 'attributes'],
  [10, 'place'],
  [18, 'size'],
  [25, 'date'],
  [26, 'flags'],
  [28, 'interleave'],
  [32, 'volume'],
  [33, 'name-length'],
];
/** Fields that name nothing that a reader must show: dates, interleaving, and the number of the volume. */
const IDLE: readonly (RecordField | 'other')[] = ['date', 'interleave', 'volume'];
/** Numbers are recorded in both orders (ECMA-119 §7.3.3); ours reads the first, as Linux does. */
const SECOND_ORDER = [6, 7, 8, 9, 14, 15, 16, 17];
/** The root's record in a descriptor (ECMA-119 §8.4.18). */
const ROOT = [156, 190] as const;
const FIRST_DESCRIPTOR = 16 * SECTOR;
const MOST_CONTINUATIONS = 16;

/** Which entries of an ISO lost bytes that they are read from. */
export class Damages {
  readonly #before: Buffer;
  readonly #after: Buffer;
  readonly #changed: readonly number[];
  readonly #trees = new Map<TreeName, PlacedTree>();

  constructor(before: Buffer, after: Buffer, trees: readonly LocatedTree[]) {
    this.#before = before;
    this.#after = after;
    this.#changed = changedBytes(before, after);
    for (const tree of trees) if (!this.#trees.has(tree.name)) this.#trees.set(tree.name, this.#place(tree));
  }

  /**
   * What is damaged of an entry, of the folders above it, and of the descriptor. Of a path that the undamaged ISO did not have: all that is
   * damaged in the folder it is in, because another name may have become this one.
   */
  of(tree: TreeName, path: string): readonly Damage[] {
    const known = this.#trees.get(tree);
    if (!known) return [];
    if (path === '') return known.root;
    const above = this.of(tree, parentOf(path));
    const placed = known.placed.get(path);
    if (placed) return [...placed.damages, ...above];
    const siblings = [...known.placed].filter(([name]) => parentOf(name) === parentOf(path));
    return [...siblings.flatMap(([, { damages }]) => damages), ...above];
  }

  /** Whether the undamaged ISO had the entry, and all bytes that it needs are as they were. */
  isIntact(tree: TreeName, path: string): boolean {
    const placed = this.#trees.get(tree)?.placed.get(path);
    if (!placed) return false;
    return (
      ancestry(path).every((one) => {
        const folder = parentOf(one);
        const { damages } = this.#trees.get(tree)!.placed.get(one) ?? { damages: [] };
        return !damages.some(({ needed }) => needed) && this.#isWithin(tree, folder, one);
      }) && !this.of(tree, '').some(({ needed }) => needed)
    );
  }

  /** Whether a folder is as long as it was, or at least as long as to hold this entry. */
  #isWithin(tree: TreeName, folder: string, path: string): boolean {
    const known = this.#trees.get(tree)!;
    const extent = folder === '' ? known.extent : known.placed.get(folder)?.entry.extent;
    const end = Math.max(...(known.placed.get(path)?.entry.records ?? []).map(({ at }) => at + this.#before[at]!)) - (extent?.offset ?? 0);
    const sizes = (folder === '' ? known.root : (known.placed.get(folder)?.damages ?? [])).flatMap(({ newSize }) => newSize ?? []);
    return sizes.every((size) => size >= end);
  }

  /** Sentences for entries of which no needed byte was changed, and that our reader does not show as before. */
  lost(before: Partial<Record<TreeName, Tree>>, after: Partial<Record<TreeName, Tree>>): string[] {
    return [...this.#trees].flatMap(([name, { placed }]) =>
      [...placed.keys()]
        .filter((path) => this.isIntact(name, path) && !hasFact(after[name], path, this.#comparable(before[name]?.get(path))))
        .map((path) => `${name}: ${JSON.stringify(path)} is undamaged and no longer shown as before`),
    );
  }

  /** Whether two say the same of an entry, except for the contents where they lie in damaged bytes. */
  isAsBefore(before: Tree | undefined, after: Tree | undefined, path: string): boolean {
    return hasFact(after, path, this.#comparable(before?.get(path)));
  }

  #comparable(fact: Fact | undefined): Fact | undefined {
    if (fact?.at === undefined || !fact.size) return fact;
    const isChanged = fact.note === 'pieces' || this.#in(fact.at * SECTOR, fact.at * SECTOR + fact.size).length > 0;
    return isChanged ? { ...fact, sha256: undefined } : fact;
  }

  #in(start: number, end: number): number[] {
    return this.#changed.filter((at) => at >= start && at < end);
  }

  #place({ descriptors, root, skip, entries }: LocatedTree): PlacedTree {
    const placed = new Map<string, Placed>();
    for (const entry of entries) {
      const inside = entry.directory ? this.#ofFolder(entry.extent, entry.path, isMoved(entry)) : [];
      placed.set(entry.path, { entry, damages: [...entry.records.flatMap(({ at }) => this.#ofRecord(at, entry, skip)), ...inside] });
    }
    const found = descriptors.flatMap((descriptor) => this.#ofDescriptor(descriptor));
    // Rock Ridge is announced in the root's first record (SUSP §5.3).
    return { placed, extent: root, root: [...found, ...this.#ofFolder(root, '', skip !== undefined)] };
  }

  #ofDescriptor({ at: start }: Descriptor): Damage[] {
    const [first, end] = ROOT;
    const bytes = this.#in(start, start + SECTOR);
    // A descriptor is found if those before it are descriptors (ECMA-119 §8.1).
    for (let before = FIRST_DESCRIPTOR; before < start; before += SECTOR) bytes.push(...this.#in(before, before + 7));
    return bytes.map((at) => {
      const offset = at - start - first;
      const field = offset >= 0 && at < start + end ? fieldAt(offset, 1) : 'other';
      return { part: 'descriptor', path: '', ...this.#effectOf(start + first, offset, field) };
    });
  }

  /** The records . and .., which say nothing that is needed, but for the root and where Rock Ridge moved a folder. */
  #ofFolder({ offset }: Extent, path: string, needed: boolean): Damage[] {
    return this.#recordsOf(offset)
      .slice(0, 2)
      .flatMap(({ at, length, record }, index) =>
        this.#in(at, at + length).map((byte) => ({
          part: index === 0 ? ('self' as const) : ('parent' as const),
          field: fieldAt(byte - at, record.rawName.length),
          path,
          needed: needed && index === 0,
        })),
      );
  }

  #ofRecord(at: number, { path }: LocatedEntry, skip: number | undefined): Damage[] {
    const damages: Damage[] = [];
    const sector = at - (at % SECTOR);
    for (const { at: start, length, record } of this.#recordsOf(sector)) {
      if (start > at) break;
      const part = start === at ? 'record' : 'before';
      for (const byte of this.#in(start, start + length)) {
        const effect = this.#effectOf(start, byte - start, fieldAt(byte - start, record.rawName.length));
        if (part === 'record') damages.push({ part, path, ...effect });
        else damages.push({ part, path, field: effect.field, needed: effect.field === 'length' });
      }
      if (part === 'record' && skip !== undefined) damages.push(...this.#ofContinuations(record.systemUse, skip, path));
    }
    return damages;
  }

  /** A wrong size of a folder does not harm the entries that are within it. */
  #effectOf(record: number, offset: number, field: Damage['field']): Pick<Damage, 'field' | 'needed' | 'newSize'> {
    const isFolder = ((this.#before[record + 25] ?? 0) & 2) !== 0;
    const isIdle = IDLE.includes(field) || (field !== 'other' && SECOND_ORDER.includes(offset));
    if (isIdle) return { field, needed: false };
    if (field === 'size' && isFolder) return { field, needed: false, newSize: this.#after.readUInt32LE(record + 10) };
    return { field, needed: true };
  }

  #ofContinuations(systemUse: Buffer, skip: number, path: string): Damage[] {
    let area = systemUse.subarray(skip);
    const damages: Damage[] = [];
    for (let count = 0; count < MOST_CONTINUATIONS; count += 1) {
      const next = suspEntries(area, 0).find(({ signature, bytes }) => signature === 'CE' && bytes.length >= 28)?.bytes;
      if (!next) break;
      const start = next.readUInt32LE(4) * SECTOR + next.readUInt32LE(12);
      const end = start + next.readUInt32LE(20);
      damages.push(
        ...this.#in(start, end).map(() => ({ part: 'continuation' as const, field: 'system-use' as const, path, needed: true })),
      );
      area = this.#before.subarray(start, end);
    }
    return damages;
  }

  #recordsOf(sectorAt: number): LocatedRecord[] {
    return [...locateRecords(this.#before.subarray(sectorAt, sectorAt + SECTOR), sectorAt)];
  }
}

/** A path and the folders that it is in. */
function ancestry(path: string): string[] {
  return path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
}

function fieldAt(offset: number, nameLength: number): RecordField {
  return FIELDS.find(([end]) => offset < end)?.[1] ?? (offset < 33 + nameLength ? 'name' : 'system-use');
}

function isMoved({ records, extent }: LocatedEntry): boolean {
  return records[0]?.extent.offset !== extent.offset;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Two entries of one name are numbered (types.ts: put); which number one has may change. */
function hasFact(tree: Tree | undefined, path: string, fact: Fact | undefined): boolean {
  if (!fact) return true;
  for (let number = 1, name = path; ; number += 1, name = `${path} (${number})`) {
    const found = tree?.get(name);
    if (!found && number > 2) return false;
    if (found && isSame(found, fact)) return true;
  }
}

/** Whether two facts agree in all that both say. */
export function isSame(a: Fact, b: Fact): boolean {
  const fields = ['kind', 'size', 'at', 'target', 'sha256'] as const;
  return fields.every((field) => a[field] === undefined || b[field] === undefined || a[field] === b[field]);
}

function changedBytes(before: Buffer, after: Buffer): number[] {
  const changed: number[] = [];
  for (let sector = 0; sector < before.length; sector += SECTOR) {
    if (before.subarray(sector, sector + SECTOR).equals(after.subarray(sector, sector + SECTOR))) continue;
    for (let at = sector; at < Math.min(sector + SECTOR, before.length); at += 1) if (before[at] !== after[at]) changed.push(at);
  }
  return changed;
}
