import { SECTOR } from './records.ts';

export const NO_ROOT_FOLDER = 'The ISO’s volume descriptor has no root folder.';

export function unsupportedBlockSize(bytes: number): string {
  return `Unsupported logical block size ${bytes} (expected ${SECTOR}).`;
}

export function truncatedIso(expected: number, actual: number): string {
  return `The ISO is truncated: expected ${expected} bytes, found ${actual} (${expected - actual} missing).`;
}
