/** Values that no document should have in most places. */
const ODD: readonly unknown[] = [
  null,
  0,
  -1,
  1e308,
  '',
  'a',
  [],
  {},
  [null],
  [[]],
  true,
  false,
  '/redfish/v1',
  '//other/x',
  'http://[',
  'Ready',
  '\0',
  '‮',
  'a'.repeat(300),
  ' 1 ',
  '../../x',
  { '@odata.id': '/redfish/v1/Systems/1' },
  { '@odata.id': 5 },
  [{}, {}, 5],
  2 ** 53,
  '999999999999999999999',
  { a: { b: { c: {} } } },
  'true',
  'null',
  'off',
  '__proto__',
  undefined,
];

/**
 * A copy of a document with edits: two bytes choose a place in it (by its number, in order), one what is there instead: an odd value, a value
 * from elsewhere in the document, or nothing.
 */
export function editedJson(document: unknown, input: Uint8Array): unknown {
  const copy = { root: structuredClone(document) };
  for (let at = 0; at + 2 < input.length && at < 96; at += 3) {
    const places = placesOf(copy);
    const place = places[(((input[at] ?? 0) << 8) | (input[at + 1] ?? 0)) % places.length];
    const other = places[(input[at + 2] ?? 0) % places.length];
    if (!place || !other) break;
    const choice = input[at + 2] ?? 0;
    if (choice < 128) place.holder[place.key] = structuredClone(ODD[choice % ODD.length]);
    else if (choice < 192) place.holder[place.key] = structuredClone(other.holder[other.key]);
    else if (choice < 224) Reflect.deleteProperty(place.holder, place.key);
    else Object.assign(place.holder, { [other.key]: structuredClone(place.holder[place.key]) });
  }
  return copy.root;
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

const MOST_PLACES = 4000;

function placesOf(document: object): Place[] {
  const found: Place[] = [];
  const waiting: object[] = [document];
  for (let holder = waiting.shift(); holder && found.length < MOST_PLACES; holder = waiting.shift()) {
    for (const [key, value] of Object.entries(holder) as [string, unknown][]) {
      found.push({ holder: holder as Record<string, unknown>, key });
      if (typeof value === 'object' && value !== null) waiting.push(value);
    }
  }
  return found;
}

/** A document as JSON; nothing for what has no JSON. */
export function jsonBytes(document: unknown): Buffer {
  const text = JSON.stringify(document) as string | undefined;
  return Buffer.from(text ?? '');
}
