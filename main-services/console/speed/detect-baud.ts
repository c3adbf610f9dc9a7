import type { Clock } from '../../../contract/runtime.ts';
import { knownWords, textScore } from './text-score.ts';

/** Speeds by how common they are on servers and boards; Rockchip boards use 1,500,000. */
export const CANDIDATES = [115200, 9600, 57600, 38400, 19200, 1500000, 230400, 460800, 921600, 4800, 2400] as const;

/** Bytes that are judged; fewer only where the machine pauses. */
const SAMPLE_BYTES = 96;
/** Up to this many where the first ones prove nothing: a line of dashes also reads as a line of one letter at another speed. */
const MAX_SAMPLE_BYTES = 4 * SAMPLE_BYTES;
/** Fewer than this prove nothing without a known word, and neither do fewer different characters. */
const MIN_BYTES = 24;
const MIN_DISTINCT = 8;
/** After this pause, fewer bytes are judged as they are. */
const PAUSE_MS = 700;
/** When output was seen at another speed before. */
const SILENCE_MS = 1400;
/** Texts score over 0.93, wrong speeds under 0.77 unless they repeat one character. */
const READABLE = 0.9;
/** A known word makes up for some noise: characters that were under way when the speed changed. */
const READABLE_WITH_WORDS = 0.75;

export type Verdict = 'readable' | 'unreadable' | 'too-few';

/** What was received at one speed. `ended`: the machine paused, no more comes for now. */
export function judge(bytes: Uint8Array, ended: boolean): Verdict {
  const score = textScore(bytes);
  if (score >= READABLE_WITH_WORDS && knownWords(bytes, 1) > 0) return 'readable';
  const enough = bytes.length >= SAMPLE_BYTES;
  if (score < READABLE) return enough || ended ? 'unreadable' : 'too-few';
  const proves = bytes.length >= MIN_BYTES && new Set(bytes).size >= MIN_DISTINCT && (enough || ended);
  if (proves) return 'readable';
  // A short readable text (a prompt, a line of dashes) waits for more.
  return bytes.length >= MAX_SAMPLE_BYTES ? 'unreadable' : 'too-few';
}

/** A port whose output goes to the detection. */
export interface DetectionPort {
  setBaud(baud: number): Promise<void>;
  /** What was received since the last call, after `bytes` bytes or `ms` at most. Rejects when the port closes or the signal aborts. */
  listen(bytes: number, ms: number, signal: AbortSignal | undefined): Promise<Uint8Array>;
}

export type Detection =
  /** `received`: what was read at this speed. The port is set to it. */
  | { readonly kind: 'detected'; readonly baud: number; readonly received: Uint8Array }
  | { readonly kind: 'no-output' }
  | { readonly kind: 'none-fits'; readonly tried: readonly number[] };

/**
 * Listens at `first`, then at the other speeds. It stays at the first until the machine prints anything; after that, silence also means the next
 * speed, because Linux may drop everything that was sent at another one. Ends after `limitMs` (Infinity: never).
 */
export async function detectBaud(
  port: DetectionPort,
  options: { first: number; limitMs: number; clock: Clock; signal: AbortSignal | undefined },
): Promise<Detection> {
  const { clock, signal } = options;
  const speeds = [options.first, ...CANDIDATES.filter((baud) => baud !== options.first)];
  const end = clock.monotonic() + options.limitMs;
  const tried = new Set<number>();
  for (let turn = 0; clock.monotonic() < end; turn++) {
    const baud = speeds[turn % speeds.length] ?? options.first;
    await port.setBaud(baud);
    const silenceMs = tried.size === 0 ? Number.POSITIVE_INFINITY : SILENCE_MS;
    const { verdict, bytes } = await sample(port, { end, silenceMs, clock, signal });
    if (verdict === 'readable') return { kind: 'detected', baud, received: bytes };
    if (bytes.length > 0) tried.add(baud);
  }
  return tried.size === 0 ? { kind: 'no-output' } : { kind: 'none-fits', tried: speeds.filter((baud) => tried.has(baud)) };
}

/** Listens at one speed until the bytes can be judged, nothing came for `silenceMs`, or the time is over. */
async function sample(
  port: DetectionPort,
  { end, silenceMs, clock, signal }: { end: number; silenceMs: number; clock: Clock; signal: AbortSignal | undefined },
): Promise<{ verdict: Verdict; bytes: Uint8Array }> {
  let bytes = new Uint8Array();
  let silent = 0;
  while (clock.monotonic() < end && silent < silenceMs) {
    const missing = (bytes.length < SAMPLE_BYTES ? SAMPLE_BYTES : MAX_SAMPLE_BYTES) - bytes.length;
    const waitMs = Math.min(PAUSE_MS, end - clock.monotonic());
    const more = await port.listen(missing, waitMs, signal);
    silent = more.length === 0 ? silent + waitMs : 0;
    bytes = Buffer.concat([bytes, more]);
    if (bytes.length === 0) continue;
    const verdict = judge(bytes, more.length === 0);
    if (verdict !== 'too-few') return { verdict, bytes };
  }
  return { verdict: 'too-few', bytes };
}
