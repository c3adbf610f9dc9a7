import { checkLength, wordEdits, type PreparedChange } from '../arguments.ts';
import { plainText, type ScriptCommand } from './script.ts';
import { textOf, type Field, type Place, type Script } from './values.ts';
import { loaderForm, quoteForGrub } from './lexer.ts';
import { fileKey, type EditSite, type LoaderReading, type Miss, type StartedKernel } from '../loader.ts';
import { lineNumberAt, linesOf, type TextEdit, type TextLine } from '../text-edits.ts';
import type { Word } from '../types.ts';

/** A command that starts a kernel, read in one way. */
export interface KernelCommand {
  readonly fields: readonly Field[];
  /** Which field is the kernel's path. */
  readonly at: number;
  readonly path: string;
  readonly isLinux: boolean;
  readonly module: boolean;
}

interface Seen {
  readonly script: Script;
  readonly command: ScriptCommand;
  readonly kernels: { readonly read: KernelCommand; readonly title: string | undefined }[];
  /** It does something else too, as `$@` in a function may. */
  other: boolean;
}

interface Site {
  readonly key: string;
  readonly place: Place;
  readonly words: readonly Word[];
  readonly line: number;
  readonly reads: KernelCommand[];
}

interface SeenKernel {
  readonly seen: Seen;
  readonly read: KernelCommand;
  readonly title: string | undefined;
  /** The command starts nothing but Linux kernels, so that the words may go into its own line: `shared` is the position. */
  readonly alone: boolean;
  readonly shared: Position | undefined;
}

interface Gathered {
  readonly entries: Map<string, StartedKernel>;
  readonly sites: Map<string, Site>;
  readonly dropped: Map<string, EditSite>;
}

const NO_PLACE_FOR_ARGUMENTS = 'The command may start a kernel or something else, so there is no place for arguments of the kernel alone';

/** Gathers where GRUB starts kernels, and finds the places for the host's words. */
export class GrubSites {
  readonly #seen = new Map<ScriptCommand, Seen>();
  readonly #missed = new Map<string, Miss>();
  readonly #lines = new Map<string, TextLine[]>();
  #title: string | undefined;

  titled(title: string, work: () => void): void {
    const before = this.#title;
    this.#title = title;
    work();
    this.#title = before;
  }

  miss(miss: Miss): void {
    this.#missed.set(JSON.stringify(miss), miss);
  }

  missAt(place: Place, reason: string): void {
    this.miss({ file: place.file, line: this.#line(place), reason });
  }

  other(script: Script, command: ScriptCommand): void {
    const seen = this.#seen.get(command);
    if (seen) seen.other = true;
    else if (command.words[0]?.parts.some((part) => 'variable' in part)) this.#seenAs(script, command).other = true;
  }

  kernel(script: Script, command: ScriptCommand, read: KernelCommand): void {
    this.#seenAs(script, command).kernels.push({ read, title: this.#title });
  }

  #seenAs(script: Script, command: ScriptCommand): Seen {
    const seen = this.#seen.get(command) ?? { script, command, kernels: [], other: false };
    this.#seen.set(command, seen);
    return seen;
  }

  result(): Pick<LoaderReading, 'entries' | 'missed' | 'sites'> {
    const gathered: Gathered = { entries: new Map(), sites: new Map(), dropped: new Map() };
    for (const seen of this.#seen.values()) {
      const alone = seen.kernels.every(({ read }) => read.isLinux) && !seen.other;
      const shared = alone ? sharedPosition(seen) : undefined;
      for (const kernel of seen.kernels) this.#gather(gathered, { ...kernel, seen, alone, shared });
    }
    return {
      entries: [...gathered.entries.values()],
      missed: [...this.#missed.values()],
      sites: [...[...gathered.sites.values()].map(siteOf), ...gathered.dropped.values()],
    };
  }

  #gather(gathered: Gathered, kernel: SeenKernel): void {
    const { seen, read, title, shared } = kernel;
    const position = shared ?? givenPosition(read);
    const place = position?.script.place(position.end);
    const start = seen.script.place(seen.command.words[0]?.end ?? 0) ?? place;
    if (!start) return;
    const line = this.#line(start);
    const words = read.fields.slice(read.at + 1).map(({ pieces }) => textOf(pieces));
    const edited = read.isLinux && place !== undefined;
    const entry = { file: start.file, line, ...(title !== undefined && { title }), kernel: read.path, words, edited };
    gathered.entries.set(JSON.stringify(entry), entry);
    if (!read.isLinux) return;
    if (place) this.#addSite(gathered, kernel, place, start);
    else this.miss({ file: start.file, line, reason: NO_PLACE_FOR_ARGUMENTS });
  }

  #addSite({ sites, dropped }: Gathered, { seen, read, alone }: SeenKernel, place: Place, start: Place): void {
    // A command of a file has one site, whatever file of which menu it was read from.
    const key = alone && seen.script.isFile ? `command@${start.offset}` : `words@${place.offset}`;
    const id = `${fileKey(place.file)} ${key}`;
    const line = this.#line(place.file === start.file ? start : place);
    const site = sites.get(id) ?? { key, place, words: alone ? literalWords(seen, read) : [], line, reads: [] };
    site.reads.push(read);
    sites.set(id, site);
    for (const word of valueWords(seen, read)) dropped.set(`${fileKey(word.file)} ${word.key}`, word);
  }

