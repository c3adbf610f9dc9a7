/** The trees that an ISO can have; `boot` is the boot catalogue, `partitions` the partition tables. */
export type TreeName = 'plain' | 'rock-ridge' | 'joliet' | 'udf' | 'boot' | 'partitions';

export type ReaderName = 'ours' | 'written' | 'xorriso' | 'isoinfo' | '7z' | 'pycdlib';

/** What a reader says of one path; a field that it does not say is left out, and not compared. */
export interface Fact {
  readonly kind: 'file' | 'folder' | 'link';
  /** Bytes. */
  readonly size?: number | undefined;
  /** First sector of 2048 bytes, of files with bytes only. */
  readonly at?: number | undefined;
  readonly target?: string | undefined;
  readonly sha256?: string | undefined;
  /** What our reader knows besides, for explanations; not compared. */
  readonly note?: 'pieces' | 'compressed' | 'moved' | undefined;
}

export type Tree = ReadonlyMap<string, Fact>;

/** One reader's view of an ISO; a tree that it does not see is left out. */
export interface Reading {
  readonly reader: ReaderName;
  readonly trees: Partial<Record<TreeName, Tree>>;
  /** Its sentence where it read nothing at all. */
  readonly refused?: string | undefined;
}

export const SECTOR = 2048;

/** A generated ISO in a file, and what is known of it. */
export interface Sample {
  readonly seed: number;
  readonly path: string;
  readonly bytes: Buffer;
  /** The program and options that wrote it. */
  readonly maker: string;
  /** Where bytes were changed after it was written; empty: it is as its maker wrote it. */
  readonly mutations: readonly string[];
  /** What was put into it, by tree. */
  readonly written?: Reading;
}

/** Adds a path to a tree; a second record of the same name is another entry. */
export function put(tree: Map<string, Fact>, path: string, fact: Fact): void {
  let name = path;
  for (let number = 2; tree.has(name); number += 1) name = `${path} (${number})`;
  tree.set(name, fact);
}
