/**
 * UUIDs and serial numbers that do not identify a machine, because a manufacturer left them at a default. They are recognised by their
 * shape, so that defaults which are not listed here are recognised too.
 */

/** A UUID as 32 lower-case hex digits, whatever its dashes, braces or `urn:uuid:`; undefined for anything else. */
function digitsOf(uuid: string): string | undefined {
  const digits = uuid
    .toLowerCase()
    .replace(/^urn:uuid:/, '')
    .replace(/[-{}\s]/g, '');
  return /^[0-9a-f]{32}$/.test(digits) ? digits : undefined;
}

/** The RFC 9562 text of a UUID, in lower case; undefined for what is not a UUID. */
export function uuidText(uuid: string): string | undefined {
  const digits = digitsOf(uuid);
  return digits && dashed(digits);
}

function dashed(digits: string): string {
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
}

/**
 * The byte orders in which one UUID is met: as RFC 9562 has it; with the first three fields turned (SMBIOS before 2.6, DSP0134 §7.2.1;
 * Supermicro's Redfish, metal-stack/go-hal#57); all bytes reversed (IPMI §20.8).
 */
function readings(digits: string): string[] {
  const bytes = pairs(digits);
  const turned = [...bytes.slice(0, 4).reverse(), ...bytes.slice(4, 6).reverse(), ...bytes.slice(6, 8).reverse(), ...bytes.slice(8)];
  return [digits, turned.join(''), [...bytes].reverse().join('')];
}

function pairs(digits: string): string[] {
  return digits.match(/../g) ?? [];
}

/** Whether two texts are one UUID, in any byte order. Texts that are not UUIDs are equal only as texts. */
export function sameUuid(a: string, b: string): boolean {
  const [left, right] = [digitsOf(a), digitsOf(b)];
  if (left === undefined || right === undefined) return a.trim().toLowerCase() === b.trim().toLowerCase();
  return readings(right).includes(left) || readings(left).includes(right);
}

/** Serial numbers are compared without case and without the space around and inside them. */
export function sameSerial(a: string, b: string): boolean {
  return plainSerial(a) === plainSerial(b);
}

function plainSerial(serial: string): string {
  return serial.replace(/\s+/g, '').toLowerCase();
}

/** Whether a UUID is a manufacturer's default, or not a UUID at all. */
export function isFillInUuid(uuid: string): boolean {
  const digits = digitsOf(uuid);
  return digits === undefined || readings(digits).some(isPattern);
}

function isPattern(digits: string): boolean {
  const bytes = pairs(digits);
  const most = Math.max(...bytes.map((byte) => bytes.filter((other) => other === byte).length));
  // 00…00, ff…ff, 10000000-0000-…
  if (most >= bytes.length - 1 || new Set(digits).size <= 2) return true;
  // fefefefe-…, deadbeef-dead-beef-…
  if ([1, 2, 4, 8].some((length) => digits === digits.slice(0, length).repeat(32 / length))) return true;
  // 11111111-2222-3333-4444-555555555555
  if (
    dashed(digits)
      .split('-')
      .every((group) => new Set(group).size === 1)
  )
    return true;
  // 00020003-0004-0005-0006-000700080009, 00010203-0405-…: 16-bit words that count up.
  const words = (digits.match(/.{4}/g) ?? []).map((word) => Number.parseInt(word, 16));
  const steps = new Set(words.slice(1).map((word, index) => (word - (words[index] ?? 0) + 0x1_0000) % 0x1_0000));
  if (steps.size === 1) return true;
  // 12345678-1234-5678-90ab-cddeefaabbcc: two thirds of its digits follow the one before.
  return countUp(digits) >= 21;
}

const TYPED = ['0123456789abcdefghijklmnopqrstuvwxyz', '90'];

/** How many characters follow the one before them, as typed along a keyboard: 8 9 0, 9 a, e f. */
function countUp(characters: string): number {
  let count = 0;
  for (let index = 1; index < characters.length; index += 1) {
    if (TYPED.some((run) => run.includes(characters.slice(index - 1, index + 1)))) count += 1;
  }
  return count;
}

/** What boards and hypervisors print where a serial number was never written. */
const WORDS =
  /^(none|unknown|undefined|invalid|empty|null|na|nil|oem|tbd|default(string)?|test|serial(number|no)?|sn|(system|chassis|base ?board|board|product)(serial)?(number|no)?|not(specified|applicable|available|present|provided|defined|set|settable)|(to)?befilled(by)?(oem)?|enterserial(number)?|badindex|filledbyoem|oemserial(number)?|x+)$/;

/** Whether a serial number is a manufacturer's default: no letters or digits, a word, one repeated character, or a count. */
export function isFillInSerial(serial: string): boolean {
  const plain = serial.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (plain === '' || WORDS.test(plain) || new Set(plain).size === 1) return true;
  return countUp(plain) === plain.length - 1 && plain.length >= (/^\d+$/.test(plain) ? 4 : 6);
}
