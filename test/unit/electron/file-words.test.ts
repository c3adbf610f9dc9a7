import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examine, filesNamedIn } from '../../../electron/file-words.ts';

describe('the files of a command line', () => {
  it.each([
    ['an absolute path', ['/isos/a.iso'], ['/isos/a.iso']],
    ['a relative path belongs to the caller’s folder', ['a.ISO'], ['/home/t/a.ISO']],
    ['a file URL, as a desktop gives it', ['file:///isos/Windows%20Server.iso'], ['/isos/Windows Server.iso']],
    ['a file URL with what should be escaped', ['file:///isos/a#b?c.iso'], ['/isos/a#b?c.iso']],
    ['a path in which the same characters are', ['/isos/a#b?c%20d\n.iso'], ['/isos/a#b?c%20d\n.iso']],
    ['a file URL of another file: the page says what an ISO is', ['FILE:///notes.txt'], ['/notes.txt']],
    ['several', ['a.iso', '/b.iso'], ['/home/t/a.iso', '/b.iso']],
    ['flags are none', ['--nic=eth0.iso', '-x.iso'], []],
    ['other words are none', ['.', 'out/main/index.js', 'a.img', 'https://x/a.iso'.replace('.iso', '')], []],
    ['a URL of another computer stays as it is', ['file://server/a.iso'], ['file://server/a.iso']],
    ['a URL that hides a slash stays as it is', ['file:///isos%2Fa.iso'], ['file:///isos%2Fa.iso']],
  ])('%s', (_what, args, files) => {
    expect(filesNamedIn(args, '/home/t')).toEqual(files);
  });
});

describe('a file that was opened', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'opened-'));
    writeFileSync(at('good.iso'), 'x');
    symlinkSync('good.iso', at('link.iso'));
    mkdirSync(at('folder.iso'));
    symlinkSync('loop.iso', at('loop.iso'));
    writeFileSync(at('empty.iso'), '');
    if (process.platform !== 'win32') execFileSync('mkfifo', [at('pipe.iso')]);
    writeFileSync(at('closed.iso'), 'x');
    chmodSync(at('closed.iso'), 0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['good.iso', 'link.iso'])('%s has no problem', async (name) => {
    expect(await examine(at(name))).toEqual({ path: at(name) });
  });

  it.each([
    ['folder.iso', /is a folder/],
    ['loop.iso', /symbolic links/],
    ['empty.iso', /is empty/],
    ['pipe.iso', /is a pipe/],
    ['missing.iso', /not found/],
    ['good.iso/x.iso', /not found/],
    [`${'x'.repeat(300)}.iso`, /ENAMETOOLONG/],
  ])('%s has one, with its path', async (name, problem) => {
    const found = await examine(at(name));
    expect(found.path).toBe(at(name));
    expect(found.problem).toMatch(problem);
  });

  it.skipIf(process.getuid?.() === 0)('that this user may not read has one', async () => {
    expect((await examine(at('closed.iso'))).problem).toMatch(/no permission/);
  });

  it('on another computer has one', async () => {
    expect((await examine('file://server/a.iso')).problem).toContain('file://server/a.iso was not added');
  });
});
