import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeIso, useBench } from './bench.ts';
import { startAgain, type Desktop, type Place } from './desktop.ts';
import { until } from './session.ts';

const bench = useBench();

/** The files that the page proposes to add, by their paths on the page. */
async function proposed(desktop: Desktop, ...names: string[]): Promise<void> {
  await until(`the page proposes ${names.join(', ')}`, async () => {
    const text = await desktop.inPage<string>(`document.querySelector('form.offer')?.innerText ?? ''`);
    return names.every((name) => text.includes(name));
  });
  await desktop.inPage(`[...document.querySelectorAll('form.offer button')].find(({ innerText }) => innerText === 'Cancel').click()`);
}

describe('an ISO on the command line', () => {
  it('is proposed by a relative path, and a second one as a file: URL', async () => {
    const place = bench.place();
    const folder = place.subfolder('some where');
    makeIso(folder, 'first one.iso');
    const second = makeIso(folder, 'zweites gerät.iso');
    const desktop = await bench.start(place, { more: [join('some where', 'first one.iso'), pathToFileURL(second).href] });
    await proposed(desktop, 'first one.iso', 'zweites gerät.iso');
    expect(await desktop.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('a second start', () => {
  let place: Place;
  let desktop: Desktop;

  beforeAll(async () => {
    place = bench.place();
    for (const name of ['one.iso', 'two.iso', 'three.iso', 'four.iso']) makeIso(place.folder, name);
    desktop = await bench.start(place);
  });
  const visible = (): Promise<boolean> =>
    desktop.inMain('electron.BrowserWindow.getAllWindows()[0].isVisible() && !electron.BrowserWindow.getAllWindows()[0].isMinimized()');

  it('hands its ISO to the first, and ends', async () => {
    expect(await startAgain(bench.session, place, ['one.iso'])).toBe(0);
    await proposed(desktop, 'one.iso');
    expect(desktop.windows()).toHaveLength(1);
  });

  it('brings a minimized window back', async () => {
    await desktop.inMain('electron.BrowserWindow.getAllWindows()[0].minimize()');
    await until('it is minimized', async () => !(await visible()));
    expect(await startAgain(bench.session, place, [pathToFileURL(join(place.folder, 'two.iso')).href])).toBe(0);
    await proposed(desktop, 'two.iso');
    await until('it is back', visible);
  });

  it('hands its ISO over also after a refused navigation', async () => {
    await desktop.inPage(`void (location.href = 'https://example.org/')`);
    expect(await startAgain(bench.session, place, ['three.iso'])).toBe(0);
    await proposed(desktop, 'three.iso');
  });

  it('loads a window again that has crashed for good, and hands its ISO over', async () => {
    for (let crashes = 1; crashes <= 4; crashes++) {
      const renderer = await until('there is a page', () => desktop.renderer);
      process.kill(renderer, 'SIGKILL');
      desktop.dropPage();
      if (crashes <= 3) await until('the page is loaded again', () => desktop.renderer !== undefined && desktop.renderer !== renderer);
    }
    await until('the window has given up', () => desktop.inMain('electron.BrowserWindow.getAllWindows()[0].webContents.isCrashed()'));
    expect(await startAgain(bench.session, place, ['four.iso'])).toBe(0);
    await desktop.live();
    await proposed(desktop, 'four.iso');
  });
});
