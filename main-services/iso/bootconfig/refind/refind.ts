import type { PreparedChange } from '../arguments.ts';
import { checkLength, hasLinuxName, isLinuxFile, plainWords, separatorIndex } from '../arguments.ts';
import type { Token, TokenLine } from './lines.ts';
import { tokenLines } from './lines.ts';
import type { TextEdit } from '../text-edits.ts';
import { eolOf } from '../text-edits.ts';

/** The lines of one `{ … }`, without its first and last. */
interface Stanza {
  readonly opening: TokenLine;
  readonly lines: readonly TokenLine[];
  readonly submenus: readonly Stanza[];
}

/**
 * The edits of rEFInd's refind.conf and of refind_linux.conf beside a kernel (refind/config.c). In a stanza `options` replaces what was
 * said before it, and a submenu has its stanza's options until it says its own; `add_options` adds to them. rEFInd reads one token
 * only, so what we add stands within its quotes. A line that begins with a quoted token is an entry of refind_linux.conf.
 */
export function refindEdits(text: string, change: PreparedChange): TextEdit[] {
  const lines = tokenLines(text);
  const { stanzas, outside } = stanzasOf(lines);
  return [
    ...stanzas.flatMap((stanza) => stanzaEdits(text, stanza, change)),
    ...outside.filter(isOption).flatMap((line) => valueEdits(text, line, line.tokens[1], change)),
    ...timeoutEdits(outside, change),
  ];
}

const SETTINGS = new Set(
  'timeout scanfor use_nvram hideui resolution default_selection include menuentry dont_scan_dirs dont_scan_files scan_all_linux_kernels also_scan_dirs textonly showtools icons_dir banner'.split(
    ' ',
  ),
);

/** Whether a text is rEFInd's: it sets what only rEFInd knows, or has a `menuentry` whose lines are rEFInd's and not GRUB's. */
export function looksLikeRefind(text: string): boolean {
  const { stanzas } = stanzasOf(tokenLines(text));
  return stanzas.some((stanza) => stanza.lines.some((line) => keyOf(line) === 'loader' && line.tokens.length > 1));
}

/** Whether a file that is named refind.conf or refind_linux.conf says anything that rEFInd reads. */
export function hasRefindLines(text: string): boolean {
  return tokenLines(text).some((line) => SETTINGS.has(keyOf(line)) || isOption(line));
}

function keyOf({ tokens }: TokenLine): string {
  const [first] = tokens;
  return first && !first.quoted ? first.value.toLowerCase() : '';
}

function isOption({ tokens }: TokenLine): boolean {
  return tokens[0]?.quoted === true && (tokens.length === 1 || tokens[1]?.quoted === true);
}

interface OpenStanza {
  opening: TokenLine;
  lines: TokenLine[];
  submenus: Stanza[];
}

function stanzasOf(lines: readonly TokenLine[]): { stanzas: Stanza[]; outside: TokenLine[] } {
  const stanzas: Stanza[] = [];
  const outside: TokenLine[] = [];
  const open: OpenStanza[] = [];
  for (const line of lines) {
    const key = keyOf(line);
    const parent = open.at(-1);
    if ((key === 'menuentry' && !parent) || (key === 'submenuentry' && parent)) {
      open.push({ opening: line, lines: [], submenus: [] });
    } else if (!parent) outside.push(line);
    else if (key === '}') {
      open.pop();
      (open.at(-1)?.submenus ?? stanzas).push(parent);
    } else parent.lines.push(line);
  }
  // What is not closed ends with the file.
  for (let last = open.pop(); last; last = open.pop()) (open.at(-1)?.submenus ?? stanzas).push(last);
  return { stanzas, outside };
}

