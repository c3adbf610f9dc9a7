import { textScore } from './text-score.ts';

const WINDOW_BYTES = 512;
const NOISE_SCORE = 0.55;
/** Machine code has many different bytes, hardly any of them readable. A receiver that is too slow reads many, some of them readable. */
const PROGRAM_SCORE = 0.15;
/** A receiver that is too fast reads few different bytes, none of them readable; so does padding in programs, up to a page. */
const FEW_DISTINCT = 64;
/** Windows in a row, in points of each. */
const POINTS = { mixed: 4, few: 1 };
const REPORTED_POINTS = 12;
/** Readable characters in a row: programs and archives contain names, noise does not. */
const READABLE_RUN = /[A-Za-z0-9 .,:;\-_/\r\n]{10}/;

/**
 * Notices that the output of an open port became noise, as when the kernel uses another speed than the firmware. Colours, UTF-8, CP437 boxes and
 * programs shown with `cat` are not noise. Reports once, until `reset`.
 */
export class NoiseWatch {
  #window = Buffer.alloc(WINDOW_BYTES);
  #filled = 0;
  #noisy = 0;
  #reported = false;

  /** True when the noise is to be reported now. */
  take(bytes: Uint8Array): boolean {
    let report = false;
    for (let at = 0; at < bytes.length && !this.#reported;) {
      const piece = bytes.subarray(at, at + WINDOW_BYTES - this.#filled);
      this.#window.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === WINDOW_BYTES && this.#judgeWindow()) report = true;
    }
    return report;
  }

  /** After a change of the speed. */
  reset(): void {
    this.#filled = 0;
    this.#noisy = 0;
    this.#reported = false;
  }

  #judgeWindow(): boolean {
    this.#filled = 0;
    const kind = noiseOf(this.#window);
    this.#noisy = kind === undefined ? 0 : this.#noisy + POINTS[kind];
    this.#reported = this.#noisy >= REPORTED_POINTS;
    return this.#reported;
  }
}

function noiseOf(window: Buffer): keyof typeof POINTS | undefined {
  const score = textScore(window);
  if (score >= NOISE_SCORE || READABLE_RUN.test(window.toString('latin1'))) return undefined;
  if (score > PROGRAM_SCORE) return 'mixed';
  return new Set(window).size <= FEW_DISTINCT ? 'few' : undefined;
}
