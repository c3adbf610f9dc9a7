import { plainWords, type PreparedChange } from '../arguments.ts';
import { isolinuxBlocks } from './blocks.ts';
import {
  firstIsolinuxConfig,
  isolinuxBudget,
  readIsolinuxScript,
  type IsolinuxBudget,
  type IsolinuxReader,
  type ScriptLabel,
  type ScriptLine,
} from './script.ts';
import { addedAppend, appendEdits, commandEdits, inheritedValue, moduleEdits } from './sites.ts';
import { pathOf, startedBy, type CommandWord, type Started } from './start.ts';
import { serialEdits, timingEdits } from './timing.ts';
import {
  fileRef,
  lonelyVolume,
  TOO_MANY_STEPS,
  type EditSite,
  type FileRef,
  type LoaderReading,
  type LoaderVolume,
  type Miss,
  type StartedKernel,
} from '../loader.ts';
import type { TextEdit } from '../text-edits.ts';

/** Where isolinux or syslinux begins to read: its folder is the one that other paths begin in. */
export interface IsolinuxBeginning {
  readonly path: string;
  readonly folder: string;
}

/** The beginning that isolinux finds by itself; undefined: the volume has no configuration for it. */
export function isolinuxBeginning(volume: LoaderVolume): IsolinuxBeginning | undefined {
  const path = firstIsolinuxConfig(volume);
  return path === undefined ? undefined : beginningOf(path);
}

export function beginningOf(path: string): IsolinuxBeginning {
  const absolute = `/${path.replace(/^\/+/, '')}`;
  return { path: absolute, folder: absolute.replace(/\/[^/]*$/, '') || '/' };
}

/**
 * All that isolinux starts from a configuration on, as it reads it: included files, labels with the APPEND that counts for them, command
 * lines in DEFAULT, ONTIMEOUT, ONERROR and MENU HIDDENKEY, and the menus and configurations that labels lead to.
 */
export function readIsolinux(volume: LoaderVolume, { path, folder }: IsolinuxBeginning, budget = isolinuxBudget()): LoaderReading {
  const reading = new Reading(volume, budget);
  reading.read([path], { config: path, folder, reader: 'core' });
  return reading.result();
}

/** The edits of one file, where nothing else of the medium is known. */
export function isolinuxEdits(text: string, change: PreparedChange): TextEdit[] {
  const beginning = beginningOf(change.path);
  const { sites } = readIsolinux(lonelyVolume(beginning.path, text, change.kernelKind), beginning);
  return [...sites.flatMap((site) => site.edits(change)), ...isolinuxSettings(text, change)];
}

/** Timeout and default of one file, where asked. */
export function isolinuxSettings(text: string, change: PreparedChange): TextEdit[] {
  const { head, labels } = isolinuxBlocks(text);
  // First, so that it stays the file's first line.
  return [...serialEdits(text, head, labels, change), ...timingEdits(text, head, labels, change)];
}

/** What a menu knows of where it is: isolinux's own configuration, and the folder that paths begin in. */
interface Place {
  readonly config: string;
  readonly folder: string;
  readonly reader: IsolinuxReader;
}

/** A whole job of reading: menus lead to menus, each read once. */
class Reading {
  readonly #volume: LoaderVolume;
  readonly #budget: IsolinuxBudget;
  readonly #read = new Set<string>();
  readonly #files = new Map<string, FileRef>();
  readonly #entries = new Map<string, StartedKernel & { readonly site?: string }>();
  readonly #missed = new Map<string, Miss>();
  readonly #sites = new Map<string, EditSite>();
  /** What a line meant; undefined: not the same each time. */
  readonly #seen = new Map<string, string | undefined>();
  #nested = 0;
  #saidSpent = false;

  constructor(volume: LoaderVolume, budget: IsolinuxBudget) {
    this.#volume = volume;
    this.#budget = budget;
  }

