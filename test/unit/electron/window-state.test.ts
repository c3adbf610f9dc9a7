import fc from 'fast-check';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canBeHeld, followState, readWindowState, writeWindowState } from '../../../electron/window-state.ts';

const LAPTOP = { x: 0, y: 24, width: 1920, height: 1056 };
const BEAMER = { x: 1920, y: 0, width: 1024, height: 768 };
const AT = { x: 100, y: 80, width: 1200, height: 700 };

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'window-state-'));
  file = join(folder, 'data', 'window.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the window’s state', () => {
  it('comes back as it was', () => {
    writeWindowState(file, { at: AT, maximized: true });
    expect(readWindowState(file, [LAPTOP])).toEqual({ at: AT, maximized: true });
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  it('is fresh at the first start', () => {
    expect(readWindowState(file, [LAPTOP])).toEqual({ maximized: false });
  });

  it('forgets the place on a screen that is gone, and stays maximized', () => {
    writeWindowState(file, { at: { ...AT, x: 2000 }, maximized: true });
    expect(readWindowState(file, [LAPTOP, BEAMER]).at).toBeDefined();
    expect(readWindowState(file, [LAPTOP])).toEqual({ maximized: true });
  });

  it('is never smaller than the window may be', () => {
    writeWindowState(file, { at: { ...AT, width: 3, height: 3 }, maximized: false });
    expect(readWindowState(file, [LAPTOP]).at).toMatchObject({ width: 800, height: 500 });
  });

  it('a file that cannot be written costs nothing but the place', () => {
    writeFileSync(join(folder, 'data'), 'a file where the folder should be');
    expect(() => writeWindowState(file, { maximized: false })).not.toThrow();
  });

  it('a damaged file is a fresh start, whatever is in it', () => {
    writeWindowState(file, { maximized: false });
    for (const text of [
      '',
      '{',
      'null',
      '7',
      '[]',
      '{"at":{"x":1e9,"y":0,"width":900,"height":600}}',
      '{"at":{"x":0.5}}',
      '{"at":"here"}',
    ]) {
      writeFileSync(file, text);
      expect(readWindowState(file, [LAPTOP]), text).toEqual({ maximized: false });
    }
    fc.assert(
      fc.property(fc.json(), (text) => {
        writeFileSync(file, text);
        const { at, maximized } = readWindowState(file, [LAPTOP]);
        expect(typeof maximized).toBe('boolean');
        if (at) expect(canBeHeld(at, [LAPTOP])).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

it.each([
  ['in the middle', AT, true],
  ['half over the right edge', { ...AT, x: 1800 - 60 }, true],
  ['with a sliver left at the right edge', { ...AT, x: 1850 }, false],
  ['with a sliver left at the left edge', { ...AT, x: -1150 }, false],
  ['with the title bar above the screen', { ...AT, y: 0 }, false],
  ['with the title bar below the screen', { ...AT, y: 1075 }, false],
])('a window %s can be held: %s %s', (_where, at, held) => {
  expect(canBeHeld(at, [LAPTOP])).toBe(held);
});

it('a window that lies over two screens is held by its bigger part', () => {
  expect(canBeHeld({ ...AT, x: 1850 }, [LAPTOP, BEAMER])).toBe(true);
});

describe('what is saved of a window', () => {
  const fresh = { maximized: false };
  const seen = { bounds: AT, maximized: false, hidden: false };
  const FULL = { x: 0, y: 24, width: 1920, height: 1056 };
  const moved = (dx: number, dy: number) => ({ ...AT, x: AT.x + dx, y: AT.y + dy });

  it('is where it is', () => {
    expect(followState(fresh, AT)(seen)).toEqual({ at: AT, maximized: false });
  });

  it('of one that opened maximized is where it was before', () => {
    const next = followState({ at: AT, maximized: true }, AT);
    // Electron reports the maximized rectangle as the normal bounds then.
    expect(next({ bounds: FULL, maximized: true, hidden: false })).toEqual({ at: AT, maximized: true });
    expect(next(seen)).toEqual({ at: AT, maximized: false });
  });

  it('of one that was maximized is where it was last', () => {
    const next = followState(fresh, AT);
    next({ ...seen, bounds: moved(300, 200) });
    expect(next({ bounds: FULL, maximized: true, hidden: false })).toEqual({ at: moved(300, 200), maximized: true });
  });

  it.each([
    ['minimized', { bounds: { x: -32000, y: -32000, width: 160, height: 28 }, maximized: false, hidden: true }],
    ['full screen', { bounds: LAPTOP, maximized: false, hidden: true }],
  ])('of one that is %s stays', (_what, observed) => {
    const next = followState({ at: AT, maximized: true }, AT);
    expect(next(observed)).toEqual({ at: AT, maximized: true });
  });

  it('does not move with every start under a window manager that counts the frame', () => {
    let state: ReturnType<typeof readWindowState> = fresh;
    for (let start = 0; start < 5; start++) {
      const placed = state.at ?? AT;
      const next = followState(state, placed);
      state = next({ ...seen, bounds: { ...placed, x: placed.x + 1, y: placed.y + 20 } });
      state = next({ ...seen, bounds: { ...placed, x: placed.x + 1, y: placed.y + 20 } });
      expect(state).toEqual({ at: AT, maximized: false });
    }
  });

  it('follows the user under such a window manager', () => {
    const next = followState(fresh, AT);
    next({ ...seen, bounds: moved(1, 20) });
    expect(next({ ...seen, bounds: moved(51, 70) }).at).toEqual(moved(50, 50));
  });

  it.each([
    ['to the left', { ...AT, x: AT.x - 10 }],
    ['far', { ...AT, y: AT.y + 300 }],
    ['and resized', { ...moved(1, 20), width: 1000 }],
  ])('takes a window that was moved %s for moved by its user', (_where, bounds) => {
    expect(followState(fresh, AT)({ ...seen, bounds }).at).toEqual(bounds);
  });
});
