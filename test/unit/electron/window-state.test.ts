import fc from 'fast-check';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

  const area = (members: string): string => `{"at":{${members}},"maximized":true}`;
  const good = '"x":100,"y":80,"width":1200,"height":700';
  const with1 = (member: string, value: string): string => area(good.replace(new RegExp(`"${member}":\\d+`), `"${member}":${value}`));

  it.each([
    ['nothing', ''],
    ['spaces', '  \n'],
    ['a NUL byte', '\0'],
    ['an open brace', '{'],
    ['a file that ends early', area(good).slice(0, -20)],
    ['a file that ends twice', `${area(good)}}`],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x7b, 0x00])],
    ['null', 'null'],
    ['a number', '7'],
    ['a string', '"maximized"'],
    ['a list', `[${area(good)}]`],
    ['a deep list', '['.repeat(100_000)],
    ['a megabyte', `{"x":"${'x'.repeat(1_000_000)}"}`],
    ['NaN', '{"at":{"x":NaN},"maximized":true}'],
    ['a place of its own class', '{"__proto__":{"maximized":true}}'],
    ['maximized as a word', '{"maximized":"true"}'],
    ['maximized as a number', '{"maximized":1}'],
  ])('%s is a fresh start', (_what, text) => {
    writeWindowState(file, { maximized: false });
    writeFileSync(file, text);
    expect(readWindowState(file, [LAPTOP])).toEqual({ maximized: false });
  });

  const HOSTILE = [
    '1e308',
    '-1e308',
    '1e999',
    '-1e999',
    '0.5',
    '9007199254740993',
    '2147483648',
    '-2147483649',
    '"100"',
    'null',
    'true',
    '{}',
    '[100]',
  ];
  it.each(['x', 'y', 'width', 'height'].flatMap((member) => HOSTILE.map((value) => [member, value] as const)))(
    'a place with %s %s is forgotten, and the window stays maximized',
    (member, value) => {
      writeWindowState(file, { maximized: false });
      writeFileSync(file, with1(member, value));
      expect(readWindowState(file, [LAPTOP])).toEqual({ maximized: true });
    },
  );

  it.each([
    ['a list', '[100,80,1200,700]'],
    ['a place within a place', `{"at":{${good}}}`],
    ['a string', `"${'1'.repeat(1000)}"`],
    ['no place', '{}'],
    ['a place without a height', '{"x":100,"y":80,"width":1200}'],
    ['a place far away', '{"x":-99999,"y":-99999,"width":1200,"height":700}'],
  ])('%s instead of the place is forgotten, and the window stays maximized', (_what, at) => {
    writeWindowState(file, { maximized: false });
    writeFileSync(file, `{"at":${at},"maximized":true}`);
    expect(readWindowState(file, [LAPTOP])).toEqual({ maximized: true });
  });

  it.each([
    ['negative', '-5', '-5'],
    ['none', '0', '0'],
    ['larger than every screen', '99999', '99999'],
  ])('a size that is %s gives a window that can be held, within the screen', (_what, width, height) => {
    writeWindowState(file, { maximized: false });
    writeFileSync(file, area(`"x":100,"y":80,"width":${width},"height":${height}`));
    const { at } = readWindowState(file, [LAPTOP]);
    expect(at).toMatchObject({ x: 100, y: 80 });
    expect(at?.width).toBeGreaterThanOrEqual(800);
    expect(at?.height).toBeGreaterThanOrEqual(500);
    expect(at?.width).toBeLessThanOrEqual(LAPTOP.width);
    expect(at?.height).toBeLessThanOrEqual(LAPTOP.height);
  });

  it('a folder in the file’s place is a fresh start, and is left alone', () => {
    mkdirSync(file, { recursive: true });
    expect(readWindowState(file, [LAPTOP])).toEqual({ maximized: false });
    expect(() => writeWindowState(file, { maximized: true })).not.toThrow();
  });

  it('whatever is in it, the window can be held', () => {
    writeWindowState(file, { maximized: false });
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
    expect(followState(fresh, AT).next(seen)).toEqual({ at: AT, maximized: false });
  });

  it('of one that opened maximized is where it was before', () => {
    const { next } = followState({ at: AT, maximized: true }, AT);
    // Electron reports the maximized rectangle as the normal bounds then.
    expect(next({ bounds: FULL, maximized: true, hidden: false })).toEqual({ at: AT, maximized: true });
    expect(next(seen)).toEqual({ at: AT, maximized: false });
  });

  it('of one that was maximized is where it was last', () => {
    const { next } = followState(fresh, AT);
    next({ ...seen, bounds: moved(300, 200) });
    expect(next({ bounds: FULL, maximized: true, hidden: false })).toEqual({ at: moved(300, 200), maximized: true });
  });

  it.each([
    ['minimized', { bounds: { x: -32000, y: -32000, width: 160, height: 28 }, maximized: false, hidden: true }],
    ['full screen', { bounds: LAPTOP, maximized: false, hidden: true }],
  ])('of one that is %s stays', (_what, observed) => {
    expect(followState({ at: AT, maximized: true }, AT).next(observed)).toEqual({ at: AT, maximized: true });
  });

  it('does not move with every start under a window manager that counts the frame', () => {
    let state: ReturnType<typeof readWindowState> = fresh;
    for (let start = 0; start < 5; start++) {
      const placed = state.at ?? AT;
      const bounds = { ...placed, x: placed.x + 1, y: placed.y + 20 };
      const followed = followState(state, placed);
      followed.settle(bounds);
      followed.next({ ...seen, bounds });
      state = followed.next({ ...seen, bounds });
      expect(state).toEqual({ at: AT, maximized: false });
    }
  });

  it('follows the user under such a window manager, also from the first moment on', () => {
    const followed = followState(fresh, AT);
    followed.settle(moved(1, 20));
    followed.settle(moved(31, 60));
    expect(followed.next({ ...seen, bounds: moved(31, 60) }).at).toEqual(moved(30, 40));
    expect(followed.next({ ...seen, bounds: moved(51, 70) }).at).toEqual(moved(50, 50));
  });

  it('takes a move after the first moments for the user’s, however short', () => {
    expect(followState(fresh, AT).next({ ...seen, bounds: moved(1, 20) }).at).toEqual(moved(1, 20));
  });

  it.each([
    ['to the left', { ...AT, x: AT.x - 10 }],
    ['far', { ...AT, y: AT.y + 300 }],
    ['and resized', { ...moved(1, 20), width: 1000 }],
  ])('takes a window that was moved %s for moved by its user', (_where, bounds) => {
    const followed = followState(fresh, AT);
    followed.settle(bounds);
    expect(followed.next({ ...seen, bounds }).at).toEqual(bounds);
  });
});
