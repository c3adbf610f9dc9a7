/**
 * Whether two RFC 4122 texts name one machine. SMBIOS before 2.6, some boards and some loaders write the first three groups
 * in the other byte order, so either order counts.
 */
export function sameUuid(a: string, b: string): boolean {
  const left = a.toLowerCase();
  const right = b.toLowerCase();
  return left === right || left === otherByteOrder(right);
}

function otherByteOrder(uuid: string): string {
  const [first = '', second = '', third = '', ...rest] = uuid.split('-');
  return [first, second, third].map(reverseBytes).concat(rest).join('-');
}

function reverseBytes(hex: string): string {
  return (hex.match(/../g) ?? []).reverse().join('');
}

/** Serial numbers and UUIDs that boards ship with when nobody filled them in; never an identity. */
export function isPlaceholderId(value: string): boolean {
  return /^(0+|f+|none|unknown|not specified|default string|to be filled by o\.?e\.?m\.?|system serial number|0123456789|123456789|n\/?a)?$/i.test(
    value.replaceAll('-', '').trim(),
  );
}
