import { joined } from './options.ts';

const LONGEST_NAME = 255;

/**
 * Option 119 (RFC 3397): DNS names in wire form, with compression pointers into the option itself. Undefined when a label or a
 * pointer leads outside. A pointer must point before the name it is in, so following them ends.
 */
export function decodeDomainSearch(data: Uint8Array): string[] | undefined {
  const names: string[] = [];
  let at = 0;
  while (at < data.length) {
    const name = readName(data, at);
    if (!name) return undefined;
    names.push(name.text);
    at = name.next;
  }
  return names;
}

function readName(data: Uint8Array, start: number): { text: string; next: number } | undefined {
  const labels: string[] = [];
  let at = start;
  let lowest = start;
  let next: number | undefined;
  let size = 0;
  for (;;) {
    const length = data[at];
    if (length === undefined) return undefined;
    if (length === 0) return { text: labels.join('.'), next: next ?? at + 1 };
    if (length >= 0xc0) {
      const low = data[at + 1];
      const target = ((length & 0x3f) << 8) | (low ?? 0);
      if (low === undefined || target >= lowest) return undefined;
      next ??= at + 2;
      lowest = target;
      at = target;
      continue;
    }
    const label = data.subarray(at + 1, at + 1 + length);
    size += length + 1;
    if (length > 63 || label.length < length || size > LONGEST_NAME) return undefined;
    labels.push(Buffer.from(label).toString('latin1'));
    at += 1 + length;
  }
}

/** Without compression. A name that DNS could not carry (an empty or too long label) is left out. */
export function encodeDomainSearch(names: readonly string[]): Uint8Array {
  return joined(names.map((name) => name.replace(/\.$/, '').split('.')).flatMap((labels) => (isName(labels) ? [wireForm(labels)] : [])));
}

function isName(labels: readonly string[]): boolean {
  return labels.every((label) => label.length >= 1 && label.length <= 63) && labels.join('.').length < LONGEST_NAME - 1;
}

function wireForm(labels: readonly string[]): Uint8Array {
  const parts = labels.flatMap((label) => [Uint8Array.of(label.length), Buffer.from(label, 'latin1')]);
  return joined([...parts, Uint8Array.of(0)]);
}
