import { posix } from 'node:path';
import { fileRef, absolute, TOO_MANY_STEPS, type FileRef, type LoaderVolume, type Miss } from '../loader.ts';
import type { KeyLine } from '../key-lines.ts';
import { keyLines } from '../key-lines.ts';

/** Which of the two readers of the language: isolinux itself, or menu.c32 and its kin, which know more of it. */
export type IsolinuxReader = 'core' | 'menu';

/** A line with the file that it stands in. */
export interface ScriptLine extends KeyLine {
  readonly path: string;
  readonly text: string;
}

/** A LABEL as it is when the next one begins. */
export interface ScriptLabel {
  readonly name: string;
  readonly line: ScriptLine;
  title?: string;
  /** KERNEL, LINUX, COM32, CONFIG and the like; of several the last. */
  loading?: ScriptLine;
  append?: ScriptLine;
  initrd?: ScriptLine;
  /** The APPEND that counts for all, as it is where the label ends: it is taken when the label has none. */
  inherited?: ScriptLine;
  /** It leads to another menu, or says that it starts nothing. */
  inert?: true;
}

/** A configuration with all that it includes, as isolinux holds it after reading. */
export interface IsolinuxScript {
  readonly labels: readonly ScriptLabel[];
  /** What starts without a choice: UI, else the last DEFAULT. */
  readonly start: ScriptLine | undefined;
  /** Lines that hold a command line, as ONTIMEOUT does, and where in their value it begins. */
  readonly commands: readonly { readonly line: ScriptLine; readonly from: number }[];
  readonly onError: readonly ScriptLine[];
  /** The APPEND that counts for all at the end. */
  readonly append: ScriptLine | undefined;
  readonly files: readonly FileRef[];
  readonly missed: readonly Miss[];
}

const KERNEL_KEYS = new Set(['localboot', 'kernel', 'linux', 'boot', 'bss', 'pxe', 'fdimage', 'comboot', 'com32', 'config']);
/** Documented in syslinux.cfg(5). */
const MOST_NESTED = 16;
const MOST_INCLUDES = 1000;

/** The characters of files and command lines that may still be read, of one medium: each reading and each use of a line costs its length. */
export interface IsolinuxBudget {
  characters: number;
}

/** Far more than any medium has, and a fraction of a second. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

export function isolinuxBudget(): IsolinuxBudget {
  return { characters: MOST_CHARACTERS };
}

/**
 * Reads configurations one after the other as isolinux does (syslinux 6, com32/elflink/ldlinux/readconfig.c, com32/menu/readconfig.c):
 * what is included counts as if it stood there, an APPEND outside of a label is for all labels that end after it, and MENU BEGIN,
 * MENU END and MENU SEPARATOR end a label.
 */
export function readIsolinuxScript(
  volume: LoaderVolume,
  paths: readonly string[],
  { folder, reader }: { readonly folder: string; readonly reader: IsolinuxReader },
  budget: IsolinuxBudget,
): IsolinuxScript {
  const script = new Script(volume, folder, reader, budget);
  for (const path of paths) script.include(path, undefined);
  return script.finish();
}

class Script {
  readonly #volume: LoaderVolume;
  readonly #folder: string;
  readonly #reader: IsolinuxReader;
  readonly #budget: IsolinuxBudget;
  readonly #labels: ScriptLabel[] = [];
  readonly #commands: { line: ScriptLine; from: number }[] = [];
  readonly #onError: ScriptLine[] = [];
  readonly #files = new Map<string, FileRef>();
  readonly #missed: Miss[] = [];
  #label: ScriptLabel | undefined;
  #append: ScriptLine | undefined;
  #default: ScriptLine | undefined;
  #ui: ScriptLine | undefined;
  #depth = 0;
  #includes = 0;

  constructor(volume: LoaderVolume, folder: string, reader: IsolinuxReader, budget: IsolinuxBudget) {
    this.#volume = volume;
    this.#folder = folder;
    this.#reader = reader;
    this.#budget = budget;
  }

  finish(): IsolinuxScript {
    this.#record();
    return {
      labels: this.#labels,
      start: this.#ui ?? this.#default,
      commands: this.#commands,
      onError: this.#onError,
      append: this.#append,
      files: [...this.#files.values()],
      missed: this.#missed,
    };
  }

  include(name: string, from: ScriptLine | undefined): void {
    const path = this.#volume.files.find(absolute(this.#folder, name.replace(/^::/, '')));
    const text = path === undefined ? undefined : this.#volume.files.read(path);
    if (path === undefined || text === undefined) return;
    if (this.#depth === MOST_NESTED || (this.#includes += 1) > MOST_INCLUDES) {
      if (from) this.#miss(from, `${name} is included more than ${MOST_NESTED} levels deep`);
      return;
    }
    if (this.#budget.characters <= 0) {
      this.#missed.push({ file: fileRef(this.#volume, from?.path ?? path), line: from?.number ?? 1, reason: TOO_MANY_STEPS });
      return;
    }
    this.#budget.characters -= text.length;
    this.#files.set(path, fileRef(this.#volume, path));
    this.#depth += 1;
    let inText = false;
    for (const line of keyLines(text)) {
      if (inText) inText = line.key !== 'endtext';
      else if (line.key === 'text') inText = true;
      else this.#take({ ...line, path, text });
    }
    this.#depth -= 1;
  }

  #miss(line: ScriptLine, reason: string): void {
    this.#missed.push({ file: fileRef(this.#volume, line.path), line: line.number, reason });
  }

