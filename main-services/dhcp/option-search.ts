import { joined } from './options.ts';

const MAX_NAME_BYTES = 255;

/** Option 119 (RFC 3397): DNS names in wire form, without compression. A name that DNS cannot carry (an empty or too long label) is left out. */
export function encodeDomainSearch(names: readonly string[]): Uint8Array {
  return joined(names.map((name) => name.replace(/\.$/, '').split('.')).flatMap((labels) => (isName(labels) ? [wireForm(labels)] : [])));
}

function isName(labels: readonly string[]): boolean {
  return labels.every((label) => label.length >= 1 && label.length <= 63) && labels.join('.').length < MAX_NAME_BYTES - 1;
}

function wireForm(labels: readonly string[]): Uint8Array {
  const parts = labels.flatMap((label) => [Uint8Array.of(label.length), Buffer.from(label, 'latin1')]);
  return joined([...parts, Uint8Array.of(0)]);
}
