import { parseMac } from '../../../contract/primitives.ts';
import { memorySource } from '../../iso/source/memory.ts';
import type { BootFileCatalogue } from './boot-files.ts';
import type { FileAnswer, Identity } from '../boot.ts';
import { requestWithFactsScript } from '../script/scripts.ts';
import { printable } from '../../../util/text.ts';
import { netbootDisabled, pathFault, unknownBootFile } from './sentences.ts';

export interface FileDeps {
  readonly catalogue: BootFileCatalogue;
  readonly bootUrl: string;
  identify(mac: string): Identity;
  macOfClient(): string | undefined;
  /** Called when a machine gets a boot file. */
  fetched(mac: string, file: string): Promise<void>;
}

const MAX_PATH = 512;
const AUTOEXEC = 'autoexec.ipxe';

/** A boot file by the path that a client wrote: `ipxe.efi`, `//ipxe.efi`, `52-54-…/ipxe.efi`, `autoexec.ipxe`. */
export async function answerFile(path: string, deps: FileDeps): Promise<FileAnswer> {
  const parsed = parsePath(withoutStrayBytes(path, [...deps.catalogue.names(), AUTOEXEC]));
  if (typeof parsed === 'string') return { kind: 'refused', message: parsed };
  const mac = parsed.mac ?? deps.macOfClient();
  const refusal = mac === undefined ? undefined : refused(deps.identify(mac), mac);
  if (refusal !== undefined) return { kind: 'refused', message: refusal };
  if (parsed.file === AUTOEXEC) return autoexec(deps.bootUrl);
  const name = deps.catalogue.resolve(parsed.file);
  if (name === undefined) return { kind: 'missing', code: 'E_NOT_FOUND', message: unknownBootFile(printable(parsed.file)) };
  const source = await deps.catalogue.open(parsed.file);
  if (!source) return { kind: 'missing', code: 'E_BOOT_FILE_MISSING', message: deps.catalogue.missing(parsed.file) };
  if (mac !== undefined) await deps.fetched(mac, parsed.file);
  return {
    kind: 'file',
    name: parsed.file,
    source,
    contentType: parsed.file.endsWith('.efi') ? 'application/efi' : 'application/octet-stream',
  };
}

/**
 * The path without what follows the name of a boot file, where that has bytes that no name has. ROMs that read option 67 up to a NUL
 * request its name with the next option behind it: `ipxe.efi\xff` at the end of the options, `ipxe.efi3\x04…` before option 51
 * (netbootxyz/netboot.xyz#1198). A path that leaves its folder is not changed, so that it is refused. Pure.
 */
export function withoutStrayBytes(path: string, names: readonly string[]): string {
  const [clean = ''] = path.split(/[^\x20-\x7e]/, 1);
  if (clean.length === path.length || path.split(/[/\\]/).includes('..')) return path;
  const start = Math.max(clean.lastIndexOf('/'), clean.lastIndexOf('\\')) + 1;
  const requested = clean.slice(start);
  const fitting = names.filter((name) => requested.startsWith(name)).sort((a, b) => b.length - a.length);
  return fitting[0] === undefined ? path : clean.slice(0, start) + fitting[0];
}

/** The machine that the path names and the file; a sentence for a path that cannot be one of a boot file. Pure. */
export function parsePath(path: string): { mac?: string; file: string } | string {
  if (path.length > MAX_PATH) return pathFault.tooLong;
  if (/[\x00-\x1f\x7f]/.test(path)) return pathFault.controlCharacters;
  // Some firmware writes backslashes, and shim requests //grubx64.efi.
  const parts = path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return pathFault.outside;
  const [first, ...rest] = parts;
  if (first === undefined) return pathFault.empty;
  const mac = rest.length > 0 ? parseMac(first) : undefined;
  return mac === undefined ? { file: parts.join('/') } : { mac, file: rest.join('/') };
}

function refused(identity: Identity, mac: string): string | undefined {
  if (identity.kind !== 'host' || identity.iface.allowPXE) return undefined;
  return netbootDisabled(mac, identity.host.name);
}

/** iPXE builds since 2023 request this before DHCP's file name: it chains to the same script. */
function autoexec(bootUrl: string): FileAnswer {
  return {
    kind: 'file',
    name: 'autoexec.ipxe',
    source: memorySource(new TextEncoder().encode(requestWithFactsScript(bootUrl))),
    contentType: 'text/plain; charset=utf-8',
  };
}
