import { posix } from 'node:path';
import type { KernelKind } from './kernel-image.ts';
import type { PreparedChange } from './arguments.ts';
import type { TextEdit } from './text-edits.ts';

/**
 * The files of a file system that a boot loader reads, as plain answers: the models are pure. Paths begin with `/`.
 */
export interface LoaderFiles {
  /** The text, read as latin1; undefined: there is no such file. */
  read(path: string): string | undefined;
  /** The path as the file system has it, for one that may differ in letters' case; undefined: there is no such file or folder. */
  find(path: string): string | undefined;
  /** The names in a folder; empty: there is none. */
  list(folder: string): readonly string[];
  /** What a file is by its bytes; `unknown`: its name decides. */
  kernelKind(path: string): KernelKind;
}

/** A file system of a medium: the ISO's tree, or the FAT in the boot image of a catalogue's entry. */
export interface LoaderVolume {
  /** The catalogue's entry, from 0; absent: the ISO's tree. */
  readonly fat?: number;
  readonly label?: string;
  /** Not all its files are known: one that is not found may be there. */
  readonly partial?: true;
  readonly files: LoaderFiles;
}

/** A file of a medium; `path` without a leading slash, as in an image's index. */
export interface FileRef {
  readonly path: string;
  readonly fat?: number;
}

/** A way to start a kernel. */
export interface StartedKernel {
  readonly file: FileRef;
  /** From 1: the line that starts it. */
  readonly line: number;
  readonly title?: string;
  readonly kernel: string;
  /** The vendor's words, as far as they are known without running the loader. */
  readonly words: readonly string[];
  /** It gets the host's words: it is Linux, and there is a place for them. */
  readonly edited: boolean;
}

/** What could not be followed, as a sentence without a full stop. */
export interface Miss {
  readonly file: FileRef;
  readonly line?: number;
  readonly reason: string;
}

/** The reason of a `Miss` where a reading is given up. */
export const TOO_MANY_STEPS = 'The menus take too many steps to follow';

/** A place where the host's words go, once. */
export interface EditSite {
  readonly file: FileRef;
  /** Two sites of one file with the same key are the same. */
  readonly key: string;
  /** Where in the file the words go. Of two same sites the first place is right for both. */
  readonly offset?: number;
  /** E_PATCH_TOO_LONG naming the file, the line and the bytes. */
  edits(change: PreparedChange): TextEdit[];
}

/** What a boot loader reads from a first configuration on: files, ways to start a kernel, and what could not be followed. */
export interface LoaderReading {
  readonly configurations: readonly FileRef[];
  readonly entries: readonly StartedKernel[];
  readonly missed: readonly Miss[];
  readonly sites: readonly EditSite[];
}

export function fileRef(volume: LoaderVolume, path: string): FileRef {
  const relative = path.replace(/^\/+/, '');
  return volume.fat === undefined ? { path: relative } : { path: relative, fat: volume.fat };
}

/** One text for each file of a medium, to compare by. */
export function fileKey({ path, fat }: FileRef): string {
  return `${fat ?? 'iso'}:${path}`;
}

/** An absolute path without `.`, `..` and doubled slashes. */
export function absolute(folder: string, path: string): string {
  return posix.join('/', path.startsWith('/') ? '' : folder, path);
}

/** A single text as a file system of its own, for who knows nothing else of the medium. */
export function lonelyVolume(path: string, text: string, kernelKind: (name: string) => KernelKind): LoaderVolume {
  const only = absolute('/', path);
  return {
    partial: true,
    files: {
      read: (file) => (file === only ? text : undefined),
      find: (file) => (file === only ? only : undefined),
      list: () => [],
      kernelKind,
    },
  };
}
