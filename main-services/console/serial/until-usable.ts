import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Clock } from '../../../contract/runtime.ts';
import { sleep } from '../../../util/async.ts';

/** What a machine prints while no program has its port open is lost, so a port is opened this soon after it appeared. */
const LOOK_MS = 200;

/**
 * Resolves when a port that is missing or forbidden now can be opened: its adapter was plugged in, and udev has set its group, which takes some
 * milliseconds more. Rejects when the signal aborts. For systems where a port is a file.
 */
export async function untilUsable(path: string, clock: Clock, signal: AbortSignal): Promise<void> {
  let isNow = await isUsable(path);
  for (let before = isNow; before || !isNow;) {
    before = isNow;
    await sleep(clock, LOOK_MS, signal);
    isNow = await isUsable(path);
  }
}

async function isUsable(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}
