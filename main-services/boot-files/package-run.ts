import type { BootFileEntry, PackageFile } from './catalogue.ts';
import type { System } from './system.ts';

/** A file, and the packages it may be in. */
export interface Wanted {
  readonly file: BootFileEntry;
  readonly packages: readonly PackageFile[];
}

/** Where bytes come from, all of it signed. */
export interface PackageOrigin {
  readonly package: string;
  readonly version: string;
  readonly path: string;
  /** The distribution. */
  readonly label: string;
  /** They must have the hash of the catalogue. */
  readonly pinned: boolean;
}

export interface PackageRun {
  readonly system: System;
  /** A private folder that is removed afterwards. */
  readonly work: string;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal | undefined;
  /** Checks the bytes and puts them into the folder; a sentence when they are refused. */
  install(file: BootFileEntry, bytes: Uint8Array, origin: PackageOrigin): Promise<string | undefined>;
}

export interface PackageResult {
  /** A sentence for each file that was not installed, or one for several. */
  readonly problems: readonly string[];
}
