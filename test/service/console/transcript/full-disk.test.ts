import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TranscriptFolder } from './folder.ts';

const UNSHARE = ['--user', '--map-root-user', '--mount'];
/** Namespaces of users can be forbidden, also in CI's containers; the lab's full-disk scenario runs as root. */
const canMount = spawnSync('unshare', [...UNSHARE, 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;

it.skipIf(!canMount)('stores what fits on a full disk, drops the rest, and continues when there is room', { timeout: 30_000 }, () => {
  using folder = new TranscriptFolder();
  const program = join(import.meta.dirname, 'full-disk-writer.ts');
  const script = 'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" "$3" "$1"';
  const args = [...UNSHARE, 'sh', '-c', script, 'sh', folder.dir, process.execPath, program];
  const { stdout, stderr, status } = spawnSync('unshare', args, { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  const {
    errors,
    maxWaiting,
    outputs,
    files,
    storing,
    last,
    size,
    stored: end,
  } = JSON.parse(stdout) as {
    storing: unknown[];
    last: string[];
    size: number;
    stored: number;
    errors: number;
    maxWaiting: number;
    files: string[];
    outputs: { offset: number; bytes: number; good: boolean; notice?: string }[];
  };
  expect(errors).toBe(2);
  expect(maxWaiting).toBeLessThanOrEqual(10_000);
  expect(outputs.every(({ good }) => good)).toBe(true);
  const notices = outputs.flatMap(({ notice }) => notice ?? []);
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain('ENOSPC');
  const before = outputs.slice(
    0,
    outputs.findIndex(({ notice }) => notice !== undefined),
  );
  const stored = before.reduce((sum, { bytes }) => sum + bytes, 0);
  const lost = Number(/^\d+/.exec(notices[0] ?? '')?.[0]);
  expect(stored).toBeGreaterThan(50_000);
  const resumed = outputs.find(({ offset, bytes }) => offset >= stored && bytes > 0);
  expect(resumed?.offset).toBe(stored + lost);
  const failed = {
    code: 'E_DISK_FULL',
    message: expect.stringContaining('The disk is full.') as string,
    next: expect.any(String) as string,
  };
  expect(storing).toEqual([failed, { lost }, failed, { lost: size - end }]);
  // The end of the transcript says what is missing before it.
  expect(last).toEqual([expect.stringContaining(`${size - end} bytes`)]);
  // No file of each try is left.
  expect(files.length).toBeLessThanOrEqual(6);
});
