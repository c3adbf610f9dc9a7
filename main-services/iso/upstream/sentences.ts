export function readCancelled(url: string): string {
  return `Reading ${url} was cancelled.`;
}
