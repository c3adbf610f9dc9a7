import type { PreparedChange } from '../arguments.ts';
import { isLinuxFile, isLinuxModule } from '../arguments.ts';
import { readGrub } from './run.ts';
import { grubCommands, quoteForGrub } from './lexer.ts';
import { lonelyVolume } from '../loader.ts';
import type { TextEdit } from '../text-edits.ts';
import { eolOf } from '../text-edits.ts';
import type { Word } from '../types.ts';

/** `linux`, `linuxefi`, `linux16`, and the variables that vendors choose between them with: `$linux`, `${linux_cmd}`, `linux$suffix`. */
const KERNEL_COMMAND = /^(?:linux(?:efi|16)?|\$\{?linux\w*\}?|linux\$\{?\w+\}?)$/;
/** Xen: the hypervisor is the multiboot kernel, and Linux one of its modules. */
const MODULE_COMMAND = /^(?:module2?|xen_module)$/;
const RESERVED = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', 'time', '!']);
const OPENING = new Set(['if', 'while', 'until']);
const CLOSING = new Set(['fi', 'done']);

/** The edits of one GRUB script, where nothing else of the medium is known. */
export function grubEdits(text: string, change: PreparedChange): TextEdit[] {
  const path = change.path.replace(/^\/+/, '');
  const { sites } = readGrub([lonelyVolume(path, text, change.kernelKind)], { path });
  return [...sites.flatMap((site) => site.edits(change)), ...grubSettings(text, change)];
}

/** Timeout and default of one script, where asked. */
export function grubSettings(text: string, change: PreparedChange): TextEdit[] {
  const commands = grubCommands(text);
  return [...serialEdits(text, commands, change), ...settingEdits(text, commands, change)];
}

/**
 * The menu on the serial port as well (GRUB manual, "Using GRUB via a serial line"), unless the script uses a serial port itself. Said last,
 * because `terminal_output console` of the script takes every other terminal away. A GRUB without that command, or a machine without the
 * port, keeps its screen.
 */
function serialEdits(text: string, commands: readonly (readonly Word[])[], { serial }: PreparedChange): TextEdit[] {
  const named = commands.map(withoutReserved);
  if (!serial || named.some(usesSerial) || !named.some((command) => nameOf(command) === 'menuentry')) return [];
  const lines = [
    `if serial --unit=${serial.unit} --speed=${serial.speed}; then`,
    '  terminal_input --append serial',
    '  terminal_output --append serial',
    'fi',
  ];
  const eol = eolOf(text);
  const before = text.endsWith('\n') ? '' : eol;
  return [{ start: text.length, end: text.length, text: before + lines.map((line) => `${line}${eol}`).join('') }];
}

function usesSerial(command: readonly Word[]): boolean {
  const name = nameOf(command);
  return name === 'serial' || (name.startsWith('terminal') && command.some(({ value }) => /^serial(?:_|$)/.test(value)));
}

/** Whether this script shows a menu or loads a kernel, and not merely has words that look so. */
export function looksLikeGrub(text: string): boolean {
  return grubCommands(text)
    .map(withoutReserved)
    .some((command) => /^(?:menuentry|submenu|multiboot2?)$/.test(nameOf(command)) || startsKernel(command));
}

function withoutReserved(command: readonly Word[]): readonly Word[] {
  const first = command.findIndex(({ value }) => !RESERVED.has(value));
  return first < 0 ? [] : command.slice(first);
}

function nameOf(command: readonly Word[]): string {
  return command[0]?.value ?? '';
}

/** By names alone: a file's bytes are not at hand. */
function startsKernel(command: readonly Word[]): boolean {
  const isModule = MODULE_COMMAND.test(nameOf(command));
  if (!isModule && !KERNEL_COMMAND.test(nameOf(command))) return false;
  const kernel = command.find(({ value }, index) => index > 0 && !value.startsWith('--'));
  return kernel !== undefined && (isModule ? isLinuxModule : isLinuxFile)(kernel.value, { kernelKind: () => 'unknown' });
}

function settingEdits(text: string, commands: readonly (readonly Word[])[], change: PreparedChange): TextEdit[] {
  const hasMenu = commands.some((command) => nameOf(withoutReserved(command)) === 'menuentry');
  const settings = { default: change.defaultEntry, timeout: change.timeoutSeconds?.toString() };
  const missing: string[] = [];
  const edits: TextEdit[] = [];
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    const found = assignmentsOf(commands, name);
    edits.push(...found.map(({ start, end }) => ({ start, end, text: `${name}=${quoteForGrub(value)}` })));
    if (hasMenu && !found.some(({ depth }) => depth === 0)) missing.push(`set ${name}=${quoteForGrub(value)}${eolOf(text)}`);
  }
  // A menu without a timeout waits for a key for ever, so what is missing, or said under a condition only, is said first of all.
  return missing.length > 0 ? [...edits, { start: 0, end: 0, text: missing.join('') }] : edits;
}

interface Assignment extends Word {
  /** How many `if` and loops it stands in. */
  readonly depth: number;
}

function assignmentsOf(commands: readonly (readonly Word[])[], name: string): Assignment[] {
  let depth = 0;
  return commands.flatMap((command) => {
    const reserved = command.slice(0, command.length - withoutReserved(command).length);
    depth += reserved.filter(({ value }) => OPENING.has(value)).length;
    if (CLOSING.has(nameOf(command))) depth -= 1;
    const rest = withoutReserved(command);
    const word = nameOf(rest) === 'set' ? rest[1] : rest[0];
    return word?.value.startsWith(`${name}=`) ? [{ ...word, depth }] : [];
  });
}
