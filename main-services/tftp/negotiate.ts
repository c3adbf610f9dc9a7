import type { Options } from './codec.ts';

export interface Negotiated {
  /** Bytes per block. */
  readonly blksize: number;
  /** Blocks per acknowledgement. */
  readonly windowsize: number;
  /** The longest wait between retransmissions in milliseconds, where the client requested one. */
  readonly timeout?: number;
  /** What goes into the OACK; none = no OACK. */
  readonly accepted: Options;
}

export interface Link {
  /** Bytes of the NIC's largest IP packet. */
  readonly mtu: number;
  /** Bytes of the file; undefined when unknown, then tsize is not answered. */
  readonly size: number | undefined;
}

const DEFAULT_BLKSIZE = 512;
const MIN_BLKSIZE = 8;
const MAX_BLKSIZE = 65464;
/** IPv4 (20), UDP (8) and TFTP (4) headers: a larger block would be fragmented, and boot ROMs cannot reassemble it. */
const HEADERS = 32;
export const MAX_WINDOWSIZE = 64;
/**
 * Bytes in flight to one client. A receive buffer of Linux's default size (212,992 bytes, of which an 8 KiB packet takes 16.6 KB) overflows with
 * more, and each lost end of a window costs a timeout. One segmented send takes 65,507.
 */
export const MAX_WINDOW_BYTES = 64_000;

/**
 * Which of the client's options are accepted. An option that is unknown, repeated or has a value outside its RFC is left
 * out of the answer, which means "as if never requested" (RFC 2347 §2). Pure.
 */
export function negotiate(options: Options, link: Link): Negotiated {
  const requested = firstOfEach(options);
  const blksize = agreeBlksize(requested.get('blksize')?.value, link.mtu);
  const windowsize = agreeWindowsize(requested.get('windowsize')?.value, blksize ?? DEFAULT_BLKSIZE);
  const timeout = agreeTimeout(requested.get('timeout')?.value);
  const tsize = agreeTsize(requested.get('tsize')?.value, link.size);
  const answers: Readonly<Record<string, number | undefined>> = { blksize, windowsize, timeout, tsize };
  const accepted = [...requested].flatMap(([name, { spelled }]) => {
    const answer = Object.hasOwn(answers, name) ? answers[name] : undefined;
    return answer === undefined ? [] : [[spelled, String(answer)] as const];
  });
  return {
    blksize: blksize ?? DEFAULT_BLKSIZE,
    windowsize: windowsize ?? 1,
    ...(timeout === undefined ? {} : { timeout: timeout * 1000 }),
    accepted,
  };
}

/** Names are case-insensitive (RFC 2347 §2) and may appear once: later ones are ignored. */
function firstOfEach(options: Options): Map<string, { spelled: string; value: string }> {
  const first = new Map<string, { spelled: string; value: string }>();
  for (const [spelled, value] of options) {
    const name = spelled.toLowerCase();
    if (!first.has(name)) first.set(name, { spelled, value });
  }
  return first;
}

/** RFC 2348: 8 to 65464; the answer may be smaller than requested, never larger. */
function agreeBlksize(value: string | undefined, mtu: number): number | undefined {
  const requested = decimal(value);
  if (requested === undefined || requested < MIN_BLKSIZE) return undefined;
  return Math.max(MIN_BLKSIZE, Math.min(requested, mtu - HEADERS, MAX_BLKSIZE));
}

/** RFC 7440: 1 to 65535; the answer may be smaller. */
function agreeWindowsize(value: string | undefined, blksize: number): number | undefined {
  const requested = decimal(value);
  if (requested === undefined || requested < 1 || requested > 65535) return undefined;
  return Math.max(1, Math.min(requested, MAX_WINDOWSIZE, Math.floor(MAX_WINDOW_BYTES / blksize)));
}

/** RFC 2349: 1 to 255 seconds; the answer must be the same value. */
function agreeTimeout(value: string | undefined): number | undefined {
  const requested = decimal(value);
  return requested === undefined || requested < 1 || requested > 255 ? undefined : requested;
}

/** RFC 2349: a reader sends 0; a few ROMs send another number and mean the same. */
function agreeTsize(value: string | undefined, size: number | undefined): number | undefined {
  return decimal(value) === undefined ? undefined : size;
}

function decimal(value: string | undefined): number | undefined {
  return value !== undefined && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}
