import { isLinuxFile, isLinuxModule } from '../arguments.ts';
import { GrubSites } from './sites.ts';
import type { ScriptCommand } from './script.ts';
import { expandCommand } from './expand.ts';
import { fileScript, isTooLong, lengthOf, stringScript, textOf, type Field, type Piece, type Script, type Value } from './values.ts';
import { absolute, fileRef, TOO_MANY_STEPS, type FileRef, type LoaderReading, type LoaderVolume } from '../loader.ts';
import { matches } from './wildcards.ts';

const KERNEL_COMMAND = /^(?:linux(?:efi|16)?|xen_linux)$/;
/** Variables that vendors choose between the kernel commands with, where their values are set elsewhere. */
const KERNEL_VARIABLE = /^(?:\$\{?linux\w*\}?|linux\$\{?\w+\}?)$/;
/** Xen: the hypervisor is the multiboot kernel, and Linux one of its modules. */
const MODULE_COMMAND = /^(?:module2?|xen_module)$/;
const READS_HERE = new Set(['source', '.', 'extract_entries_source']);
const READS_APART = new Set(['configfile', 'normal', 'extract_entries_configfile']);
const READS_OTHERS = new Map([
  ...['legacy_configfile', 'legacy_source', 'extract_legacy_entries_configfile', 'extract_legacy_entries_source'].map(
    (name) => [name, 'GRUB Legacy'] as const,
  ),
  ...['syslinux_configfile', 'syslinux_source', 'extract_syslinux_entries_configfile', 'extract_syslinux_entries_source'].map(
    (name) => [name, 'isolinux'] as const,
  ),
]);
const SETS_VARIABLE = new Set([
  'regexp',
  'probe',
  'read',
  'smbios',
  'cmosread',
  'rdmsr',
  'date',
  'getenv',
  'save_env',
  'cat',
  'sleep',
  'loopback',
]);
const MOST_NESTED = 40;
/** A command is a step, and so are as many characters that are parsed and pieces of words that are put together. */
const MOST_STEPS = 100_000;
const DEEP = `It leads more than ${MOST_NESTED} levels deep`;
const CHARACTERS_OF_STEP = 64;
const PIECES_OF_STEP = 4;
/** Values of one variable beyond these are not followed. */
const MOST_VALUES = 16;

interface Context {
  readonly variables: Map<string, readonly Value[] | undefined>;
  readonly exported: Set<string>;
  readonly functions: Map<string, { readonly script: Script; readonly block: readonly ScriptCommand[] }>;
  /** What entries do when they are chosen: with the variables as they are at the end. */
  readonly chosen: (() => void)[];
}

/** The steps that are left for all that is read of one medium. */
export interface GrubBudget {
  steps: number;
}

export function grubBudget(): GrubBudget {
  return { steps: MOST_STEPS };
}

/**
 * All that GRUB starts from a configuration on, without running it: both branches of an `if` and each value of a loop count, so a variable
 * may have several values. Functions, `eval`, submenus and files that it reads are followed, through variables too; what cannot be is said.
 */
export function readGrub(volumes: readonly LoaderVolume[], start: FileRef, budget = grubBudget()): LoaderReading {
  return new Runner(volumes, budget).read(start);
}

class Runner {
  readonly #volumes: readonly LoaderVolume[];
  readonly #files = new Map<string, FileRef>();
  readonly #sites = new GrubSites();
  readonly #loops = new Set<string>();
  readonly #menus = new Set<string>();
  readonly #budget: GrubBudget;
  #nested = 0;

  constructor(volumes: readonly LoaderVolume[], budget: GrubBudget) {
    this.#volumes = volumes;
    this.#budget = budget;
  }

