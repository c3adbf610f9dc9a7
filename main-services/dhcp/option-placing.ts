import { OPTION } from './codes.ts';
import { chunks, joined } from './options.ts';
import type { DhcpOptions } from './options.ts';

/** Free bytes of each area. */
interface Capacity {
  readonly main: number;
  readonly file: number;
  readonly sname: number;
}

interface Placed {
  readonly main: Uint8Array;
  readonly file: Uint8Array;
  readonly sname: Uint8Array;
  readonly dropped: number[];
}

/** One end mark. */
const END = Uint8Array.of(OPTION.end);
/** Option 52 with its value. */
const OVERLOAD_SIZE = 3;

/**
 * Places options in the option area, in their order; when they do not fit there, each goes undivided into the first area with enough space.
 * Option 82 comes last in the option area, where relays expect it to remove it (RFC 3046 §2.1), or is dropped where it does not fit whole (§2.2).
 */
export function placeOptions(options: DhcpOptions, capacity: Capacity): Placed {
  const encoded = [...options].filter(([code]) => isOrdinary(code)).map(([code, data]) => [code, encodeOption(code, data)] as const);
  const relayInfo = options.get(OPTION.relayInfo);
  const relay = relayInfo && encodeOption(OPTION.relayInfo, relayInfo);
  const isRelayKept = relay !== undefined && relay.length + END.length + OVERLOAD_SIZE <= capacity.main;
  const tail = isRelayKept ? joined([relay, END]) : END;
  const lost = relay === undefined || isRelayKept ? [] : [OPTION.relayInfo];
  const simple = joined([...encoded.map(([, bytes]) => bytes), tail]);
  if (simple.length <= capacity.main) return { main: simple, file: new Uint8Array(), sname: new Uint8Array(), dropped: lost };

  const main = openArea(capacity.main - tail.length - OVERLOAD_SIZE);
  const file = openArea(capacity.file - END.length);
  const sname = openArea(capacity.sname - END.length);
  const dropped = encoded.filter(([, bytes]) => ![main, file, sname].some((area) => area.take(bytes))).map(([code]) => code);
  const overload = (file.used() ? 1 : 0) | (sname.used() ? 2 : 0);
  const overloadOption = overload === 0 ? [] : [Uint8Array.of(OPTION.overload, 1, overload)];
  return {
    main: joined([...main.parts, ...overloadOption, tail]),
    file: file.used() ? joined([...file.parts, END]) : new Uint8Array(),
    sname: sname.used() ? joined([...sname.parts, END]) : new Uint8Array(),
    dropped: [...dropped, ...lost],
  };
}

/** A value over 255 bytes is split into several options of the same code (RFC 3396 §4). */
function encodeOption(code: number, data: Uint8Array): Uint8Array {
  const pieces = data.length === 0 ? [data] : chunks(data, 255);
  return joined(pieces.flatMap((piece) => [Uint8Array.of(code, piece.length), piece]));
}

function isOrdinary(code: number): boolean {
  return code !== OPTION.pad && code !== OPTION.end && code !== OPTION.overload && code !== OPTION.relayInfo;
}

function openArea(capacity: number) {
  const parts: Uint8Array[] = [];
  let left = capacity;
  return {
    parts,
    used: () => parts.length > 0,
    take(bytes: Uint8Array): boolean {
      if (bytes.length > left) return false;
      parts.push(bytes);
      left -= bytes.length;
      return true;
    },
  };
}
