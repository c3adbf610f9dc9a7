import { errnoOf } from '../contract/errors.ts';

/** What Windows answers while another program (a virus scanner, a search index, a backup) has the file open. */
const HELD: readonly (string | undefined)[] = ['EBUSY', 'EPERM', 'EACCES'];
/** Milliseconds between attempts, three seconds together: scanners look at a new file for about as long. */
const PAUSES_MS = [20, 50, 100, 200, 400, 700, 700, 800];

/**
 * Renames or deletes a file, again and again on Windows while another program holds it, for some seconds. Rejects as `work` does, on other
 * systems immediately.
 */
export async function onceReleased<T>(work: () => Promise<T>, platform = process.platform, pauses = PAUSES_MS): Promise<T> {
  for (const ms of platform === 'win32' ? pauses : []) {
    try {
      return await work();
    } catch (error) {
      if (!HELD.includes(errnoOf(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
  }
  return work();
}
