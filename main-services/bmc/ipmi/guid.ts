/**
 * The system GUID (§22.14, §20.8). The specification wants its bytes from last to first, SMBIOS has the first three fields
 * turned, and some BMCs send it as it is written. Only a reading that alone makes a valid UUID is believed: a wrong UUID
 * would call the right machine a wrong one.
 */
export function uuidOf(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 16) return undefined;
  const readings = [[...bytes], [...bytes].reverse(), smbios([...bytes])].map(written);
  const valid = [...new Set(readings)].filter(isUuid);
  return valid.length === 1 ? valid[0] : undefined;
}

function smbios(bytes: readonly number[]): number[] {
  const turned = (from: number, to: number): number[] => bytes.slice(from, to).reverse();
  return [...turned(0, 4), ...turned(4, 6), ...turned(6, 8), ...bytes.slice(8)];
}

function written(bytes: readonly number[]): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Versions 1 to 5 and the variant of RFC 9562; the newer versions are not seen in firmware and would make readings ambiguous. */
function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text);
}
