/** Which bytes a GET gets (RFC 9110 §14, with the choices of DESIGN decision 3). `last` is inclusive. */
export type RangeDecision = { kind: 'full' } | { kind: 'part'; first: number; last: number } | { kind: 'unsatisfiable' };

export interface Entity {
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  readonly lastModified: string;
}

/**
 * One valid range is a part, its end clamped: nbdkit asks one byte too many. Several ranges, an unknown unit or an If-Range
 * that does not match are the full file, which RFC 9110 allows. A start behind the end, `-0`, reversed or malformed numbers
 * are unsatisfiable. Numbers of any length and lists of any length are cheap.
 */
export function decideRange(range: string | undefined, ifRange: string | undefined, entity: Entity): RangeDecision {
  if (range === undefined) return { kind: 'full' };
  const [head = '', unit = '', equals = ''] = /^\s*([^\s=]*)\s*(=?)/.exec(range) ?? [];
  if (unit.toLowerCase() !== 'bytes' || (ifRange !== undefined && !matches(ifRange, entity))) return { kind: 'full' };
  const spec = equals === '' ? '' : onlyElement(range.slice(head.length));
  return spec === undefined ? { kind: 'full' } : decideSpec(spec, entity.size);
}

/** The only element of a list that may have empty ones; undefined when there are several. Looks no further than the second. */
function onlyElement(list: string): string | undefined {
  let only = '';
  for (let at = 0; at <= list.length;) {
    const comma = list.indexOf(',', at);
    const end = comma === -1 ? list.length : comma;
    const element = list.slice(at, end).trim();
    if (element !== '' && only !== '') return undefined;
    if (element !== '') only = element;
    at = end + 1;
  }
  return only;
}

function decideSpec(spec: string, size: number): RangeDecision {
  const match = /^(\d*)-(\d*)$/.exec(spec);
  const [first = '', last = ''] = match?.slice(1) ?? [];
  if (first === '' && last === '') return { kind: 'unsatisfiable' };
  if (first === '') return part(Math.max(0, size - Number(last)), size - 1, size);
  return part(Number(first), last === '' ? size - 1 : Number(last), size);
}

/** Numbers over 2^53 lose digits, or become Infinity, but stay larger than any file. */
function part(first: number, last: number, size: number): RangeDecision {
  if (first >= size || last < first) return { kind: 'unsatisfiable' };
  return { kind: 'part', first, last: Math.min(last, size - 1) };
}

/** Strong comparison: a weak ETag never matches, a date only when it is the very same. */
function matches(ifRange: string, { etag, lastModified }: Entity): boolean {
  const value = ifRange.trim();
  return value === etag || value === lastModified;
}

/** What If-Match and If-None-Match make of a request, before its range is looked at. */
export function precondition(ifMatch: string | undefined, ifNoneMatch: string | undefined, etag: string): 'go' | 'not-modified' | 'failed' {
  if (ifMatch !== undefined && !lists(ifMatch, etag)) return 'failed';
  if (ifNoneMatch !== undefined && lists(ifNoneMatch.replaceAll('W/', ''), etag)) return 'not-modified';
  return 'go';
}

function lists(header: string, etag: string): boolean {
  return header.trim() === '*' || header.split(',').some((value) => value.trim() === etag);
}
