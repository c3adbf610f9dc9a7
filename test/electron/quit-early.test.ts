import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PICTURES, useBench } from './bench.ts';
import type { Desktop, Place } from './desktop.ts';
import { endOf, hasStopped, MAX_END_MS } from './end.ts';
import { pause, until } from './session.ts';

const bench = useBench();

describe('a starting desktop ends', () => {
  it.each([50, 200, 400, 600, 800, 1000, 1300])('after %i ms, with no process and no half-stopped service left', async (delay) => {
    const place = bench.place();
    const desktop = await bench.start(place, { bare: true });
    await pause(delay);
    const { code, signal, ms } = await endOf(desktop, () => desktop.signal('SIGTERM'));
    // Before Electron has set its handlers, the signal itself ends the process.
    expect(code === 0 || signal === 'SIGTERM', `${code} ${signal}`).toBe(true);
    expect(hasStopped(place)).toBe(true);
    expect(ms).toBeLessThan(MAX_END_MS);
  });
});

describe('with the data directory in use by another Bootbench', () => {
  let first: Place;

  /** With a Chromium profile of its own, so that it does not count as a second start. */
  async function startLocked(): Promise<Desktop> {
    const place = Object.assign(bench.place(), { data: first.data });
    const desktop = await bench.start(place, { bare: true });
    await until('the box is open', () => desktop.stderr.includes('E_LOCKED') && desktop.windows().length === 1);
    return desktop;
  }

  beforeAll(async () => {
    first = bench.place();
    await bench.start(first);
  });

  it('says so on stderr and in a box, and ends with 1 when the box is closed', async () => {
    const desktop = await startLocked();
    await pause(300);
    bench.session.picture(join(PICTURES, 'box-locked.png'));
    const { code } = await endOf(desktop, () => desktop.press('Return'));
    expect(code).toBe(1);
    expect(hasStopped(first), 'the other one runs on').toBe(false);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends by %s with the box open', async (signal) => {
    const desktop = await startLocked();
    const { code, ms } = await endOf(desktop, () => desktop.signal(signal));
    expect(code).toBe(0);
    expect(ms).toBeLessThan(MAX_END_MS);
  });
});