function stanzaEdits(text: string, stanza: Stanza, change: PreparedChange): TextEdit[] {
  const loader = stanza.lines.findLast((line) => keyOf(line) === 'loader');
  const kernel = loader?.tokens[1]?.value;
  if (!loader || kernel === undefined || !startsLinux(stanza, kernel, change)) return [];
  const options = stanza.lines.filter((line) => keyOf(line) === 'options');
  const own = options.flatMap((line) => valueEdits(text, line, line.tokens[1], change));
  const added = options.length === 0 ? addedLine(text, loader, 'options', change) : [];
  const from = options[0]?.start ?? loader.start;
  return [...own, ...added, ...stanza.submenus.flatMap((submenu) => submenuEdits(text, submenu, kernel, from, change))];
}

/** A program with an initrd is a kernel; an EFI program without one, as a shell or memtest86, takes no arguments of Linux. */
function startsLinux(stanza: Stanza, kernel: string, change: PreparedChange): boolean {
  if (change.kernelKind(kernel) !== 'unknown') return isLinuxFile(kernel, change);
  const hasInitrd = stanza.lines.some((line) => keyOf(line) === 'initrd');
  return (hasInitrd || hasLinuxName(kernel)) && isLinuxFile(kernel, change);
}

function submenuEdits(text: string, { opening, lines }: Stanza, parent: string, from: number, change: PreparedChange): TextEdit[] {
  const kernel = lines.findLast((line) => keyOf(line) === 'loader')?.tokens[1]?.value ?? parent;
  if (kernel !== parent && !isLinuxFile(kernel, change)) return [];
  const added = lines.filter((line) => keyOf(line) === 'add_options');
  const dropped = added.flatMap((line) => valueEdits(text, line, line.tokens[1], { ...change, words: [] }));
  // `options` alone takes away what the stanza said.
  const options = lines.filter((line) => keyOf(line) === 'options');
  if (options.length > 0) return [...dropped, ...options.flatMap((line) => valueEdits(text, line, line.tokens[1], change))];
  return opening.start > from ? dropped : [...dropped, ...addedLine(text, opening, 'add_options', change)];
}

/** Takes away what `change` drops of a token that holds arguments, and adds our words; a bare token gets quotes. */
function valueEdits(text: string, line: TokenLine, token: Token | undefined, change: PreparedChange): TextEdit[] {
  const last = line.tokens.at(-1);
  if (!token || !last) {
    const at = last ? last.end + (last.quoted ? 1 : 0) : line.end;
    return change.words.length > 0 ? [{ start: at, end: at, text: ` "${written(change.words)}"` }] : [];
  }
  const words = plainWords(token.value, 0, token.value.length).map(({ value }) => value);
  const separator = separatorIndex(plainWords(token.value, 0, token.value.length));
  const keep = (part: readonly string[]): string[] => part.filter((word) => !change.drops(word));
  const values = [...keep(words.slice(0, separator)), ...change.words, ...keep(words.slice(separator))];
  if (change.words.length === 0 && values.length === words.length) return [];
  if (change.words.length > 0) checkLength(values.join(' '), change.path, line.number);
  const quote = token.quoted ? '' : '"';
  return [{ start: token.start, end: token.end, text: `${quote}${written(values)}${quote}` }];
}

function addedLine(text: string, after: TokenLine, key: string, change: PreparedChange): TextEdit[] {
  if (change.words.length === 0) return [];
  checkLength(change.words.join(' '), change.path, after.number);
  const indent = /^[ \t]*/.exec(text.slice(after.start, after.end))?.[0] ?? '';
  return [{ start: after.end, end: after.end, text: `${eolOf(text)}${indent}${key} "${written(change.words)}"` }];
}

function written(words: readonly string[]): string {
  return words.join(' ').replaceAll('"', '""');
}

/** `timeout 0` waits for a key for ever, and -1 starts at once (refind.conf-sample). */
function timeoutEdits(lines: readonly TokenLine[], { timeoutSeconds }: PreparedChange): TextEdit[] {
  if (timeoutSeconds === undefined) return [];
  const text = (timeoutSeconds === 0 ? -1 : timeoutSeconds).toString();
  return lines
    .filter((line) => keyOf(line) === 'timeout')
    .flatMap(({ tokens: [, value] }) => (value ? [{ start: value.start, end: value.end, text }] : []));
}