  read({ path, fat }: FileRef): LoaderReading {
    const volume = this.#volumes.find((one) => one.fat === fat);
    const absolutePath = `/${path}`;
    const folder = absolutePath.replace(/\/[^/]*$/, '');
    const text = volume?.files.read(absolutePath);
    if (volume && text !== undefined) {
      const known: [string, string[]][] = [
        ['prefix', [folder]],
        ['cmdpath', [folder, '/EFI/BOOT']],
        ['config_directory', [folder]],
        ['config_file', [absolutePath]],
        ['root', ['']],
        ['grub_platform', ['pc', 'efi']],
        ['grub_cpu', ['i386', 'x86_64']],
      ];
      const variables = new Map<string, readonly Value[]>(known.map(([name, values]) => [name, values.map((value) => [{ text: value }])]));
      this.#apart({ variables, exported: new Set(variables.keys()), functions: new Map(), chosen: [] }, (context) =>
        this.#file(volume, absolutePath, text, context),
      );
    }
    return { configurations: [...this.#files.values()], ...this.#sites.result() };
  }

  /** A menu of its own: it knows what was exported, and its entries are chosen when it has been read. */
  #apart(outer: Context, work: (context: Context) => void): void {
    if (this.#nested >= MOST_NESTED) return;
    this.#spend(outer.variables.size + outer.functions.size);
    const variables = new Map([...outer.variables].filter(([name]) => outer.exported.has(name)));
    const context: Context = { variables, exported: new Set(outer.exported), functions: new Map(outer.functions), chosen: [] };
    this.#nested += 1;
    work(context);
    // Entries may add entries.
    for (const entry of context.chosen) entry();
    this.#nested -= 1;
  }

  #file(volume: LoaderVolume, path: string, text: string, context: Context): void {
    const file = fileRef(volume, path);
    if (this.#loops.has(JSON.stringify(file)) || this.#nested >= MOST_NESTED) return;
    this.#files.set(JSON.stringify(file), file);
    this.#loops.add(JSON.stringify(file));
    this.#nested += 1;
    this.#spend(0, text.length);
    const script = fileScript(file, text);
    this.#run(script, script.commands, context, []);
    this.#nested -= 1;
    this.#loops.delete(JSON.stringify(file));
  }

  #run(script: Script, commands: readonly ScriptCommand[], context: Context, args: readonly Field[]): void {
    for (const command of commands) {
      if (this.#budget.steps <= 0) {
        this.#miss(script, command.words[0]?.start ?? 0, TOO_MANY_STEPS);
        return;
      }
      this.#budget.steps -= 1;
      const name = command.words[0];
      const raw = name ? script.text.slice(name.start, name.end) : '';
      if (raw === 'function' && command.block) this.#define(script, command, context);
      else if (raw === 'for') this.#loop(script, command, context, args);
      else if (!name && command.block) this.#run(script, command.block, context, args);
      else this.#command(script, command, raw, context, args);
    }
  }

