import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stagePinned } from './stage.ts';

/**
 * Lays out what the tests start, in a folder that the plain user can read: the checkout may be in a folder of root. BOOTBENCH_ELECTRON
 * names a binary of the pinned Electron; without it, the compatibility build runs in the older one.
 */
export default function setUp(): () => void {
  const stage = mkdtempSync(join(tmpdir(), 'bootbench-electron-'));
  chmodSync(stage, 0o755);
  process.env.BOOTBENCH_TEST_STAGE = stage;
  const binary = process.env.BOOTBENCH_ELECTRON;
  if (binary) stagePinned(binary, stage);
  // In a process of its own, because vite takes its mode from the environment, which vitest sets for tests.
  else
    execFileSync(process.execPath, [join(import.meta.dirname, 'compat/build.ts'), stage], {
      env: withoutMode(),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  return () => rmSync(stage, { recursive: true, force: true });
}

function withoutMode(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  delete env.NODE_ENV;
  return env;
}
