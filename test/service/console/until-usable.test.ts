import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../contract/runtime.ts';
import { untilUsable } from '../../../main-services/console/serial/until-usable.ts';

let dir: string;
let abort: AbortController;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'usable-'));
  abort = new AbortController();
});
afterEach(() => {
  abort.abort();
  rmSync(dir, { recursive: true });
});

function watch(path: string): { readonly outcome: string } {
  const watched = { outcome: 'waiting' };
  untilUsable(path, systemClock, abort.signal).then(
    () => (watched.outcome = 'usable'),
    () => (watched.outcome = 'cancelled'),
  );
  return watched;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('waits for a port that is missing, even where its folder is missing too', async () => {
  const [port, inFolder] = [join(dir, 'ttyUSB0'), join(dir, 'serial', 'by-id', 'usb-1')];
  const [watched, never] = [watch(port), watch(inFolder)];
  await pause(500);
  writeFileSync(port, '');
  await expect.poll(() => watched.outcome).toBe('usable');
  expect(never.outcome).toBe('waiting');
  abort.abort();
  await expect.poll(() => never.outcome).toBe('cancelled');
});

it('waits for a port that is present now to come again', async () => {
  const port = join(dir, 'ttyUSB0');
  writeFileSync(port, '');
  const watched = watch(port);
  await pause(700);
  expect(watched.outcome).toBe('waiting');
  rmSync(port);
  await pause(700);
  writeFileSync(port, '');
  await expect.poll(() => watched.outcome).toBe('usable');
});
