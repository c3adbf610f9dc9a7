export function bytesMissing(read: number, expected: number, offset: number): string {
  return `A source returned ${read} of ${expected} bytes at ${offset}.`;
}
