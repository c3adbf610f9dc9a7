export interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

const SECTOR = 2048;
const RANDOM_RANGES = 16;
const LONGEST = 64 * 1024;
const CHUNK = 256 * 1024;

/** The ranges of one boot: the volume descriptor, the start and the end, then random ones; or with `all` each byte once, in order. */
export function rangesOf(size: number, random: () => number, all: boolean): ByteRange[] {
  if (all)
    return Array.from({ length: Math.ceil(size / CHUNK) }, (_, at) => ({ start: at * CHUNK, end: Math.min(size, (at + 1) * CHUNK) }));
  const fixed = [
    { start: 16 * SECTOR, end: 17 * SECTOR },
    { start: 0, end: SECTOR },
    { start: size - SECTOR, end: size },
  ];
  const chosen = Array.from({ length: RANDOM_RANGES }, () => {
    const start = Math.floor(random() * (size - 1));
    return { start, end: Math.min(size, start + 1 + Math.floor(random() * LONGEST)) };
  });
  return [...fixed, ...chosen];
}
