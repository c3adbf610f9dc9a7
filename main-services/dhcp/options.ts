import { MESSAGE_TYPES, OPTION } from './codes.ts';
import type { MessageType } from './codes.ts';
import { asBuffer, withoutEnd } from '../../util/text.ts';

/**
 * Options as raw bytes by code, in the order in which each code first appeared. Unknown options are included, so nothing that
 * a client sends is lost; the getters below return undefined where the bytes do not fit the type.
 */
export type DhcpOptions = ReadonlyMap<number, Uint8Array>;

export function messageTypeOf(options: DhcpOptions): MessageType | undefined {
  const code = byteOf(options, OPTION.messageType);
  return code === undefined ? undefined : MESSAGE_TYPES[code - 1];
}

export function byteOf(options: DhcpOptions, code: number): number | undefined {
  const data = options.get(code);
  return data?.length === 1 ? data[0] : undefined;
}

export function uint16Of(options: DhcpOptions, code: number): number | undefined {
  const data = options.get(code);
  return data?.length === 2 ? asBuffer(data).readUInt16BE(0) : undefined;
}

export function ipOf(options: DhcpOptions, code: number): string | undefined {
  const data = options.get(code);
  return data?.length === 4 ? ipText(data) : undefined;
}

/** Text without the NULs that some firmware sends after it. Latin-1, so no byte can be invalid. */
export function textOf(options: DhcpOptions, code: number): string | undefined {
  const data = options.get(code);
  return data && withoutEnd(asBuffer(data).toString('latin1'), '\0');
}

/** Option 55. A 0 in the list is data: AAVMF's HTTP client asks for option 0 where the x86-64 build asks for 243. */
export function parameterListOf(options: DhcpOptions): number[] {
  return [...(options.get(OPTION.parameterList) ?? [])];
}

export const byteValue = (value: number): Uint8Array => Uint8Array.of(value);

export function uint16Value(value: number): Uint8Array {
  return Uint8Array.of((value >>> 8) & 0xff, value & 0xff);
}

export function uint32Value(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export const ipValue = (address: string): Uint8Array => Uint8Array.from(address.split('.'), Number);

export const ipsValue = (addresses: readonly string[]): Uint8Array => joined(addresses.map(ipValue));

export const textValue = (text: string): Uint8Array => Buffer.from(text, 'latin1');

export const typeValue = (type: MessageType): Uint8Array => byteValue(MESSAGE_TYPES.indexOf(type) + 1);

/** Sub-options as in 43, 82 and 175. Undefined when a length runs over the end. */
export function subOptions(data: Uint8Array): DhcpOptions | undefined {
  const found = new Map<number, Uint8Array>();
  let at = 0;
  while (at < data.length) {
    const code = data[at] ?? OPTION.end;
    if (code === OPTION.end) break;
    if (code === OPTION.pad) {
      at += 1;
      continue;
    }
    const length = data[at + 1];
    if (length === undefined || at + 2 + length > data.length) return undefined;
    found.set(code, data.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found;
}

export function ipText(bytes: Uint8Array): string {
  return bytes.join('.');
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

export function chunks(data: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(data.length / size) }, (_, index) => data.subarray(index * size, (index + 1) * size));
}
