import type { ClasslessRoute } from '../../../main-services/dhcp/option-routes.ts';
import { chunks, ipText, type DhcpOptions } from '../../../main-services/dhcp/options.ts';
import { asBuffer } from '../../../util/text.ts';

/** Readers of options that only the server writes: independent of its encoders, so that tests can check them. */

const MAX_NAME_BYTES = 255;

export function uint32Of(options: DhcpOptions, code: number): number | undefined {
  const data = options.get(code);
  return data?.length === 4 ? asBuffer(data).readUInt32BE(0) : undefined;
}

export function ipsOf(options: DhcpOptions, code: number): string[] | undefined {
  const data = options.get(code);
  if (!data || data.length === 0 || data.length % 4 !== 0) return undefined;
  return chunks(data, 4).map(ipText);
}

/** Option 121 (RFC 3442): prefix length, as many bytes of the network as it needs, router. Undefined when the bytes do not fit. */
export function decodeRoutes(data: Uint8Array): ClasslessRoute[] | undefined {
  const routes: ClasslessRoute[] = [];
  let at = 0;
  while (at < data.length) {
    const prefix = data[at] ?? 33;
    const significant = Math.ceil(prefix / 8);
    const end = at + 1 + significant + 4;
    if (prefix > 32 || end > data.length) return undefined;
    const network = new Uint8Array(4);
    network.set(data.subarray(at + 1, at + 1 + significant));
    routes.push({ destination: `${ipText(network)}/${prefix}`, router: ipText(data.subarray(end - 4, end)) });
    at = end;
  }
  return routes;
}

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
    if (length > 63 || label.length < length || size > MAX_NAME_BYTES) return undefined;
    labels.push(Buffer.from(label).toString('latin1'));
    at += 1 + length;
  }
}
