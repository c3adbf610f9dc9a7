import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = join(process.cwd(), 'scripts/boot-files.mjs');
const RIGHT = 'the bytes of the package';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let work: string;
let dir: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'boot-files-script-'));
  dir = join(work, 'files');
  await mkdir(dir);
  const source = { suite: 'trixie', package: 'ipxe', packageArchitecture: 'all', version: '1', path: '/usr/lib/ipxe/ipxe.efi' };
  const file = { name: 'ipxe.efi', aliases: [], architecture: 'x86-64 UEFI', source, sha256: sha256(RIGHT), cost: 'Nothing boots.' };
  await writeFile(join(work, 'catalogue.json'), JSON.stringify({ files: [file] }));
});
afterEach(() => rm(work, { recursive: true }));

interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Without apt on the PATH, so that nothing here ever needs a network. */
function script(...args: string[]): Promise<Ended> {
  const options = { env: { PATH: join(work, 'no-programs'), TMPDIR: work } };
  const command = [SCRIPT, '--dir', dir, '--catalogue', join(work, 'catalogue.json'), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

describe('npm run boot-files', () => {
  it('does nothing when every file is there and right', async () => {
    await writeFile(join(dir, 'ipxe.efi'), RIGHT);
    expect(await script()).toEqual({ code: 0, out: `boot-files: all 1 files are in ${dir}.\n`, err: '' });
    expect(await readdir(dir)).toEqual(['ipxe.efi']);
  });

  it('keeps a file that the user put there', async () => {
    await writeFile(join(dir, 'ipxe.efi'), 'my own build');
    expect(await script()).toMatchObject({ code: 0, out: expect.stringContaining('ipxe.efi: your own file stays in place.') as string });
    expect(await readFile(join(dir, 'ipxe.efi'), 'utf8')).toBe('my own build');
  });

  it('wants a file again that it fetched for an older catalogue', async () => {
    await writeFile(join(dir, 'ipxe.efi'), 'the older build');
    await writeFile(join(dir, '.fetched.json'), JSON.stringify({ 'ipxe.efi': sha256('the older build') }));
    expect(await script()).toMatchObject({ code: 1 });
  });

  it('says where to put which file where apt does not exist', async () => {
    const { code, err } = await script();
    expect(code).toBe(1);
    expect(err).toContain(`Put them into ${dir} yourself`);
    expect(err).toContain("ipxe.efi  (/usr/lib/ipxe/ipxe.efi of Debian trixie's package ipxe)");
    expect(err).not.toContain('    at ');
  });

  it.each([
    [['other.efi'], 'other.efi is not in the catalogue; it has ipxe.efi.'],
    [['--what'], '--what is not an option.'],
    [['--dir'], '--dir needs a value.'],
    [['--catalogue', '/nowhere.json'], '/nowhere.json cannot be read'],
  ])('refuses %j in a sentence', async (args, sentence) => {
    const { code, err } = await script(...args);
    expect(code).toBe(1);
    expect(err).toContain(sentence);
    expect(err).not.toContain('    at ');
  });
});
