import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PICTURES, useBench } from './bench.ts';
import { endOf, hasStopped } from './end.ts';
import type { Place, StartOptions } from './desktop.ts';
import { giveToUser, pause, until } from './session.ts';

const bench = useBench();

/** A start that fails: its words on stderr, when its box is open. The box is closed, and the program must end with 1. */
async function failsWith(code: string, place: Place, options: StartOptions = {}): Promise<string> {
  const desktop = await bench.start(place, { bare: true, ...options });
  await until('the box is open', () => desktop.stderr.includes(code) && desktop.windows().length === 1);
  await pause(300);
  bench.session.picture(join(PICTURES, 'box-start-fails.png'));
  const exit = await endOf(desktop, () => desktop.press('Return'));
  expect(exit).toMatchObject({ code: 1, signal: null });
  return desktop.stderr;
}

/** The folder for temporary files as this start has it. */
const withTemp = (path: string): StartOptions => ({ env: { TMPDIR: path } });

describe('a start without a folder for temporary files says so on stderr and in a box, and ends with 1', () => {
  it('that cannot be created', async () => {
    const place = bench.place();
    const closed = place.subfolder('closed');
    chmodSync(closed, 0o555);
    const path = join(closed, 'gone');
    expect(await failsWith('E_START_FOLDER', place, withTemp(path))).toMatch(new RegExp(`${path}, cannot be used \\(ENOENT\\)`));
  });

  it('that it may not write to', async () => {
    const place = bench.place();
    const path = place.subfolder('closed');
    chmodSync(path, 0o555);
    expect(await failsWith('E_START_FOLDER', place, withTemp(path))).toMatch(new RegExp(`${path}, cannot be used \\(EACCES\\)`));
  });

  it('whose path is too long for a socket; one byte less is enough', async () => {
    const place = bench.place();
    const path = place.subfolder('x'.repeat(62 - place.folder.length - 1));
    expect(path).toHaveLength(62);
    expect(await failsWith('E_START_FOLDER', place, withTemp(path))).toContain('more than 61 bytes');
    const desktop = await bench.start(bench.place(), withTemp(place.subfolder('y'.repeat(61 - place.folder.length - 1))));
    expect(await desktop.stop()).toEqual({ code: 0, signal: null });
  });
});

it('a start whose profile cannot be written says so, and ends with 1', async () => {
  const place = bench.place();
  mkdirSync(place.chromium, { mode: 0o555 });
  expect(await failsWith('E_START_FOLDER', place)).toContain(`${place.chromium}, cannot be written (EACCES)`);
});

it.runIf(process.getuid?.() === 0)('a start while Bootbench runs for another user says so, and ends with 1', async () => {
  const place = bench.place();
  mkdirSync(place.chromium);
  chmodSync(place.chromium, 0o777);
  const first = await bench.start(place, { asRoot: true, more: ['--no-sandbox'] });
  const other = Object.assign(bench.place(), { chromium: place.chromium });
  giveToUser(place.chromium);
  expect(await failsWith('E_LOCKED', other)).toContain(`another user of this computer (process ${first.pid})`);
  expect(hasStopped(place), 'the other one runs on').toBe(false);
});

it('a second start needs no folder for temporary files', async () => {
  const place = bench.place();
  await bench.start(place);
  const closed = place.subfolder('closed');
  chmodSync(closed, 0o555);
  const second = await bench.start(place, { bare: true, ...withTemp(join(closed, 'gone')) });
  expect(await second.exited).toEqual({ code: 0, signal: null });
});