  /** The label ends here, and what counts for all is what it inherits. */
  #record(): void {
    if (!this.#label) return;
    if (this.#append) this.#label.inherited = this.#append;
    this.#labels.push(this.#label);
    this.#label = undefined;
  }

  #take(line: ScriptLine): void {
    const label = this.#label;
    if (line.key === 'menu') this.#takeMenu(line);
    else if (line.key === 'include') this.#takeInclude(line, line.value, this.#reader === 'menu');
    else if (line.key === 'append') {
      if (label) label.append = line;
      else this.#append = line;
    } else if (line.key === 'initrd') {
      if (label) label.initrd = line;
    } else if (line.key === 'label') {
      this.#record();
      this.#label = { name: wordsOf(line.value)[0] ?? '', line };
    } else if (KERNEL_KEYS.has(line.key)) {
      if (label) label.loading = line;
    } else this.#takeGlobal(line);
  }

  #takeGlobal(line: ScriptLine): void {
    if (line.key === 'ui') this.#ui = line;
    else if (line.key === 'default') this.#default = line;
    else if (line.key === 'ontimeout') this.#commands.push({ line, from: 0 });
    else if (line.key === 'onerror') this.#onError.push(line);
  }

  #takeMenu(line: ScriptLine): void {
    const [, key = '', gap = '', rest = ''] = /^([^ \t]*)([ \t]*)(.*)$/s.exec(line.value) ?? [];
    const name = key.toLowerCase();
    const skipped = key.length + gap.length;
    if (name === 'include') this.#takeInclude(line, rest, true);
    else if (ENDS_LABEL.has(name)) this.#record();
    else if (name === 'onerror')
      this.#onError.push({ ...line, key: 'onerror', keyEnd: line.valueStart + key.length, ...valueFrom(line, skipped) });
    else if (name === 'hiddenkey') this.#takeHiddenKey(line, skipped, rest);
    else if (this.#label) takeMenuOfLabel(this.#label, name, rest);
  }

  /** `MENU HIDDENKEY key[,key…] command line`: without a command it starts the default. */
  #takeHiddenKey(line: ScriptLine, skipped: number, rest: string): void {
    const keys = /^[^ \t]*[ \t]*/.exec(rest)?.[0] ?? '';
    if (keys.length < rest.length) this.#commands.push({ line, from: skipped + keys.length });
  }

  /** With a tag, what is included is a menu of its own, which ends the label before it and its own last one. */
  #takeInclude(line: ScriptLine, value: string, knowsTags: boolean): void {
    const [name, tag] = wordsOf(value);
    if (name === undefined) return;
    if (knowsTags && tag !== undefined) this.#record();
    this.include(name, line);
    if (knowsTags && tag !== undefined) this.#record();
  }
}

/** MENU commands that end the label before them. */
const ENDS_LABEL = new Set(['begin', 'end', 'separator']);
/** MENU commands of a label that starts no system. */
const INERT = new Set(['goto', 'exit', 'quit']);

function takeMenuOfLabel(label: ScriptLabel, name: string, rest: string): void {
  if (name === 'label') label.title = rest.replaceAll('^', '');
  else if (INERT.has(name)) label.inert = true;
}

function valueFrom(line: ScriptLine, offset: number): Pick<ScriptLine, 'valueStart' | 'value'> {
  return { valueStart: line.valueStart + offset, value: line.value.slice(offset) };
}

function wordsOf(value: string): string[] {
  return value.split(/[ \t]+/).filter((word) => word !== '');
}

/** Where isolinux looks for its configuration, in this order (core/fs/iso9660/iso9660.c), and syslinux on a FAT file system. */
const FOLDERS = ['/boot/isolinux', '/isolinux', '/boot/syslinux', '/syslinux', '/'];
const NAMES = ['isolinux.cfg', 'syslinux.cfg', 'extlinux.conf'];

/** The configuration that isolinux starts with; its folder is the one that other paths begin in. Undefined: there is none. */
export function firstIsolinuxConfig({ files }: LoaderVolume): string | undefined {
  return FOLDERS.flatMap((folder) => NAMES.map((name) => posix.join(folder, name)))
    .map((path) => files.find(path))
    .find((path) => path !== undefined);
}
