export type TextPair = readonly [key: string, value: string];
/** Key=value pairs of login and text PDUs, each ended by NUL (RFC 7143 §6.1), in the order in which they came. */
export type TextPairs = readonly TextPair[];

/** Undefined where a part has no `=`, or a key is empty or longer than 63 bytes. */
export function decodeText(bytes: Uint8Array): TextPairs | undefined {
  const pairs: [string, string][] = [];
  for (const part of Buffer.from(bytes).toString('utf8').split('\0')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    if (at < 1 || at > 63) return undefined;
    pairs.push([part.slice(0, at), part.slice(at + 1)]);
  }
  return pairs;
}

export function encodeText(pairs: TextPairs): Buffer {
  return Buffer.from(pairs.map(([key, value]) => `${key}=${value}\0`).join(''));
}

/** A number of a text key: decimal, or hexadecimal after 0x. Undefined for anything else. */
export function numberOf(value: string): number | undefined {
  if (!/^(?:\d{1,10}|0[xX][0-9a-fA-F]{1,8})$/.test(value)) return undefined;
  return Number(value);
}
