import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BYTES_PER_SECOND_AT_115200, runLoad } from '../../fixtures/console-load/console-load.ts';

/** Ten seconds of the lab's scenario console-load, whose triggers include one that is pathological for other engines. */
it('records, shows and matches 64 consoles, each 15 times as fast as a line of 115,200 baud, without losing a byte', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bootbench-load-'));
  try {
    const load = await runLoad({ consoles: 64, bytesPerSecond: BYTES_PER_SECOND_AT_115200 * 15, seconds: 10, dir });
    expect(load.hashes).toEqual(load.sent.hashes);
    expect(load.prompts).toBe(64);
    expect(load.stopped).not.toEqual(expect.arrayContaining([expect.stringMatching(/login|panic/)]));
    expect(new Set([...load.bytes, ...load.recorded])).toEqual(new Set([load.sent.bytes]));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}, 120_000);
