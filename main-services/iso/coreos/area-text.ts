import type { CoreosAreas } from '../../../contract/inventory.ts';
import type { ByteSource } from '../source/byte-source.ts';

export type KargsAreas = NonNullable<CoreosAreas['kargs']>;

/** As coreos-installer has it (src/live/embed.rs): larger areas are not believed. */
export const MAX_KARGS = 2048;

/** What an area says: its text without the padding, the character that ends it and white space. */
export function areaText(bytes: Uint8Array, pad: string, end: string): string {
  let text = Buffer.from(bytes).toString('latin1');
  for (const filling of [pad, end]) {
    let length = text.length;
    while (length > 0 && text[length - 1] === filling) length -= 1;
    text = text.slice(0, length);
  }
  return text.trim();
}

/** All areas hold the same text; otherwise they are not what they are said to be, and must not be written to. */
export async function areasAgree(source: ByteSource, { size, areas }: KargsAreas, signal?: AbortSignal): Promise<boolean> {
  const texts = new Set<string>();
  for (const { offset, pad, end } of areas) {
    const bytes = await source.read(offset, size, signal);
    if (bytes.length < size) return false;
    texts.add(areaText(bytes, pad, end));
  }
  return texts.size === 1;
}
