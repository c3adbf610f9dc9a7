/**
 * The number of leading elements for which `isBefore` holds, which is also the index of the first element for which it does not. It has to
 * hold for a beginning of `sorted` and for nothing after it. Takes O(log n) calls.
 */
export function countBefore<T>(sorted: ArrayLike<T>, isBefore: (element: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(sorted[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
