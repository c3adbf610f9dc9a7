import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ipxeProgram } from '../../fixtures/boot-files.ts';

const SCRIPT = join(process.cwd(), 'scripts/boot-files.mjs');
const RIGHT = 'the bytes of the package';
const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');

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

/** Without apt and dnf on the PATH, so that nothing here ever needs a network. */
function script(...args: string[]): Promise<Ended> {
  const options = { env: { PATH: join(work, 'no-programs'), TMPDIR: work } };
  const folders = ['--dir', dir, '--data-dir', join(work, 'data'), '--boot-files-dir', join(work, 'program')];
  const command = [SCRIPT, ...args, ...(args[0] === 'list' ? folders.slice(2) : folders), '--catalogue', join(work, 'catalogue.json')];
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

describe('npm run boot-files', () => {
  it('does nothing when every file is there and right', async () => {
    await writeFile(join(dir, 'ipxe.efi'), RIGHT);
    expect(await script()).toEqual({ code: 0, out: 'All boot files are present.\n', err: '' });
    expect(await readdir(dir)).toEqual(['ipxe.efi']);
  });

  it('keeps a file that the user put there', async () => {
    await writeFile(join(dir, 'ipxe.efi'), 'my own build');
    expect(await script()).toMatchObject({ code: 0, err: expect.stringContaining('ipxe.efi: your own file stays in place.') as string });
    expect(await readFile(join(dir, 'ipxe.efi'), 'utf8')).toBe('my own build');
  });

  it('wants a file again that it fetched for an older catalogue', async () => {
    await writeFile(join(dir, 'ipxe.efi'), 'the older build');
    await writeFile(join(dir, '.fetched.json'), JSON.stringify({ 'ipxe.efi': sha256('the older build') }));
    expect(await script()).toMatchObject({ code: 1 });
  });

  it('counts a file that the program’s folder has', async () => {
    await mkdir(join(work, 'program'));
    await writeFile(join(work, 'program', 'ipxe.efi'), RIGHT);
    expect(await script()).toMatchObject({ code: 0 });
    expect(await readdir(dir)).toEqual([]);
  });

  it('names a source, as one command, where the distribution’s packages cannot be had', async () => {
    const { code, err } = await script();
    expect(code).toBe(1);
    expect(err).toContain('E_BOOT_FILE_SOURCE: ');
    expect(err).toContain('Missing: ipxe.efi.');
    expect(err).toContain('bootbench boot-files fetch --from https://boot.ipxe.org');
    expect(err).not.toContain('    at ');
  });

  it('installs from a folder with --yes, and without it shows the hash and installs nothing', async () => {
    const source = join(work, 'source');
    await mkdir(source);
    await writeFile(join(source, 'ipxe.efi'), ipxeProgram());
    const asked = await script('--from', source);
    expect(asked).toMatchObject({ code: 1, err: expect.stringContaining(sha256(ipxeProgram())) as string });
    expect(asked.err).toContain('iPXE 1.21.1+ (test), x86-64, 64-bit offsets');
    expect(await readdir(dir)).toEqual([]);
    expect(await script('--from', source, '--yes')).toMatchObject({ code: 0, out: `Installed in ${dir}: ipxe.efi.\n` });
    const listed = await script('--from', source, '--sha256', `ipxe.efi=${'0'.repeat(64)}`);
    expect(listed).toMatchObject({ code: 1, err: expect.stringContaining('E_BOOT_FILE_REFUSED') as string });
    expect((await readFile(join(dir, 'ipxe.efi'))).equals(ipxeProgram())).toBe(true);
  });

  it('lists what each file is, the user’s folder first', async () => {
    const user = join(work, 'data', 'boot-files');
    await mkdir(user, { recursive: true });
    await writeFile(join(user, 'ipxe.efi'), ipxeProgram());
    const { code, out } = await script('list');
    expect(code).toBe(0);
    expect(out).toContain(`Searched in this order: ${user}, ${join(work, 'program')}`);
    expect(out).toContain('ipxe.efi: your own file');
    expect(out).toContain('features: iSCSI, HTTP, HTTPS, DNS, VLAN');
  });

  it.each([
    [['other.efi'], 1, 'other.efi is not in the catalogue; it has ipxe.efi.'],
    [['--what'], 2, '--what'],
    [['--from', '.', '--sha256', 'ipxe.efi=12'], 2, 'expected NAME=HASH'],
    [['--from', 'http://192.0.2.1/'], 1, 'plain HTTP'],
  ])('refuses %j in a sentence', async (args, expected, sentence) => {
    const { code, err } = await script(...args);
    expect(code).toBe(expected);
    expect(err).toContain(sentence);
    expect(err).not.toContain('    at ');
  });
});