  result(): LoaderReading {
    return {
      configurations: [...this.#files.values()],
      entries: [...this.#entries.values()].map(({ site, ...entry }) => (this.#torn(site) ? { ...entry, edited: false } : entry)),
      missed: [...this.#missed.values()],
      sites: [...this.#sites.values()],
    };
  }

  read(paths: readonly string[], place: Place): void {
    const key = JSON.stringify([paths, place]);
    if (this.#read.has(key)) return;
    this.#read.add(key);
    new Menu(this, this.#volume, paths, place).start(this.#budget);
  }

  /** Whether all that is allowed has been read; said once. */
  isSpent(line: ScriptLine): boolean {
    if (this.#budget.characters > 0) return false;
    if (!this.#saidSpent) this.miss({ file: fileRef(this.#volume, line.path), line: line.number, reason: TOO_MANY_STEPS });
    this.#saidSpent = true;
    return true;
  }

  /** What a line leads to, unless that is too deep. */
  nested(line: ScriptLine, work: () => void): void {
    if (this.#nested === MOST_NESTED) this.miss({ file: fileRef(this.#volume, line.path), line: line.number, reason: DEEP });
    else {
      this.#nested += 1;
      work();
      this.#nested -= 1;
    }
  }

  /** The words of a line from a place in its value on. */
  words(line: ScriptLine, from: number): CommandWord[] {
    this.#budget.characters -= USE_OF_WORDS * (line.end - line.valueStart);
    return plainWords(line.text, line.valueStart + from, line.end).map((word) => ({ ...word, line }));
  }

  reached(file: FileRef): void {
    this.#files.set(file.path, file);
  }

  miss(miss: Miss): void {
    this.#missed.set(JSON.stringify(miss), miss);
  }

  #torn(site: string | undefined): boolean {
    return site !== undefined && this.#seen.get(site) === undefined;
  }

  entry(line: ScriptLine, entry: Omit<StartedKernel, 'file' | 'line'> & { readonly site?: string }): void {
    const whole = { file: fileRef(this.#volume, line.path), line: line.number, ...entry };
    this.#entries.set(JSON.stringify([whole.file, whole.line, whole.kernel, whole.words]), whole);
  }

  site(line: ScriptLine, key: string, edits: EditSite['edits']): void {
    const file = fileRef(this.#volume, line.path);
    const whole = `${key}@${line.start}`;
    this.#sites.set(`${file.path} ${whole}`, { file, key: whole, edits });
  }

  /**
   * A line that may be read more than once: what is added there counts for each time, so it has to mean the same each time. `meaning` of a
   * line that needs no words: undefined `edits`.
   */
  sameSite(line: ScriptLine, key: string, meaning: string, what: string, edits: EditSite['edits'] | undefined): string {
    const file = fileRef(this.#volume, line.path);
    const site = `${file.path} ${key}@${line.start}`;
    if (!this.#seen.has(site)) {
      this.#seen.set(site, meaning);
      if (edits) this.site(line, key, edits);
    } else if (this.#seen.get(site) !== meaning) {
      this.#seen.set(site, undefined);
      this.#sites.delete(site);
      this.miss({ file, line: line.number, reason: `${what} is read more than once, and means something else each time` });
    }
    return site;
  }
}

/** One menu: the configurations that are read as one. */
class Menu {
  readonly #reading: Reading;
  readonly #volume: LoaderVolume;
  readonly #paths: readonly string[];
  readonly #place: Place;
  readonly #folder: string;

  constructor(reading: Reading, volume: LoaderVolume, paths: readonly string[], place: Place) {
    this.#reading = reading;
    this.#volume = volume;
    this.#paths = paths;
    this.#place = place;
    this.#folder = place.folder;
  }

  start(budget: IsolinuxBudget): void {
    const script = readIsolinuxScript(this.#volume, this.#paths, this.#place, budget);
    script.files.forEach((file) => this.#reading.reached(file));
    script.missed.forEach((miss) => this.#reading.miss(miss));
    for (const label of script.labels) if (!label.inert) this.#label(label);
    const names = firstLabels(script.labels);
    const whole = script.labels.length === 0 && script.append !== undefined;
    const first = script.start ? this.#reading.words(script.start, 0) : [];
    const edited = script.start !== undefined && this.#command(script.start, first, names, whole);
    for (const { line, from } of script.commands) this.#command(line, this.#reading.words(line, from), names, false);
    for (const line of script.onError) {
      const words = [...this.#reading.words(line, 0), ...(script.start ? this.#reading.words(script.start, 0) : [])];
      if (edited) this.#givenCommand(line, words, names);
      else this.#command(line, words, names, false);
    }
  }

  /** ONERROR gets the command line that failed besides its own words, and with that the host's words where they are in it. */
  #givenCommand(line: ScriptLine, words: readonly CommandWord[], labels: Labels): void {
    const [name, ...args] = words;
    if (!name || this.#reading.isSpent(line)) return;
    this.#reading.sameSite(line, commandKey(line, name), 'given', whatOf(line), undefined);
    if (labels.has(name.value)) {
      const reason = `ONERROR starts ${name.value} with the command line of DEFAULT, and both hold the host’s words`;
      this.#reading.miss({ file: fileRef(this.#volume, line.path), line: line.number, reason });
      return;
    }
    const started = startedBy('kernel', name, args, this.#volume.files, this.#folder);
    if (started.what !== 'linux') this.#follow(line, started, {}, labels);
  }

  /** What a label starts; `more` are the words that a command line says after its name. Undefined: its KERNEL names nothing. */
  #startedByLabel(label: ScriptLabel, more: readonly CommandWord[]): { name: CommandWord; started: Started } | undefined {
    const { loading } = label;
    const given = loading ? this.#reading.words(loading, 0) : [nameWord(label)];
    const [name, ...rest] = given;
    if (!name) return undefined;
    const args = [...rest, ...appendedWords(this.#reading, label), ...more];
    return { name, started: startedBy(loading?.key ?? 'kernel', name, args, this.#volume.files, this.#folder) };
  }

  /** With more words than its name, a label of a menu reads more files as one, which may mean something else than they do alone. */
  #labelWithWords(label: ScriptLabel | undefined, line: ScriptLine, more: readonly CommandWord[]): void {
    if (!label || label.inert || more.length === 0) return;
    const started = this.#startedByLabel(label, more)?.started;
    if (started?.what === 'menu' || started?.what === 'config') this.#follow(line, started, titleOf(label));
  }

  #label(label: ScriptLabel): void {
    if (this.#reading.isSpent(label.line)) return;
    const { loading } = label;
    const whole = this.#startedByLabel(label, []);
    if (!whole) return;
    const { name, started } = whole;
    if (started.what === 'linux' && this.#isOnlyName(label, started.kernel)) return;
    const line = loading ?? label.line;
    const append = label.append ?? label.inherited;
    const named = started.what === 'menu' || started.what === 'config' || started.what === 'choice';
    if (append && named) this.#reading.sameSite(append, 'append', 'menu', 'The APPEND', undefined);
    if (started.what === 'linux') this.#linuxLabel(label, line, name, started);
    else if (started.what === 'module') this.#moduleLabel(label, line, started);
    else this.#follow(line, started, titleOf(label));
  }

  #moduleLabel(label: ScriptLabel, line: ScriptLine, { kernel, words }: Started & { what: 'module' }): void {
    this.#reading.entry(line, { ...titleOf(label), kernel, words: values(words.slice(1)), edited: true });
    this.#reading.site(words.at(-1)?.line ?? line, 'module', (change) => moduleEdits(words, change));
  }

  /** A label with nothing but menu lines starts nothing, unless its name is that of a file. */
  #isOnlyName({ loading, append }: ScriptLabel, kernel: string): boolean {
    return !loading && !(append && this.#volume.partial) && this.#volume.files.find(kernel) === undefined;
  }

  #linuxLabel(label: ScriptLabel, line: ScriptLine, name: CommandWord, started: Started & { what: 'linux' }): void {
    const { append } = label;
    const image = name.value + initrdArgument(label);
    const edits: EditSite['edits'] = (change) => (append ? appendEdits(append, image, change) : addedAppend(label, image, change));
    const site = append
      ? this.#reading.sameSite(append, 'append', 'linux', 'The APPEND', edits)
      : this.#reading.sameSite(label.line, 'added', inheritedValue(label), `The label ${label.name}`, edits);
    this.#reading.entry(line, { ...titleOf(label), site, kernel: started.kernel, words: values(started.words), edited: true });
  }

  /** A command line: a label’s name with more words, or a program. True if the host’s words go into the line itself. */
  #command(line: ScriptLine, words: readonly CommandWord[], labels: Labels, surely: boolean, choice = false): boolean {
    const [name, ...args] = words;
    if (!name || this.#reading.isSpent(line)) return false;
    const key = commandKey(line, name);
    const what = whatOf(line);
    if (labels.has(name.value)) {
      this.#reading.sameSite(line, key, 'label', what, undefined);
      this.#labelWithWords(labels.get(name.value), line, args);
      return false;
    }
    const started = startedBy(line.key === 'ui' ? 'com32' : 'kernel', name, args, this.#volume.files, this.#folder);
    if (started.what === 'linux') {
      // One word alone may be a label of another file.
      const exists = this.#volume.files.find(started.kernel) !== undefined;
      const likely = this.#volume.partial && !choice && (started.words.length > 0 || surely);
      if (!exists && !likely) return false;
      const own = started.words.filter((word) => word.line === line);
      const image = words[words.length - started.words.length - 1] ?? name;
      const site = this.#reading.sameSite(line, key, 'kernel', what, (change) => commandEdits(line, image, own, change));
      this.#reading.entry(line, { site, kernel: started.kernel, words: values(started.words), edited: true });
      return true;
    }
    if (started.what !== 'program' || this.#volume.files.find(started.kernel) !== undefined) this.#follow(line, started, {}, labels);
    return false;
  }

  #follow(line: ScriptLine, started: Started, title: { title?: string }, labels: Labels = new Map()): void {
    const reading = this.#reading;
    if (started.what === 'program') reading.entry(line, { ...title, kernel: started.kernel, words: [], edited: false });
    else if (started.what === 'unknown')
      reading.miss({ file: fileRef(this.#volume, line.path), line: line.number, reason: started.reason });
    else reading.nested(line, () => this.#followNested(line, started, labels));
  }

  #followNested(line: ScriptLine, started: Started, labels: Labels): void {
    const reading = this.#reading;
    if (started.what === 'config')
      reading.read([started.file], { config: started.file, folder: started.folder ?? this.#folder, reader: 'core' });
    else if (started.what === 'choice')
      for (const words of started.commands) this.#command(words[0]?.line ?? line, words, labels, false, true);
    else if (started.what === 'menu') {
      const named = (started.files.length === 0 ? ['~'] : started.files).map((file) =>
        file === '~' ? this.#place.config : pathOf(this.#folder, file),
      );
      reading.read(named, { ...this.#place, reader: 'menu' });
    }
  }
}

/** A character of a line that is taken apart into words costs as much as so many that are read. */
const USE_OF_WORDS = 4;
/** Menus that lead to menus, and commands that start commands, beyond these are not followed. */
const MOST_NESTED = 40;
const DEEP = `It leads more than ${MOST_NESTED} levels deep`;

type Labels = ReadonlyMap<string, ScriptLabel>;

/** Of several labels with one name the first counts. */
function firstLabels(labels: readonly ScriptLabel[]): Labels {
  return new Map(labels.toReversed().map((label) => [label.name, label]));
}

function commandKey(line: ScriptLine, name: CommandWord): string {
  return `command${name.start - line.start}`;
}

function whatOf({ key }: ScriptLine): string {
  return `The command line of ${key.toUpperCase()}`;
}

function nameWord({ name, line }: ScriptLabel): CommandWord {
  return { start: line.valueStart, end: line.valueStart + name.length, value: name, line };
}

function values(words: readonly CommandWord[]): string[] {
  return words.map(({ value }) => value);
}

function titleOf({ title, name }: ScriptLabel): { title: string } {
  return { title: title ?? name };
}

/** An INITRD line becomes a word of the command line, and counts in its length. */
function initrdArgument({ initrd }: ScriptLabel): string {
  return initrd ? ` initrd=${initrd.value}` : '';
}

/** The words of the APPEND that counts for a label: its own, else the inherited one; `-` is none. */
function appendedWords(reading: Reading, label: ScriptLabel): CommandWord[] {
  const append = label.append ?? (inheritedValue(label) === '' ? undefined : label.inherited);
  return append && append.value !== '-' ? reading.words(append, 0) : [];
}
