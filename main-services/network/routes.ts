import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { netmaskToPrefix, numberToIpv4 } from '../../contract/primitives.ts';
import { iphlpapi } from './iphlpapi.ts';
import { parseAdapterAddresses } from './nics-windows.ts';

/** An IPv4 route of this computer. Prefix 0 is the default route. */
export interface KernelRoute {
  readonly destination: string;
  readonly prefix: number;
  readonly interface: string;
  /** Packets go to a router first, and not to the address itself. */
  readonly viaGateway: boolean;
}

const run = promisify(execFile);

/** The IPv4 routes of the main table, of this process's network namespace. Empty where the system does not show them. */
export async function routes(platform: NodeJS.Platform = process.platform): Promise<KernelRoute[]> {
  try {
    if (platform === 'linux') return parseProcRoute(await readFile('/proc/net/route', 'utf8'));
    if (platform === 'darwin') return parseNetstatRoutes((await run('netstat', ['-rn', '-f', 'inet'], { timeout: 5000 })).stdout);
    const library = await iphlpapi();
    const names = new Map(parseAdapterAddresses(library.adapters()).map(({ index, name }) => [index, name]));
    return parseIpForwardTable(library.ipForwardTable(), names);
  } catch {
    return [];
  }
}

/**
 * Whether packets to an address leave a port through a gateway. A socket that is bound to a port uses the routes of that port only, and Linux treats
 * an address that none of them covers as on-link. Pure.
 */
export function leavesByGateway(known: readonly KernelRoute[], port: string, to: string): boolean {
  const covers = ({ destination, prefix }: KernelRoute): boolean => subnetOf(to, prefix).first === subnetOf(destination, prefix).first;
  const [best] = known.filter((route) => route.interface === port && covers(route)).sort((a, b) => b.prefix - a.prefix);
  return best?.viaGateway === true;
}

/** RTF_UP, RTF_GATEWAY, RTF_REJECT of <linux/route.h>. */
const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;
const RTF_REJECT = 0x200;

/** /proc/net/route: destination and mask are hexadecimal in host order (little-endian on every supported machine). */
export function parseProcRoute(text: string): KernelRoute[] {
  const found: KernelRoute[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [name, destination, , flags, , , , mask] = line.trim().split(/\s+/);
    if (name === undefined || destination === undefined || flags === undefined || mask === undefined) continue;
    const bits = parseInt(flags, 16);
    const prefix = netmaskToPrefix(littleEndianHex(mask));
    if ((bits & RTF_UP) === 0 || (bits & RTF_REJECT) !== 0 || prefix === undefined) continue;
    found.push({ destination: littleEndianHex(destination), prefix, interface: name, viaGateway: (bits & RTF_GATEWAY) !== 0 });
  }
  return found;
}

function littleEndianHex(text: string): string {
  return Buffer.from(text.padStart(8, '0'), 'hex').reverse().join('.');
}

/** macOS `netstat -rn -f inet`: destinations are shortened (`10/8`, `192.168.1`, `default`), hosts have no slash and the flag H. */
export function parseNetstatRoutes(text: string): KernelRoute[] {
  const found: KernelRoute[] = [];
  for (const line of text.split('\n')) {
    const [destination, gateway, flags, name] = line.trim().split(/\s+/);
    if (destination === undefined || gateway === undefined || flags === undefined || name === undefined) continue;
    if (!flags.includes('U') || !/^(default$|\d)/.test(destination)) continue;
    found.push({ ...expanded(destination, flags), interface: name, viaGateway: flags.includes('G') });
  }
  return found;
}

function expanded(destination: string, flags: string): { destination: string; prefix: number } {
  if (destination === 'default') return { destination: '0.0.0.0', prefix: 0 };
  const [address = '', prefix] = destination.split('/');
  const parts = address.split('.');
  const full = [...parts, '0', '0', '0'].slice(0, 4).join('.');
  if (prefix !== undefined) return { destination: full, prefix: Number(prefix) };
  return { destination: full, prefix: flags.includes('H') ? 32 : parts.length * 8 };
}

/** MIB_IPFORWARDROW: 14 DWORDs. The type 2 is invalid, 3 on-link, 4 by a gateway. */
const FORWARD_ROW = { size: 56, destination: 0, mask: 4, index: 16, type: 20 } as const;
const INVALID = 2;
const INDIRECT = 4;

/** MIB_IPFORWARDTABLE of GetIpForwardTable (iphlpapi): the number of rows as a DWORD, then the rows. Routes of unknown ports are left out. */
export function parseIpForwardTable(bytes: Uint8Array, names: ReadonlyMap<number, string>): KernelRoute[] {
  const table = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = table.length < 4 ? 0 : Math.min(table.readUInt32LE(0), Math.floor((table.length - 4) / FORWARD_ROW.size));
  const found: KernelRoute[] = [];
  for (let at = 4; at < 4 + rows * FORWARD_ROW.size; at += FORWARD_ROW.size) {
    const dotted = (offset: number): string => table.subarray(at + offset, at + offset + 4).join('.');
    const name = names.get(table.readUInt32LE(at + FORWARD_ROW.index));
    const prefix = netmaskToPrefix(dotted(FORWARD_ROW.mask));
    const type = table.readUInt32LE(at + FORWARD_ROW.type);
    if (name === undefined || prefix === undefined || type === INVALID) continue;
    found.push({ destination: dotted(FORWARD_ROW.destination), prefix, interface: name, viaGateway: type === INDIRECT });
  }
  return found;
}

/** The subnet of an address and prefix, as a route would name it. */
export function subnetOf(address: string, prefix: number): { first: number; last: number; text: string } {
  const size = 2 ** (32 - prefix);
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1, text: `${numberToIpv4(first)}/${prefix}` };
}
