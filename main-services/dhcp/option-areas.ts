import { OPTION } from './codes.ts';
import { joined } from './options.ts';
import type { DhcpOptions } from './options.ts';

/** The three fields of a message that may contain options (RFC 2132 §9.3). */
export interface Areas {
  readonly main: Uint8Array;
  readonly file: Uint8Array;
  readonly sname: Uint8Array;
}

export type DecodedOptions =
  { kind: 'options'; options: DhcpOptions; overloaded: { file: boolean; sname: boolean } } | { kind: 'malformed'; reason: string };

type Parts = Map<number, Uint8Array[]>;

/**
 * Reads the option area, then `file` and `sname` when option 52 says that they contain options, in this order (RFC 3396 §5).
 * The parts of a code that appears more than once are one value. A 52 inside `file` or `sname` means nothing, so nothing can loop.
 */
export function decodeOptions(areas: Areas): DecodedOptions {
  const parts: Parts = new Map();
  const main = readArea(areas.main, 'options', parts);
  if (main) return { kind: 'malformed', reason: main };
  const overload = parts.get(OPTION.overload)?.[0]?.[0] ?? 0;
  parts.delete(OPTION.overload);
  const overloaded = { file: (overload & 1) !== 0, sname: (overload & 2) !== 0 };
  const problem =
    (overloaded.file ? readArea(areas.file, 'file', parts) : undefined) ??
    (overloaded.sname ? readArea(areas.sname, 'sname', parts) : undefined);
  if (problem) return { kind: 'malformed', reason: problem };
  const options = new Map([...parts].map(([code, pieces]) => [code, wholeOf(pieces)] as const));
  if (overloaded.file || overloaded.sname) options.delete(OPTION.overload);
  return { kind: 'options', options, overloaded };
}

/** Adds the options to `parts`; returns what is malformed, if anything. A missing end mark at the end is common, and accepted. */
function readArea(area: Uint8Array, name: string, parts: Parts): string | undefined {
  let at = 0;
  while (at < area.length) {
    const code = area[at] ?? OPTION.end;
    if (code === OPTION.end) return undefined;
    at += 1;
    if (code === OPTION.pad) continue;
    const length = area[at];
    if (length === undefined) return `option ${code} in ${name} has no length`;
    const data = area.subarray(at + 1, at + 1 + length);
    if (data.length < length) return `option ${code} in ${name} claims ${length} bytes, but ${data.length} are left`;
    const pieces = parts.get(code);
    if (pieces) pieces.push(data);
    else parts.set(code, [data]);
    at += 1 + length;
  }
  return undefined;
}

function wholeOf(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(joined(pieces));
}
