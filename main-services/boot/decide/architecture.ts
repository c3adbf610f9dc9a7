import { BootbenchError } from '../../../contract/errors.ts';
import { isRaspberryPi } from './raspberry-pi.ts';

/** Boot file by number of the client's architecture: DHCP option 93, IANA "Processor Architecture Types" (RFC 4578, RFC 5970). */
const TABLE: readonly { numbers: readonly number[]; file: string }[] = [
  { numbers: [0, 1, 2, 3, 4, 5, 20], file: 'undionly.kpxe' },
  { numbers: [6, 7, 8, 9, 15, 16], file: 'ipxe.efi' },
  { numbers: [10, 11, 18, 19, 41], file: 'snp-arm64.efi' },
];

const TITLES: Readonly<Record<number, string>> = {
  0: 'x86 BIOS',
  1: 'NEC PC-98',
  2: 'Itanium',
  3: 'DEC Alpha',
  4: 'Arc x86',
  5: 'Intel Lean Client',
  6: 'x86 UEFI',
  7: 'x86-64 UEFI',
  8: 'Xscale UEFI',
  9: 'EFI byte code, x86-64 in practice',
  10: 'ARM 32-bit UEFI',
  11: 'ARM64 UEFI',
  15: 'x86 UEFI boot from HTTP',
  16: 'x86-64 UEFI boot from HTTP',
  18: 'ARM 32-bit UEFI boot from HTTP',
  19: 'ARM64 UEFI boot from HTTP',
  20: 'x86 BIOS boot from HTTP',
  41: 'Raspberry Pi',
};

const HTTP_ARCHITECTURES: ReadonlySet<number> = new Set([15, 16, 18, 19, 20]);

/** IANA's number for the Raspberry Pi. Its boot ROM reports 0. */
const RASPBERRY_PI = 41;

export type ArchOverrides = ReadonlyMap<number, string>;

export interface BootFileQuestion {
  /** Option 93 as reported; undefined when the client did not send it. */
  readonly arch: number | undefined;
  /** Lower-case, with colons. */
  readonly mac: string;
  /** Option 97. */
  readonly uuid?: string | undefined;
  /** Option 60. */
  readonly vendorClass?: string | undefined;
  /** The interface's own boot file: a catalogue name or an http(s) URL. */
  readonly interfaceBootFile?: string | undefined;
  readonly overrides?: ArchOverrides | undefined;
}

/**
 * `http`: the client boots from HTTP, so it gets a URL and its option 60 back. `reasons` name the rule that decided
 * first, then the rules it won over.
 */
export type BootFileChoice =
  | { kind: 'file'; file: string; http: boolean; reasons: string[] }
  /** The interface names a URL of its own. */
  | { kind: 'url'; url: string; http: boolean; reasons: string[] }
  | { kind: 'none'; reasons: string[] };

/** The table's file for an architecture number; undefined where no file fits. */
export function archToBootFile(arch: number): string | undefined {
  return TABLE.find((row) => row.numbers.includes(arch))?.file;
}

/** `7 (x86-64 UEFI)`, or the bare number where we know no name. */
export function describeArch(arch: number): string {
  const title = TITLES[arch];
  return title === undefined ? String(arch) : `${arch} (${title})`;
}

/** Whether the client boots from HTTP: its architecture says so, or its vendor class begins with HTTPClient. */
export function isHttpClient(arch: number | undefined, vendorClass: string | undefined): boolean {
  return (arch !== undefined && HTTP_ARCHITECTURES.has(arch)) || (vendorClass?.startsWith('HTTPClient') ?? false);
}

/**
 * Which boot file a firmware gets: per-interface override > global override > table (DESIGN §7). Pure. iPXE clients are
 * not asked about here: they get a script.
 */
