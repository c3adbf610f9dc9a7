import { isMachineMac } from '../../contract/primitives.ts';

/** Which MAC has which address on one NIC; MACs in lower-case with colons. Only entries that a machine has answered for. */
export type NeighbourTable = ReadonlyMap<string, string>;

/** ARPHRD_ETHER: InfiniBand (0x20) shows the first 6 bytes of 20, which are not a MAC. */
const ETHERNET = 1;
/** ATF_COM of <net/if_arp.h>: the entry is complete. A permanent one has it in addition to ATF_PERM (0x4). */
const ATF_COM = 0x2;

/** /proc/net/arp of Linux: address, hardware type, flags, MAC, mask, device. */
export function parseProcArp(text: string, nic: string): NeighbourTable {
  const found = new Map<string, string>();
  for (const line of text.split('\n').slice(1)) {
    const [address, type, flags, mac, , device] = line.trim().split(/\s+/);
    if (address === undefined || device !== nic || Number(type) !== ETHERNET || (Number(flags) & ATF_COM) === 0) continue;
    const machine = machineMac(mac);
    if (machine !== undefined) found.set(address, machine);
  }
  return found;
}

/**
 * `arp -an` of macOS, such as `? (192.168.77.20) at 52:54:0:a:b:c on en5 ifscope [ethernet]`: bytes of the MAC are without leading zeros.
 * A published entry is an address that this computer answers for itself.
 */
export function parseMacosArp(text: string, nic: string): NeighbourTable {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, address, mac, device, rest = ''] = /^\S+ \(([\d.]+)\) at (\S+) on (\S+)(.*)$/.exec(line) ?? [];
    if (address === undefined || device !== nic || rest.includes('published')) continue;
    const machine = machineMac(mac);
    if (machine !== undefined) found.set(address, machine);
  }
  return found;
}

/** MIB_IPNETROW: index, length of the MAC, 8 bytes for it, the address in network order, type; four little-endian DWORDs. */
const ROW = 24;
/** MIB_IPNET_TYPE. Windows gives an address that did not answer type 2 (invalid); Wine gives it type 3 with a MAC of zeros. */
const DYNAMIC = 3;
const STATIC = 4;

/** MIB_IPNETTABLE of GetIpNetTable (iphlpapi): the number of rows as a DWORD, then the rows. */
export function parseIpNetTable(bytes: Uint8Array, index: number): NeighbourTable {
  const found = new Map<string, string>();
  const table = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = table.length < 4 ? 0 : Math.min(table.readUInt32LE(0), Math.floor((table.length - 4) / ROW));
  for (let at = 4; at < 4 + rows * ROW; at += ROW) {
    const type = table.readUInt32LE(at + 20);
    if (table.readUInt32LE(at) !== index || table.readUInt32LE(at + 4) !== 6 || (type !== DYNAMIC && type !== STATIC)) continue;
    const mac = machineMac([...table.subarray(at + 8, at + 14)].map((byte) => byte.toString(16)).join(':'));
    if (mac !== undefined) found.set(table.subarray(at + 16, at + 20).join('.'), mac);
  }
  return found;
}

/** A MAC that one machine can have, with leading zeros filled in: not of zeros, not multicast, not broadcast. */
function machineMac(text: string | undefined): string | undefined {
  if (text === undefined || !/^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(text)) return undefined;
  const mac = text
    .split(':')
    .map((byte) => byte.padStart(2, '0'))
    .join(':')
    .toLowerCase();
  return isMachineMac(mac) ? mac : undefined;
}
