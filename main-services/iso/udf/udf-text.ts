import { ucs2 } from '../iso9660/records.ts';

/** OSTA compressed Unicode (UDF 1.02 §2.1.1): the first byte says how many bits a character has. Undefined for anything else. */
export function decodeText(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return '';
  if (bytes[0] === 8) return bytes.toString('latin1', 1);
  if (bytes[0] === 16) return ucs2(bytes.subarray(1));
  return undefined;
}

export function encodeText(text: string): Buffer {
  if (/^[\0-\xff]*$/.test(text)) return Buffer.concat([Buffer.of(8), Buffer.from(text, 'latin1')]);
  return Buffer.concat([Buffer.of(16), Buffer.from(text, 'utf16le').swap16()]);
}

/** A dstring (UDF 1.02 §2.1.3): the last byte of the field says how many are used. */
export function decodeField(field: Buffer): string {
  const used = Math.min(field.at(-1) ?? 0, field.length - 1);
  return (decodeText(field.subarray(0, used)) ?? '').replace(/[\0 ]+$/, '');
}
