import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCompat } from './compat/build.ts';
import { stagePinned } from './stage.ts';

/**
 * Lays out what the tests start, in a folder that the plain user can read: the checkout may be in a folder of root. BOOTBENCH_ELECTRON
 * names a binary of the pinned Electron; without it, the compatibility build runs in the older one.
 */
export default async function setUp(): Promise<() => void> {
  const stage = mkdtempSync(join(tmpdir(), 'bootbench-electron-'));
  chmodSync(stage, 0o755);
  process.env.BOOTBENCH_TEST_STAGE = stage;
  const binary = process.env.BOOTBENCH_ELECTRON;
  if (binary === undefined || binary === '') await buildCompat(stage);
  else stagePinned(binary, stage);
  return () => rmSync(stage, { recursive: true, force: true });
}