export function chooseBootFile(question: BootFileQuestion): BootFileChoice {
  const http = isHttpClient(question.arch, question.vendorClass);
  const { arch, notes } = effectiveArch(question);
  const rules = [interfaceRule(question), overrideRule(arch, question.overrides), tableRule(arch)].filter((rule) => rule !== undefined);
  const [winner, ...losers] = rules;
  if (!winner) return { kind: 'none', reasons: [whyNone(arch), ...notes] };
  const reasons = [`${winner.name}: ${winner.message}`, ...losers.map((rule) => `wins over the ${rule.name}: ${rule.message}`), ...notes];
  if (/^https?:\/\//i.test(winner.file)) return { kind: 'url', url: winner.file, http, reasons };
  return { kind: 'file', file: winner.file, http, reasons };
}

interface Rule {
  readonly name: string;
  readonly file: string;
  readonly message: string;
}

function effectiveArch(question: BootFileQuestion): { arch: number | undefined; notes: string[] } {
  if (!isRaspberryPi(question)) return { arch: question.arch, notes: [] };
  const said = question.arch === undefined ? 'no architecture' : `architecture ${describeArch(question.arch)}`;
  return {
    arch: RASPBERRY_PI,
    notes: [
      `${question.mac} is a Raspberry Pi (by its MAC address or UUID), which counts as ${describeArch(RASPBERRY_PI)}; it reported ${said}.`,
    ],
  };
}

function interfaceRule({ interfaceBootFile: file }: BootFileQuestion): Rule | undefined {
  if (file === undefined) return undefined;
  return { name: 'per-interface override', file, message: `the interface names ${file}.` };
}

function overrideRule(arch: number | undefined, overrides: ArchOverrides | undefined): Rule | undefined {
  const file = arch === undefined ? undefined : overrides?.get(arch);
  if (arch === undefined || file === undefined) return undefined;
  return { name: 'global override', file, message: `${arch}=${file} for architecture ${describeArch(arch)}.` };
}

function tableRule(arch: number | undefined): Rule | undefined {
  const file = arch === undefined ? undefined : archToBootFile(arch);
  if (arch === undefined || file === undefined) return undefined;
  return { name: 'table', file, message: `architecture ${describeArch(arch)} gets ${file}.` };
}

function whyNone(arch: number | undefined): string {
  if (arch === undefined) return 'The client did not say its architecture (DHCP option 93), so no boot file fits.';
  return `No boot file fits architecture ${describeArch(arch)}: it is not in the table and no override names it.`;
}

/**
 * Reads `<uint16>=<file>[,…]`, spaces allowed around each part; an empty text is no override. E_OVERRIDE_SYNTAX when an
 * entry has no `=`, no number from 0 to 65535, no file of the catalogue, or repeats a number with another file.
 */
export function parseArchOverrides(text: string, catalogueNames: readonly string[]): ArchOverrides {
  const overrides = new Map<number, string>();
  if (text.trim() === '') return overrides;
  for (const entry of text.split(',')) {
    const { arch, file } = parseOverride(entry.trim(), catalogueNames);
    const before = overrides.get(arch);
    if (before !== undefined && before !== file) throw wrong(entry, `architecture ${arch} is already given ${before}`);
    overrides.set(arch, file);
  }
  return overrides;
}

function parseOverride(entry: string, catalogueNames: readonly string[]): { arch: number; file: string } {
  const at = entry.indexOf('=');
  if (at < 0) throw wrong(entry, 'it has no "="');
  const number = entry.slice(0, at).trim();
  const file = entry.slice(at + 1).trim();
  if (!/^[0-9]+$/.test(number)) throw wrong(entry, `"${shown(number)}" is not a number`);
  const arch = Number(number);
  if (arch > 65535) throw wrong(entry, `${shown(number)} is more than 65535, the largest architecture number`);
  if (!catalogueNames.includes(file)) throw wrong(entry, `"${shown(file)}" is not a file of the catalogue (${catalogueNames.join(', ')})`);
  return { arch, file };
}

function wrong(entry: string, why: string): BootbenchError {
  return new BootbenchError('E_OVERRIDE_SYNTAX', `The override "${shown(entry.trim())}" cannot be used: ${why}.`);
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
