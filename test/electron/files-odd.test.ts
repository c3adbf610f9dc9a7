import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeIso, PICTURES, useBench } from './bench.ts';
import { startAgain, type Desktop, type Place } from './desktop.ts';
import { hasStopped } from './end.ts';
import { giveToUser, pause, until } from './session.ts';

const bench = useBench();

/** What a desktop may give to a program that opens ISOs, good and bad; a page of this computer for each bad one. */
function oddFiles(place: Place): { args: string[]; good: string[]; bad: [name: string, reason: string][] } {
  const folder = place.subfolder('odd');
  const at = (name: string): string => join(folder, name);
  const good = ['gut.iso', 'ελληνικά.iso', 'new\nline.iso', 'ha#sh.iso', 'que?stion.iso', 'hundred%25.iso', 'späce and ümlaut.iso'];
  for (const name of good) makeIso(folder, name);
  mkdirSync(at('folder.iso'));
  symlinkSync('loop.iso', at('loop.iso'));
  symlinkSync('nowhere', at('dangling.iso'));
  execFileSync('mkfifo', [at('pipe.iso')]);
  writeFileSync(at('closed.iso'), 'x');
  chmodSync(at('closed.iso'), 0);
  writeFileSync(at('empty.iso'), '');
  for (const name of ['folder.iso', 'pipe.iso', 'empty.iso']) giveToUser(at(name));
  const bad: [string, string][] = [
    ['folder.iso', 'it is a folder'],
    ['loop.iso', 'symbolic links'],
    ['dangling.iso', 'was not found'],
    ['pipe.iso', 'it is a pipe'],
    ['closed.iso', 'no permission'],
    ['empty.iso', 'it is empty'],
    ['missing.iso', 'was not found'],
  ];
  const paths = [...bad.map(([name]) => at(name)), ...good.slice(0, 5).map(at)];
  // Not every file manager escapes what is in a name.
  const urls = [
    'file://host/x.iso',
    `file://${at('hundred%2525.iso')}`,
    `file://${at('späce and ümlaut.iso')}`,
    `file://${at('ha#sh.iso')}`,
  ];
  return { args: [...paths, ...urls], good, bad: [...bad, ['file://host/x.iso', 'names no file of this computer']] };
}

const inOffer = (desktop: Desktop, expression: string): Promise<string[]> =>
  desktop.inPage<string[]>(`[...document.querySelectorAll('form.offer ${expression}')].map(({ textContent }) => textContent)`);

async function expectAll(desktop: Desktop, { good, bad }: ReturnType<typeof oddFiles>): Promise<void> {
  await until('the page proposes', async () => (await inOffer(desktop, '.offer-file span:first-child')).length > 0);
  expect((await inOffer(desktop, '.offer-file span:first-child')).sort()).toEqual([...good].sort());
  const refusals = await inOffer(desktop, '.offer-refusals li');
  expect(refusals).toHaveLength(bad.length);
  for (const [name, reason] of bad)
    expect(refusals).toContainEqual(expect.stringMatching(new RegExp(`${name} was not added: .*${reason}`)));
}

describe('odd files next to good ones', () => {
  it('of a second start: the good ones are proposed, and a notice says what is wrong with each other one', async () => {
    const place = bench.place();
    const files = oddFiles(place);
    const desktop = await bench.start(place);
    expect(await startAgain(bench.session, place, files.args)).toBe(0);
    await expectAll(desktop, files);
    await pause(300);
    bench.session.picture(join(PICTURES, 'files-odd.png'));
    await desktop.inPage(`document.querySelector('form.offer button[type=submit]').click()`);
    const names = ['gut', 'image', 'new-line', 'ha-sh', 'que-stion', 'hundred-25', 'spa-ce-and-u-mlaut'];
    await desktop.inPage(`void (location.hash = '#/images')`);
    await until('all of them are imported', () =>
      desktop.inPage<boolean>(`${JSON.stringify(names)}.every((name) => document.querySelector('main').innerText.includes(name))`),
    );
  });

  it('of the first start', async () => {
    const place = bench.place();
    const files = oddFiles(place);
    const desktop = await bench.start(place, { more: files.args });
    await expectAll(desktop, files);
  });
});

// 800 fields of the page take a busy machine many seconds.
describe('800 files in one start', { timeout: 150_000 }, () => {
  /** Together they do not fit in Chromium's message to the first start, 32 KiB with the command line. */
  function manyFiles(place: Place): string[] {
    const iso = makeIso(place.folder, 'one.iso');
    return Array.from({ length: 800 }, (_, index) => {
      const name = join(place.folder, `an-image-with-a-longer-name-${index}.iso`);
      symlinkSync(iso, name);
      return name;
    });
  }
  const proposed = (desktop: Desktop): Promise<number> =>
    desktop.inPage<number>(`document.querySelectorAll('form.offer .offer-row').length`);

  it('are all proposed where the program runs, which runs on', async () => {
    const place = bench.place();
    const many = manyFiles(place);
    const desktop = await bench.start(place);
    const { pid } = desktop;
    expect(await startAgain(bench.session, place, many)).toBe(0);
    await until('all are proposed', async () => (await proposed(desktop)) === 800, 60_000);
    expect(desktop.processes().some((each) => each.pid === pid)).toBe(true);
    bench.session.picture(join(PICTURES, 'files-many.png'));
  });

  it('are all proposed where they are the first start, which starts again with a list of them', async () => {
    const place = bench.place();
    const desktop = await bench.start(place, { more: manyFiles(place), bare: true });
    expect(await desktop.exited).toEqual({ code: 0, signal: null });
    await until('all are proposed', async () => (await proposed(desktop)) === 800, 60_000);
    expect(readdirSync(place.chromium).filter((name) => name.startsWith('files-'))).toEqual([]);
    await (await desktop.page()).send('Browser.close').catch(() => undefined);
    await until('it has stopped', () => hasStopped(place));
  });

  it('a longer command line is refused, and the program that runs keeps running', async () => {
    const place = bench.place();
    const desktop = await bench.start(place);
    const { pid } = desktop;
    const second = await bench.start(place, { more: [`--public-ipv4=${'1'.repeat(40_000)}`], bare: true });
    await until('the box is open', () => second.stderr.includes('E_USAGE') && second.windows().length === 1);
    second.press('Return');
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(desktop.processes().some((each) => each.pid === pid)).toBe(true);
  });
});
