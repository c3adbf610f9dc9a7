export function readCancelled(url: string): string {
  return `Reading ${url} was cancelled.`;
}

/** How an ISO at a server differs from the one that was registered. */
export const CONTENT_DIFFERS = 'its content differs';
export const SIZE_DIFFERS = 'its size differs';
export const NOTHING_TO_COMPARE = 'its ETag or date changed, and no cached bytes are available to compare';