  #line({ text, offset }: Place): number {
    const lines = this.#lines.get(text) ?? linesOf(text);
    this.#lines.set(text, lines);
    return lineNumberAt(lines, offset);
  }
}

/** One place serves all who come by it; the longest command line counts. */
function siteOf({ key, place, words, line, reads }: Site): EditSite {
  const edits = (change: PreparedChange): TextEdit[] => {
    for (const read of reads) check(read, change, line);
    const removed = wordEdits(place.text, words, place.offset, [], change);
    if (change.words.length === 0) return removed;
    const added = change.words.map((word) => place.encode(` ${quoteForGrub(word)}`)).join('');
    const text = place.padded ? `${added}${place.encode(' ')}` : added;
    return [...removed, { start: place.offset, end: place.offset, text }];
  };
  return { file: place.file, key, offset: place.offset, edits };
}

function check({ path, fields, at }: KernelCommand, change: PreparedChange, line: number): void {
  if (change.words.length === 0) return;
  const kept = fields
    .slice(at + 1)
    .map(({ pieces }) => textOf(pieces))
    .filter((value) => !change.drops(value));
  const all = [...kept, ...change.words].map(loaderForm);
  checkLength([`BOOT_IMAGE=${path}`, ...all].join(' '), change.path, line);
}

interface Position {
  readonly script: Script;
  readonly end: number;
}

/**
 * Behind the last word, or before the word that has the separator of installers, which copy what follows it. A variable may hold the
 * separator at one time and not at another: then the place is right for all, so that the words come once.
 */
function sharedPosition({ script, command: { words }, kernels }: Seen): Position {
  const index = kernels.reduce((first, { read }) => Math.min(first, wordBefore(read, words.length)), words.length - 1);
  return { script, end: settled(script, words[index]?.end ?? 0) };
}

/** Which word of the command comes before the host's. */
function wordBefore(read: KernelCommand, count: number): number {
  const separator = separatorOf(read);
  if (separator === undefined) return count - 1;
  const { fields, at } = read;
  return Math.min(fields[separator - 1]?.word ?? 0, Math.max((fields[separator]?.word ?? 0) - 1, fields[at]?.word ?? 0));
}

/** Where the call stands that gave the last word before the host's. */
function givenPosition(read: KernelCommand): Position | undefined {
  return read.fields[(separatorOf(read) ?? read.fields.length) - 1]?.given;
}

/** Which field is the separator; modules have none. */
function separatorOf({ fields, at, module }: KernelCommand): number | undefined {
  const found = module ? -1 : fields.findIndex(({ pieces }, index) => index > at && /^---?$/.test(textOf(pieces)));
  return found < 0 ? undefined : found;
}

/** In a string with variables the last word may be empty: what follows the blanks is the same for all their values. */
function settled(script: Script, end: number): number {
  if (script.isFile) return end;
  const blanks = /[ \t]*/y;
  blanks.lastIndex = end;
  return end + (blanks.exec(script.text)?.[0].length ?? 0);
}

/** The kernel's words that stand in its command as they are. */
function literalWords({ script, command }: Seen, { fields, at }: KernelCommand): Word[] {
  if (!script.isFile) return [];
  return command.words.slice((fields[at]?.word ?? 0) + 1).flatMap((word) => {
    const value = plainText(word);
    return value === '' ? [] : [{ start: word.start, end: word.end, value }];
  });
}

/** Those that a variable or a string holds: what is to be taken away is taken away there. */
function valueWords({ script, command }: Seen, { fields, at }: KernelCommand): EditSite[] {
  return fields.slice(at + 1).flatMap((field): EditSite[] => {
    const word = command.words[field.word];
    const [piece] = field.pieces;
    if (field.given || !piece?.from || field.pieces.length !== 1 || (script.isFile && word && plainText(word) !== '')) return [];
    const place = piece.from.script.place(piece.from.at + piece.text.length);
    if (!place) return [];
    const found: Word = { start: place.offset - piece.text.length, end: place.offset, value: piece.text };
    return [{ file: place.file, key: `drop@${place.offset}`, edits: (change) => wordEdits(place.text, [found], place.offset, [], change) }];
  });
}
