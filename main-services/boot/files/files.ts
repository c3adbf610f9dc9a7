import { parseMac } from '../../../contract/primitives.ts';
import { memorySource } from '../../iso/source/memory.ts';
import type { BootFileCatalogue } from './boot-files.ts';
import type { FileAnswer, Identity } from '../boot.ts';
import { askWithFactsScript } from '../script/scripts.ts';
import { printable } from '../../../util/text.ts';

export interface FileDeps {
  readonly catalogue: BootFileCatalogue;
  readonly bootUrl: string;
  identify(mac: string): Identity;
  macOfClient(): string | undefined;
  /** Told when a machine gets a boot file. */
  fetched(mac: string, file: string): Promise<void>;
}

const MAX_PATH = 512;
const AUTOEXEC = 'autoexec.ipxe';

/** A boot file by the path that a client wrote: `ipxe.efi`, `//ipxe.efi`, `52-54-…/ipxe.efi`, `autoexec.ipxe`. */
export async function answerFile(path: string, world: FileDeps): Promise<FileAnswer> {
  const parsed = parsePath(withoutStrayBytes(path, [...world.catalogue.names(), AUTOEXEC]));
  if (typeof parsed === 'string') return { kind: 'refused', message: parsed };
  const mac = parsed.mac ?? world.macOfClient();
  const refusal = mac === undefined ? undefined : refused(world.identify(mac), mac);
  if (refusal !== undefined) return { kind: 'refused', message: refusal };
  if (parsed.file === AUTOEXEC) return autoexec(world.bootUrl);
  const name = world.catalogue.resolve(parsed.file);
  if (name === undefined)
    return { kind: 'missing', code: 'E_NOT_FOUND', message: `There is no boot file "${printable(parsed.file)}" here.` };
  const source = await world.catalogue.open(parsed.file);
  if (!source) return { kind: 'missing', code: 'E_BOOT_FILE_MISSING', message: world.catalogue.missing(parsed.file) };
  if (mac !== undefined) await world.fetched(mac, parsed.file);
  return {
    kind: 'file',
    name: parsed.file,
    source,
    contentType: parsed.file.endsWith('.efi') ? 'application/efi' : 'application/octet-stream',
  };
}

/**
 * The path without what follows a name that we serve, where that has bytes that no name has. ROMs that read option 67 up to a NUL ask for
 * its name with the next option behind it: `ipxe.efi\xff` at the end of the options, `ipxe.efi3\x04…` before option 51
 * (netbootxyz/netboot.xyz#1198). A path that leaves its folder stays as it is, to be refused. Pure.
 */
export function withoutStrayBytes(path: string, names: readonly string[]): string {
  const [clean = ''] = path.split(/[^\x20-\x7e]/, 1);
  if (clean.length === path.length || path.split(/[/\\]/).includes('..')) return path;
  const start = Math.max(clean.lastIndexOf('/'), clean.lastIndexOf('\\')) + 1;
  const asked = clean.slice(start);
  const fitting = names.filter((name) => asked.startsWith(name)).sort((a, b) => b.length - a.length);
  return fitting[0] === undefined ? path : clean.slice(0, start) + fitting[0];
}

/** The machine that the path names and the file; a sentence where the path is not one that we serve. Pure. */
export function parsePath(path: string): { mac?: string; file: string } | string {
  if (path.length > MAX_PATH) return 'The file name is too long.';
  if (/[\x00-\x1f\x7f]/.test(path)) return 'The file name has control characters.';
  // Some firmware writes backslashes, and shim asks for //grubx64.efi.
  const parts = path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return 'The file name leaves the boot files.';
  const [first, ...rest] = parts;
  if (first === undefined) return 'The file name is empty.';
  const mac = rest.length > 0 ? parseMac(first) : undefined;
  return mac === undefined ? { file: parts.join('/') } : { mac, file: rest.join('/') };
}

function refused(identity: Identity, mac: string): string | undefined {
  if (identity.kind !== 'host' || identity.iface.allowPXE) return undefined;
  return `Interface ${mac} of ${identity.host.name} may not netboot (allowPXE=false).`;
}

/** iPXE builds since 2023 ask for this before DHCP's file name: the same question, answered in one script. */
function autoexec(bootUrl: string): FileAnswer {
  return {
    kind: 'file',
    name: 'autoexec.ipxe',
    source: memorySource(new TextEncoder().encode(askWithFactsScript(bootUrl))),
    contentType: 'text/plain; charset=utf-8',
  };
}
