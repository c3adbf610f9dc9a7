import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useBench } from './bench.ts';
import type { Desktop, Place } from './desktop.ts';
import { pause, until } from './session.ts';

const bench = useBench();

interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the page is on the screen, within the window manager's frame; by the X server. */
function onScreen(desktop: Desktop): Bounds {
  const id = desktop.windows()[0]?.id ?? '';
  const text = bench.session.x('xwininfo', '-id', id);
  const value = (name: string): number => Number(new RegExp(`${name}:\\s+(-?\\d+)`).exec(text)?.[1]);
  return { x: value('Absolute upper-left X'), y: value('Absolute upper-left Y'), width: value('Width'), height: value('Height') };
}

const saved = (place: Place): { at?: Bounds; maximized: boolean } =>
  JSON.parse(readFileSync(join(place.data, 'window.json'), 'utf8')) as { at?: Bounds; maximized: boolean };

/** Resolves when the window has stayed in its place for a moment. */
async function settled(desktop: Desktop): Promise<Bounds> {
  let last = '';
  await until('the window rests', async () => {
    const now = JSON.stringify(onScreen(desktop));
    const rests = now === last;
    last = now;
    await pause(150);
    return rests;
  });
  return onScreen(desktop);
}

/** Moves and resizes a window that has been open for a moment. */
async function move(place: Place, desktop: Desktop): Promise<void> {
  await until('its place is saved', () => saved(place).at !== undefined);
  bench.session.x('wmctrl', '-ir', desktop.windows()[0]?.id ?? '', '-e', '0,120,90,1000,640');
  await until('its new place is saved', () => saved(place).at?.width === 1000);
}

describe('under a window manager with frames', () => {
  it('the window is where it was after each of three starts', async () => {
    const place = bench.place();
    let desktop = await bench.start(place);
    await move(place, desktop);
    const before = await settled(desktop);
    expect(before).toMatchObject({ width: 1000, height: 640 });
    for (let start = 1; start <= 3; start++) {
      desktop.dropPage();
      desktop.closeWindow();
      expect(await desktop.exited).toEqual({ code: 0, signal: null });
      desktop = await bench.start(place);
      expect(await settled(desktop), `start ${start}`).toEqual(before);
    }
    await desktop.stop();
  });

  it('the window is where its user moved it within its first moments', async () => {
    const place = bench.place();
    let desktop = await bench.start(place);
    await settled(desktop);
    await desktop.stop();
    desktop = await bench.start(place, { bare: true });
    // Not waiting for the page: the first move comes before anything is saved.
    const id = await until('the window is there', () => desktop.windows()[0]?.id);
    bench.session.x('wmctrl', '-ir', id, '-e', '0,190,140,-1,-1');
    const before = await settled(desktop);
    await desktop.live();
    await desktop.stop();
    desktop = await bench.start(place);
    expect(await settled(desktop)).toEqual(before);
    await desktop.stop();
  });

  it('a maximized window opens maximized, and has its former size when it is restored', async () => {
    const place = bench.place();
    let desktop = await bench.start(place);
    const maximize = (way: 'add' | 'remove'): string =>
      bench.session.x('wmctrl', '-ir', desktop.windows()[0]?.id ?? '', '-b', `${way},maximized_vert,maximized_horz`);
    await move(place, desktop);
    const normal = await settled(desktop);
    maximize('add');
    await until('it is maximized', () => onScreen(desktop).width === 1600);
    for (let start = 1; start <= 2; start++) {
      await desktop.stop();
      expect(saved(place)).toMatchObject({ maximized: true, at: { width: 1000, height: 640 } });
      desktop = await bench.start(place);
      expect(await settled(desktop), `start ${start}`).toMatchObject({ width: 1600 });
    }
    maximize('remove');
    await until('it is not maximized', () => onScreen(desktop).width !== 1600);
    expect(await settled(desktop)).toEqual(normal);
    await desktop.stop();
  });
});
