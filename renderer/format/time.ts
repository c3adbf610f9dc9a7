const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** Seconds until `missing` bytes have moved at this rate; undefined while that is unknown. */
export function secondsLeft(missing: number, bytesPerSecond: number | undefined): number | undefined {
  if (bytesPerSecond === undefined || bytesPerSecond <= 0) return undefined;
  return Math.max(0, missing / bytesPerSecond);
}

/** `40 s left`, `12 min left`, `1 h 20 min left`. Rounded up, so that it never promises too much. */
export function formatTimeLeft(seconds: number): string {
  const up = Math.ceil(seconds);
  if (up < 90) return `${up} s left`;
  const minutes = Math.ceil(seconds / MINUTE_S);
  if (minutes < 90) return `${minutes} min left`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** `12 s`, `4 min 5 s`, `1 h 12 min`. Milliseconds. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < MINUTE_S) return `${seconds} s`;
  const minutes = Math.floor(seconds / MINUTE_S);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `now`, `12 s ago`, `3 min ago`. Milliseconds that have passed. */
export function formatAgo(passed: number): string {
  const seconds = Math.max(0, Math.round(passed / 1000));
  return seconds < 2 ? 'now' : `${inLargestUnit(seconds)} ago`;
}

/** `in 59 min`, `12 s ago`. Milliseconds from now. */
export function formatUntil(left: number): string {
  const seconds = Math.round(left / 1000);
  return seconds <= 0 ? formatAgo(-left) : `in ${inLargestUnit(seconds)}`;
}

/** Rounded down to the largest unit that fits. */
function inLargestUnit(seconds: number): string {
  if (seconds < MINUTE_S) return `${seconds} s`;
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min`;
  if (seconds < DAY_S) return `${Math.floor(seconds / HOUR_S)} h`;
  return `${Math.floor(seconds / DAY_S)} d`;
}
