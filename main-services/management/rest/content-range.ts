import { BootbenchError } from '../../../contract/errors.ts';

/** Which bytes of the ISO a body holds; without `range` it is the whole ISO. `end` is exclusive. */
export interface BodyPlace {
  readonly size: number;
  readonly range?: { readonly start: number; readonly end: number };
}

/**
 * RFC 9110 §14.4 as a PUT sends it (§14.5): `bytes first-last/total`, both ends counted, total known. Without it the body is
 * the whole ISO and Content-Length its size. E_BAD_INPUT says what is wrong.
 */
export function bodyPlace(contentRange: string | undefined, contentLength: string | undefined): BodyPlace {
  const length = contentLength === undefined ? undefined : numberOf(contentLength, 'Content-Length');
  if (contentRange === undefined) {
    if (length === undefined) throw new BootbenchError('E_BAD_INPUT', 'Content-Length or Content-Range is required.');
    if (length === 0) throw new BootbenchError('E_BAD_INPUT', 'The body is empty.');
    return { size: length };
  }
  const [, first = '', last = '', total = ''] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange.trim()) ?? [];
  if (total === '') throw new BootbenchError('E_BAD_INPUT', 'Content-Range: expected "bytes first-last/total" with numbers.');
  const [start, end, size] = [first, last, total].map((text) => numberOf(text, 'Content-Range')) as [number, number, number];
  if (start > end || end >= size)
    throw new BootbenchError('E_BAD_INPUT', `Content-Range: ${start}-${end} is not a valid range of ${size} bytes.`);
  if (length !== undefined && length !== end - start + 1)
    throw new BootbenchError('E_BAD_INPUT', `Content-Length is ${length}, but the range has ${end - start + 1} bytes.`);
  return { size, range: { start, end: end + 1 } };
}

function numberOf(text: string, header: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new BootbenchError('E_BAD_INPUT', `${header}: ${text.slice(0, 40)} is not a valid number.`);
  return value;
}
