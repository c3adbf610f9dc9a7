import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../../../../contract/runtime.ts';
import { silentLog } from '../../../../contract/runtime.ts';
import { archToBootFile } from '../../../../main-services/boot/decide/architecture.ts';
import { openBootFileCatalogue } from '../../../../main-services/boot/files/boot-files.ts';
import type { BootFileEntry } from '../../../../main-services/boot-files/catalogue.ts';
import catalogueJson from '../../../../resources/boot-files.json' with { type: 'json' };

const RIGHT = 'the bytes of the package';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const FILES: BootFileEntry[] = [
  {
    name: 'ipxe.efi',
    aliases: ['ipxe-amd64.efi'],
    architecture: 'x86-64 UEFI',
    source: { suite: 'trixie', package: 'ipxe', packageArchitecture: 'all', version: '1.0', path: '/usr/lib/ipxe/ipxe.efi' },
    sha256: sha256(RIGHT),
    cost: 'x86-64 UEFI machines cannot netboot.',
  },
];

let dir: string;
let said: string[];
const log: Log = { ...silentLog, warn: (_fields, message) => said.push(message) };
const open = () => openBootFileCatalogue({ dir, log, files: FILES });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'boot-files-'));
  said = [];
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function textOf(name: string): Promise<string | undefined> {
  const source = await open().open(name);
  if (!source) return undefined;
  const bytes = await source.read(0, source.size);
  await source.close();
  return Buffer.from(bytes).toString();
}

describe('the boot-file catalogue', () => {
  it('verifies a file of the package by its hash', async () => {
    await writeFile(join(dir, 'ipxe.efi'), RIGHT);
    expect(await open().status()).toEqual([
      {
        name: 'ipxe.efi',
        arch: 'x86-64 UEFI',
        present: true,
        size: RIGHT.length,
        sha256: sha256(RIGHT),
        origin: 'verified',
        from: 'Debian trixie, package ipxe 1.0, /usr/lib/ipxe/ipxe.efi',
        cost: 'x86-64 UEFI machines cannot netboot.',
        path: join(dir, 'ipxe.efi'),
        facts: { format: 'unknown' },
      },
    ]);
  });

  it('serves a file that the user dropped in, and says so', async () => {
    await writeFile(join(dir, 'ipxe.efi'), 'my own build');
    expect(await open().status()).toMatchObject([{ present: true, origin: 'other', sha256: sha256('my own build') }]);
    expect(await textOf('ipxe.efi')).toBe('my own build');
    await expect.poll(() => said.join()).toContain(sha256('my own build'));
  });

  it('names what a missing file costs', async () => {
    const files = open();
    expect(await files.status()).toMatchObject([{ present: false, origin: 'missing', cost: 'x86-64 UEFI machines cannot netboot.' }]);
    expect(await files.open('ipxe.efi')).toBeUndefined();
    expect(files.missing('ipxe.efi')).toBe(
      'ipxe.efi is missing: x86-64 UEFI machines cannot netboot. Run "npm run boot-files", or put the file into the boot-files folder.',
    );
  });

  it('takes a folder that does not exist, and files that appear later', async () => {
    await rm(dir, { recursive: true });
    const files = open();
    expect(await files.status()).toMatchObject([{ origin: 'missing' }]);
    await mkdir(dir);
    await writeFile(join(dir, 'ipxe.efi'), RIGHT);
    expect(await files.status()).toMatchObject([{ origin: 'verified' }]);
  });

  it('hashes again when size or time change', async () => {
    const files = open();
    const path = join(dir, 'ipxe.efi');
    await writeFile(path, RIGHT);
    expect(await files.status()).toMatchObject([{ origin: 'verified' }]);
    await writeFile(path, RIGHT.toUpperCase());
    await utimes(path, 1, 1);
    expect(await files.status()).toMatchObject([{ origin: 'other' }]);
  });

  it('serves each name of a file, under whichever of them it lies', async () => {
    await writeFile(join(dir, 'ipxe-amd64.efi'), RIGHT);
    expect(await textOf('ipxe.efi')).toBe(RIGHT);
    expect(await textOf('ipxe-amd64.efi')).toBe(RIGHT);
    expect(open().resolve('ipxe-amd64.efi')).toBe('ipxe.efi');
    expect(open().names()).toEqual(['ipxe.efi', 'ipxe-amd64.efi']);
  });

  it.each(['IPXE.EFI', 'other.efi', '', '.', '..', '../ipxe.efi', './ipxe.efi', '/ipxe.efi', 'ipxe.efi\0', 'ipxe.efi/', '__proto__'])(
    'has no file named %j',
    async (name) => {
      await writeFile(join(dir, 'ipxe.efi'), RIGHT);
      await writeFile(join(dir, 'other.efi'), RIGHT);
      expect(await open().open(name)).toBeUndefined();
      expect(open().resolve(name)).toBeUndefined();
      expect(open().missing(name)).toMatch(/^Boot file "[\x20-\x7e]*" not found\.$/);
    },
  );

  it('follows a link inside the folder, and none that leads out of it', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    await writeFile(join(outside, 'secret'), 'secret');
    await writeFile(join(dir, 'build-7.efi'), RIGHT);
    await symlink('build-7.efi', join(dir, 'ipxe.efi'));
    expect(await textOf('ipxe.efi')).toBe(RIGHT);
    await rm(join(dir, 'ipxe.efi'));
    await symlink(join(outside, 'secret'), join(dir, 'ipxe.efi'));
    expect(await textOf('ipxe.efi')).toBeUndefined();
    expect(await open().status()).toMatchObject([{ origin: 'missing' }]);
    expect(said.join()).toContain('is not served');
    await rm(outside, { recursive: true });
  });

  it('a folder of that name is not a file', async () => {
    await mkdir(join(dir, 'ipxe.efi'));
    expect(await open().open('ipxe.efi')).toBeUndefined();
    expect(await open().status()).toMatchObject([{ origin: 'missing' }]);
  });
});

describe('resources/boot-files.json', () => {
  const names = openBootFileCatalogue({ dir: 'nowhere', log: silentLog }).names();

  it('has the seeds’ four names', () => {
    expect(names).toEqual(expect.arrayContaining(['undionly.kpxe', 'ipxe.efi', 'snp-x86_64.efi', 'snp-arm64.efi']));
  });
  it('has every file that the architecture table gives', () => {
    for (let arch = 0; arch < 64; arch++) expect([...names, undefined]).toContain(archToBootFile(arch));
  });
  it('has no name twice', () => expect(new Set(names).size).toBe(names.length));
  it.each(catalogueJson.files)('$name has a hash, a source and a cost', (file) => {
    expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(file.source.path).toMatch(/^\/usr\/lib\//);
    expect(file.cost).toMatch(/^[\x20-\x7e]{20,160}\.$/);
  });
});
