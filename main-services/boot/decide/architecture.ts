import type { ArchOverrides } from './overrides.ts';
import { isRaspberryPi } from './raspberry-pi.ts';
import * as sentences from './sentences.ts';

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

export interface BootFileRequest {
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

/** `7 (x86-64 UEFI)`, or the bare number of an unnamed one. */
export function describeArch(arch: number): string {
  const title = TITLES[arch];
  return title === undefined ? String(arch) : `${arch} (${title})`;
}

/** Whether the client boots from HTTP: its architecture says so, or its vendor class begins with HTTPClient. */
export function isHttpClient(arch: number | undefined, vendorClass: string | undefined): boolean {
  return (arch !== undefined && HTTP_ARCHITECTURES.has(arch)) || (vendorClass?.startsWith('HTTPClient') ?? false);
}

/** Which boot file a firmware gets: per-interface override > global override > table. Pure. iPXE clients get a script instead. */
export function chooseBootFile(request: BootFileRequest): BootFileChoice {
  const http = isHttpClient(request.arch, request.vendorClass);
  const { arch, notes } = effectiveArch(request);
  const rules = [interfaceRule(request), overrideRule(arch, request.overrides), tableRule(arch)].filter((rule) => rule !== undefined);
  const [winner, ...losers] = rules;
  if (!winner) return { kind: 'none', reasons: [noBootFile(arch), ...notes] };
  const overruled = losers.map((rule) => sentences.ruleLoses(rule.name, rule.message));
  const reasons = [sentences.ruleWins(winner.name, winner.message), ...overruled, ...notes];
  if (/^https?:\/\//i.test(winner.file)) return { kind: 'url', url: winner.file, http, reasons };
  return { kind: 'file', file: winner.file, http, reasons };
}

interface Rule {
  readonly name: string;
  readonly file: string;
  readonly message: string;
}

function effectiveArch(request: BootFileRequest): { arch: number | undefined; notes: string[] } {
  if (!isRaspberryPi(request)) return { arch: request.arch, notes: [] };
  const reported = request.arch === undefined ? undefined : describeArch(request.arch);
  return { arch: RASPBERRY_PI, notes: [sentences.raspberryPi(request.mac, describeArch(RASPBERRY_PI), reported)] };
}

function interfaceRule({ interfaceBootFile: file }: BootFileRequest): Rule | undefined {
  if (file === undefined) return undefined;
  return { name: 'per-interface override', file, message: sentences.interfaceNames(file) };
}

function overrideRule(arch: number | undefined, overrides: ArchOverrides | undefined): Rule | undefined {
  const file = arch === undefined ? undefined : overrides?.get(arch);
  if (arch === undefined || file === undefined) return undefined;
  return { name: 'global override', file, message: sentences.overrideNames(arch, file, describeArch(arch)) };
}

function tableRule(arch: number | undefined): Rule | undefined {
  const file = arch === undefined ? undefined : archToBootFile(arch);
  if (arch === undefined || file === undefined) return undefined;
  return { name: 'table', file, message: sentences.tableNames(file, describeArch(arch)) };
}

function noBootFile(arch: number | undefined): string {
  return arch === undefined ? sentences.NO_ARCHITECTURE : sentences.noBootFile(describeArch(arch));
}