  #define(script: Script, { words, block = [] }: ScriptCommand, { functions }: Context): void {
    const name = words[1];
    if (name) functions.set(script.text.slice(name.start, name.end), { script, block });
  }

  /** `for x in a b`: the body is read once, with each value. */
  #loop(script: Script, { words }: ScriptCommand, context: Context, args: readonly Field[]): void {
    const [, variable, , ...list] = words;
    if (!variable) return;
    const ways = this.#expand(script, list, (name) => this.#lookup(context, name), args);
    const values = ways.flatMap((fields) => (fields ?? []).flatMap((field) => this.#matching(field)));
    const name = script.text.slice(variable.start, variable.end);
    context.variables.set(name, ways.includes(undefined) || values.length > MOST_VALUES ? undefined : values.map(({ pieces }) => pieces));
  }

  /** `*` in a path stands for the files that match. */
  #matching(field: Field): Field[] {
    const pattern = textOf(field.pieces);
    this.#spend(PIECES_OF_STEP, pattern.length);
    if (!/[*?]/.test(pattern)) return [field];
    const path = absolute('/', withoutDevice(pattern));
    const folder = path.replace(/\/[^/]*$/, '') || '/';
    const mask = path.slice(path.lastIndexOf('/') + 1);
    const all = this.#volumes.flatMap(({ files }) => files.list(folder));
    this.#spend(all.length);
    const names = all.filter((name) => matches(mask, name));
    return [...new Set(names)].map((name) => ({ ...field, pieces: [{ text: absolute(folder, name) }] }));
  }

  /** A variable that was never set is empty, unless something else may have set it before. */
  #lookup({ variables }: Context, name: string): readonly Value[] | undefined {
    return variables.has(name) ? variables.get(name) : [[]];
  }

  #command(script: Script, command: ScriptCommand, raw: string, context: Context, args: readonly Field[]): void {
    const { words } = command;
    const unset = KERNEL_VARIABLE.test(raw) && this.#isUnset(script, command, context, args);
    if (KERNEL_COMMAND.test(raw) || MODULE_COMMAND.test(raw) || unset) {
      const lookup = (name: string): readonly Value[] => this.#lookup(context, name) ?? [[{ text: `$${name}` }]];
      const [name, ...rest] = words;
      const known = unset && name ? [{ ...name, parts: [{ text: 'linux', at: name.start, quote: 'bare' as const }] }, ...rest] : words;
      for (const fields of this.#expand(script, known, lookup, args)) {
        if (fields) this.#kernel(script, command, fields, MODULE_COMMAND.test(raw));
        else this.#miss(script, words[0]?.start ?? 0, 'The command line is too long to follow');
      }
      return;
    }
    for (const fields of this.#expand(script, words, (name) => this.#lookup(context, name), args)) {
      if (fields) this.#fields(script, command, fields, context, args);
      else this.#unknown(script, command, raw, context);
    }
  }

  #expand(
    script: Script,
    words: ScriptCommand['words'],
    lookup: (name: string) => readonly Value[] | undefined,
    args: readonly Field[],
  ): (Field[] | undefined)[] {
    return expandCommand(script, words, { lookup, args, spend: (pieces, characters) => this.#spend(pieces, characters) });
  }

  #spend(pieces: number, characters = 0): void {
    this.#budget.steps -= pieces / PIECES_OF_STEP + characters / CHARACTERS_OF_STEP;
  }

  #isUnset(script: Script, { words }: ScriptCommand, context: Context, args: readonly Field[]): boolean {
    const ways = this.#expand(script, words.slice(0, 1), (name) => this.#lookup(context, name), args);
    return ways.every((fields) => fields === undefined || /^(?:linux)?$/.test(textOf(fields[0]?.pieces ?? [])));
  }

  #unknown(script: Script, command: ScriptCommand, raw: string, context: Context): void {
    const assigned = assignedName(script, command, raw);
    if (assigned !== undefined) context.variables.set(assigned, undefined);
    else if (raw === 'menuentry' || raw === 'submenu') this.#entry(script, command, [], context);
    else if (raw === 'eval' || READS_HERE.has(raw) || READS_APART.has(raw) || raw.startsWith('$') || context.functions.has(raw)) {
      const at = command.words[0]?.start ?? 0;
      const text = script.text.slice(at, command.words.at(-1)?.end ?? at);
      this.#miss(script, at, `${text} depends on a variable that is not known before it runs`);
    }
  }

  #miss(script: Script, at: number, reason: string): void {
    const place = script.place(at);
    if (place) this.#sites.missAt(place, reason);
  }

  #fields(script: Script, command: ScriptCommand, fields: readonly Field[], context: Context, args: readonly Field[]): void {
    const [first, ...rest] = fields;
    if (!first) return;
    const name = textOf(first.pieces);
    const called = context.functions.get(name);
    if (KERNEL_COMMAND.test(name) || MODULE_COMMAND.test(name)) {
      this.#kernel(script, command, fields, MODULE_COMMAND.test(name));
      return;
    }
    // A path is no command: the variable before it was empty, and GRUB finds nothing to run.
    if (!called && /[/(]/.test(name)) return;
    this.#sites.other(script, command);
    if (this.#setsVariables(name, fields, command, context)) return;
    if (name === 'menuentry' || name === 'submenu') this.#entry(script, command, rest, context);
    else if (name === 'eval') this.#eval(rest, context, args);
    else if (READS_OTHERS.has(name))
      this.#miss(script, command.words[0]?.start ?? 0, `${name} reads a menu of ${READS_OTHERS.get(name)}, which is not followed`);
    else if (!this.#readsFile(script, command, name, rest, context) && called) this.#call(script, command, called, rest, context);
  }

  /** Commands that go on with another file; false for all others. */
  #readsFile(script: Script, command: ScriptCommand, name: string, fields: readonly Field[], context: Context): boolean {
    const [file] = withoutOptions(fields);
    if (READS_HERE.has(name)) this.#source(file, context);
    else if (READS_APART.has(name)) this.#menu(file, context);
    else if (name === 'chainloader') this.#chain(script, command, file);
    else return false;
    return true;
  }

  /** Commands that change nothing but variables; false for all others. */
  #setsVariables(name: string, [first, ...rest]: readonly Field[], { conditional }: ScriptCommand, context: Context): boolean {
    if (name === 'set' || /^\w+=/.test(name)) this.#assign(name === 'set' ? rest[0] : first, conditional, context);
    else if (name === 'export') namesOf(rest).forEach((variable) => context.exported.add(variable));
    else if (name === 'unset') namesOf(rest).forEach((variable) => context.variables.delete(variable));
    else if (SETS_VARIABLE.has(name) || name === 'search') this.#setByCommand(name, rest, context);
    else return false;
    return true;
  }

  #assign(field: Field | undefined, conditional: boolean, { variables }: Context): void {
    const text = textOf(field?.pieces ?? []);
    const at = text.indexOf('=');
    if (!field || at <= 0) return;
    const name = text.slice(0, at);
    const value = cut(field.pieces, at + 1);
    const before = conditional ? (variables.has(name) ? variables.get(name) : [[]]) : [];
    for (const held of [value, ...(before ?? [])]) this.#spend(held.length, lengthOf(held));
    const tooLong = isTooLong({ pieces: value.length, characters: lengthOf(value) });
    if (before === undefined || before.length >= MOST_VALUES || tooLong) variables.set(name, undefined);
    else variables.set(name, [...before.filter((other) => textOf(other) !== textOf(value)), value]);
  }

  /** `regexp --set=1:name`, `probe --set name`: the value is known when it runs only. Files are looked for on the whole medium. */
  #setByCommand(name: string, fields: readonly Field[], { variables }: Context): void {
    const texts = fields.map(({ pieces }) => textOf(pieces));
    const named = texts.flatMap((text, at) => {
      const found = /^(?:--set|-s)(?:=(?:\d+:)?(.*))?$/.exec(text);
      return found ? [found[1] ?? texts[at + 1]?.replace(/^\d+:/, '') ?? ''] : [];
    });
    for (const variable of [...named, ...(name === 'read' ? texts : [])]) variables.set(variable, name === 'search' ? [[]] : undefined);
  }

  #entry(script: Script, { words, block = [] }: ScriptCommand, fields: readonly Field[], context: Context): void {
    const args = fields.filter(({ pieces }) => !textOf(pieces).startsWith('--')).map((field) => given(script, words, field));
    const title = textOf(args[0]?.pieces ?? []);
    const isMenu = words[0] !== undefined && script.text.slice(words[0].start, words[0].end) === 'submenu';
    // An entry that reads its own menu again leads back to it.
    const stack = [...this.#loops];
    context.chosen.push(() => {
      const added = stack.filter((file) => !this.#loops.has(file));
      added.forEach((file) => this.#loops.add(file));
      this.#sites.titled(title, () => {
        if (isMenu && this.#nested >= MOST_NESTED) this.#miss(script, words[0]?.start ?? 0, DEEP);
        else if (isMenu) this.#apart(context, (inner) => this.#run(script, block, inner, args));
        else this.#run(script, block, context, args);
      });
      added.forEach((file) => this.#loops.delete(file));
    });
  }

  #eval(fields: readonly Field[], context: Context, args: readonly Field[]): void {
    if (this.#nested >= MOST_NESTED) return;
    const pieces = fields.flatMap((field, at): Piece[] => (at === 0 ? [...field.pieces] : [{ text: ' ' }, ...field.pieces]));
    this.#spend(pieces.length, lengthOf(pieces));
    const inner = stringScript(pieces);
    this.#nested += 1;
    this.#run(inner, inner.commands, context, args);
    this.#nested -= 1;
  }

  #call(
    script: Script,
    { words }: ScriptCommand,
    called: { script: Script; block: readonly ScriptCommand[] },
    fields: readonly Field[],
    context: Context,
  ): void {
    if (this.#nested >= MOST_NESTED) {
      this.#miss(script, words[0]?.start ?? 0, DEEP);
      return;
    }
    this.#nested += 1;
    this.#run(
      called.script,
      called.block,
      context,
      fields.map((field) => given(script, words, field)),
    );
    this.#nested -= 1;
  }

  /** A file that is on no volume of the medium is one that GRUB does not read either. */
  #source(field: Field | undefined, context: Context): void {
    if (!field) return;
    const path = absolute('/', withoutDevice(textOf(field.pieces)));
    for (const volume of this.#volumes) {
      const found = volume.files.find(path);
      const text = found === undefined ? undefined : volume.files.read(found);
      if (found !== undefined && text !== undefined) this.#file(volume, found, text, context);
    }
  }

  /** Each menu is read once for the variables that it sees. */
  #menu(field: Field | undefined, context: Context): void {
    this.#apart(context, (inner) => {
      const seen = [...inner.variables].map(([name, values]) => [name, values?.map(textOf)]);
      const key = JSON.stringify([textOf(field?.pieces ?? []), seen]);
      this.#spend(seen.length, key.length);
      if (this.#menus.has(key)) return;
      this.#menus.add(key);
      this.#source(field, inner);
    });
  }

  #kernel(script: Script, command: ScriptCommand, fields: readonly Field[], module: boolean): void {
    const at = fields.findIndex(({ pieces }, index) => index > 0 && !textOf(pieces).startsWith('--'));
    const kernel = fields[at];
    if (!kernel) return;
    // They are read again for places and lengths.
    this.#spend(fields.length);
    const path = textOf(kernel.pieces);
    const isLinux = (module ? isLinuxModule : isLinuxFile)(path, { kernelKind: (name) => this.#kind(name) });
    if (!module || isLinux) this.#sites.kernel(script, command, { fields, at, path, isLinux, module });
  }

  /** A kernel that is an EFI program, or a unified kernel image, has its words from elsewhere. */
  #chain(script: Script, { words }: ScriptCommand, field: Field | undefined): void {
    const path = withoutDevice(textOf(field?.pieces ?? []));
    if (path !== '' && this.#kind(path) === 'linux')
      this.#miss(script, words[0]?.start ?? 0, `chainloader starts the kernel ${path} without the arguments`);
  }

  #kind(name: string): ReturnType<LoaderVolume['files']['kernelKind']> {
    const path = absolute('/', withoutDevice(name));
    const volume = this.#volumes.find(({ files }) => files.find(path) !== undefined);
    if (volume) return volume.files.kernelKind(path);
    return this.#volumes.find(({ partial }) => partial)?.files.kernelKind(name) ?? 'unknown';
  }
}

