import type { CoreosAreas } from '../../../contract/inventory.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { areasAgree, areaText, MAX_KARGS, type KargsAreas } from './area-text.ts';

/** The last bytes of the ISO's system area: 72 about arguments, then 24 about Ignition (coreos-installer src/live/embed.rs). */
const HEADERS = { offset: 32_672, kargs: 72, ignition: 24 };
const MOST_AREAS = 6;

/** The areas for arguments that the system area names. */
export async function legacyKargs(source: ByteSource, signal?: AbortSignal): Promise<KargsAreas | undefined> {
  const header = Buffer.from(await source.read(HEADERS.offset, HEADERS.kargs, signal));
  if (header.length < HEADERS.kargs || header.toString('latin1', 0, 8) !== 'coreKarg') return undefined;
  const [size = 0, text = 0, ...rest] = numbers(header.subarray(8));
  const none = rest.indexOf(0);
  const offsets = rest.slice(0, none < 0 ? MOST_AREAS : none);
  if (size > MAX_KARGS || [text, ...offsets].some((offset) => offset + size > source.size)) return undefined;
  const areas = offsets.map((offset) => ({ offset, pad: '#', end: '\n' }));
  const initial = areaText(await source.read(text, size, signal), '#', '\n');
  const found = { size, default: initial, areas };
  return (await areasAgree(source, found, signal)) ? found : undefined;
}

/** The area for an Ignition config that the system area names. */
export async function legacyIgnition(source: ByteSource, signal?: AbortSignal): Promise<CoreosAreas['ignition']> {
  const header = Buffer.from(await source.read(HEADERS.offset + HEADERS.kargs, HEADERS.ignition, signal));
  if (header.length < HEADERS.ignition || header.toString('latin1', 0, 8) !== 'coreiso+') return undefined;
  const [offset = 0, length = 0] = numbers(header.subarray(8));
  return offset + length <= source.size ? { offset, length } : undefined;
}

function numbers(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 8 }, (_, index) => Number(bytes.readBigUInt64LE(8 * index)));
}
