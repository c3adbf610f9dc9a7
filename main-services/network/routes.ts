import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { netmaskToPrefix, numberToIpv4 } from '../../contract/primitives.ts';

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
    const { stdout } = await run('powershell', ['-NoProfile', '-Command', WINDOWS_ROUTES], { timeout: 20_000 });
    return parseWindowsRoutes(stdout);
  } catch {
    return [];
  }
}

const WINDOWS_ROUTES =
  'Get-NetRoute -AddressFamily IPv4 | Select-Object DestinationPrefix,InterfaceAlias,NextHop | ConvertTo-Json -Compress';

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

/** The JSON of Get-NetRoute; one object instead of a list when there is one route. */
export function parseWindowsRoutes(text: string): KernelRoute[] {
  const parsed: unknown = JSON.parse(text);
  const rows = (Array.isArray(parsed) ? parsed : [parsed]) as {
    DestinationPrefix?: string;
    InterfaceAlias?: string;
    NextHop?: string;
  }[];
  const found: KernelRoute[] = [];
  for (const row of rows) {
    const [destination, prefix] = (row.DestinationPrefix ?? '').split('/');
    if (!destination || prefix === undefined || row.InterfaceAlias === undefined) continue;
    const viaGateway = row.NextHop !== undefined && row.NextHop !== '0.0.0.0';
    found.push({ destination, prefix: Number(prefix), interface: row.InterfaceAlias, viaGateway });
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