function given(script: Script, words: ScriptCommand['words'], field: Field): Field {
  return { ...field, given: field.given ?? { script, end: words.at(-1)?.end ?? 0 } };
}

function withoutDevice(path: string): string {
  return path.replace(/^\([^)]*\)/, '');
}

function cut(pieces: readonly Piece[], from: number): Value {
  let start = 0;
  return pieces.flatMap((piece): Piece[] => {
    const skipped = Math.max(0, from - start);
    start += piece.text.length;
    if (skipped >= piece.text.length) return [];
    return [{ ...piece, text: piece.text.slice(skipped), ...(piece.from && { from: { ...piece.from, at: piece.from.at + skipped } }) }];
  });
}

/** The name before the `=` of a command that assigns, as it is written. */
function assignedName(script: Script, { words }: ScriptCommand, raw: string): string | undefined {
  const assignment = raw === 'set' && words[1] ? script.text.slice(words[1].start) : raw;
  return /^\w+(?==)/.exec(assignment)?.[0];
}

function withoutOptions(fields: readonly Field[]): Field[] {
  return fields.filter(({ pieces }) => !textOf(pieces).startsWith('-'));
}

function namesOf(fields: readonly Field[]): string[] {
  return withoutOptions(fields).map(({ pieces }) => textOf(pieces));
}
