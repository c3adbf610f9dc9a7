/** Which bytes a GET gets (RFC 9110 §14; docs/design.md has the choices it leaves). `last` is inclusive. */
export type RangeDecision = { kind: 'full' } | { kind: 'part'; first: number; last: number } | { kind: 'unsatisfiable' };

export interface Entity {
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  readonly lastModified: string;
}

/**
 * One valid range is a part, its end clamped: nbdkit requests one byte too many. Several ranges, an unknown unit or an If-Range
 * that does not match are the full file, which RFC 9110 allows. A start behind the end, `-0`, reversed or malformed numbers
 * are unsatisfiable. Numbers of any length and lists of any length are cheap. `userAgent`: iPXE's negative offsets are understood.
 */
export function decideRange(range: string | undefined, ifRange: string | undefined, entity: Entity, userAgent = ''): RangeDecision {
  if (range === undefined) return { kind: 'full' };
  const plain = ifRange === undefined ? PLAIN.exec(range) : null;
  return plain ? part(Number(plain[1]), Number(plain[2]), entity.size) : decideAny(range, ifRange, entity, userAgent);
}

/** What nearly every client sends. */
const PLAIN = /^bytes=(\d{1,15})-(\d{1,15})$/;

function decideAny(range: string, ifRange: string | undefined, entity: Entity, userAgent: string): RangeDecision {
  const [head = '', unit = '', equals = ''] = /^\s*([^\s=]*)\s*(=?)/.exec(range) ?? [];
  if (unit.toLowerCase() !== 'bytes' || (ifRange !== undefined && !matches(ifRange, entity))) return { kind: 'full' };
  const spec = equals === '' ? '' : onlyElement(range.slice(head.length));
  if (spec === undefined) return { kind: 'full' };
  return (isIpxe(userAgent) ? wrappedRange(spec, entity.size) : undefined) ?? decideSpec(spec, entity.size);
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

export function isIpxe(userAgent: string): boolean {
  return userAgent.startsWith('iPXE/');
}

/**
 * A range as 32-bit builds of iPXE write it: `size_t` offsets printed as signed numbers, so negative from 2 GiB on (`%zd` in
 * src/net/tcp/httpcore.c; ipxe/ipxe#767, bootimus#56). They count modulo 2^32, so they name bytes of files under 4 GiB only.
 */
function wrappedRange(spec: string, size: number): RangeDecision | undefined {
  const [, first = '', last = ''] = /^(-?\d{1,10})-(-?\d{1,10})$/.exec(spec) ?? [];
  const from = unsigned(first);
  const to = unsigned(last);
  if (from === undefined || to === undefined || (Number(first) >= 0 && Number(last) >= 0)) return undefined;
  if (size >= WRAP) return { kind: 'unsatisfiable' };
  // The range goes over 4 GiB, where no such file has bytes.
  return part(from, to < from && Number(last) >= 0 ? size - 1 : to, size);
}

const WRAP = 2 ** 32;

/** A signed number of 32 bits as an unsigned one. */
function unsigned(text: string): number | undefined {
  const value = Number(text);
  if (text === '' || value < -(2 ** 31) || value >= 2 ** 31) return undefined;
  return value < 0 ? value + WRAP : value;
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

/** What If-Match and If-None-Match make of a request, before its range is decided. */
export function precondition(ifMatch: string | undefined, ifNoneMatch: string | undefined, etag: string): 'go' | 'not-modified' | 'failed' {
  if (ifMatch !== undefined && !lists(ifMatch, etag)) return 'failed';
  if (ifNoneMatch !== undefined && lists(ifNoneMatch.replaceAll('W/', ''), etag)) return 'not-modified';
  return 'go';
}

function lists(header: string, etag: string): boolean {
  return header.trim() === '*' || header.split(',').some((value) => value.trim() === etag);
}
