import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checksumsNextTo, sumsOf } from '../../../../main-services/inventory/imports/checksums.ts';
import { imported } from '../../../../main-services/inventory/imports/sentences.ts';
import { confirmed, sameBytes } from '../../../../main-services/inventory/imports/verdict.ts';
import { sha256OfDigest } from '../../../../main-services/management/rest/repr-digest.ts';

const A = 'a1'.repeat(32);
const B = 'b2'.repeat(32);
const MD5 = 'c3'.repeat(16);
const SHA512 = 'd4'.repeat(64);

const FEDORA = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

# Fedora-Server-dvd-x86_64-43-1.6.iso: 3281846272 bytes
SHA256 (Fedora-Server-dvd-x86_64-43-1.6.iso) = ${A}
# Fedora-Server-netinst-x86_64-43-1.6.iso: 1012342784 bytes
SHA256 (Fedora-Server-netinst-x86_64-43-1.6.iso) = ${B}
-----BEGIN PGP SIGNATURE-----

iQIzBAEBCAAdFiEEBn
-----END PGP SIGNATURE-----
`;

describe('the sums in a checksum file', () => {
  it.each([
    ['GNU text', `${A}  a.iso\n${B}  b.iso\n`, 'a.iso', false, [A]],
    ['GNU binary', `${A} *a.iso\n`, 'a.iso', false, [A]],
    ['Windows line ends and capitals', `${A.toUpperCase()} *a.iso\r\n`, 'a.iso', false, [A]],
    ['a name in a folder', `${A}  ./iso/a.iso\n${B}  iso\\b.iso\n`, 'b.iso', false, [B]],
    ['a name with blanks', `${A}  my own.iso\n`, 'my own.iso', false, [A]],
    ['BSD, signed', FEDORA, 'Fedora-Server-netinst-x86_64-43-1.6.iso', false, [B]],
    ['another name only', `${A}  b.iso\n`, 'a.iso', false, []],
    ['other algorithms', `${MD5}  a.iso\n${SHA512}  a.iso\nMD5 (a.iso) = ${MD5}\nSHA512 (a.iso) = ${SHA512}\n`, 'a.iso', false, []],
    ['a bare sum in a list', `${A}\n`, 'a.iso', false, []],
    ['a bare sum in the ISO’s own file', `${A}\n`, 'a.iso', true, [A]],
    ['the name before it was renamed, in its own file', `${A}  b.iso\n`, 'a.iso', true, [A]],
    ['two names, neither its own, in its own file', `${A}  b.iso\n${B}  c.iso\n`, 'a.iso', true, []],
    ['the same sum twice', `${A}  a.iso\nSHA256 (a.iso) = ${A}\n`, 'a.iso', false, [A]],
    ['a line of blanks without end', `${A}${' '.repeat(1_000_000)}x\n${B}  a.iso\n`, 'a.iso', false, [B]],
    ['nonsense', '\0\0\0\n)(=\n', 'a.iso', true, []],
  ])('%s', (_form, text, file, alone, sums) => {
    expect(sumsOf(text, file, alone)).toEqual(sums);
  });
});

describe('the checksum files beside an ISO', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'checksums-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    'a.iso.sha256',
    'a.iso.sha256sum',
    'a.sha256',
    'SHA256SUMS',
    'SHA256SUM',
    'sha256sum.txt',
    'sha256sums.txt',
    'CHECKSUM',
    'CHECKSUM.txt',
    'Fedora-43.CHECKSUM',
    'Fedora-Server-43-1.6-x86_64-CHECKSUM',
  ])('%s', async (name) => {
    writeFileSync(join(folder, name), `${A}  a.iso\n`);
    expect(await checksumsNextTo(join(folder, 'a.iso'))).toEqual([{ sha256: A, by: name }]);
  });

  it('are not those of another ISO, of other sums, or too large to be text', async () => {
    for (const name of ['b.iso.sha256', 'SHA512SUMS', 'MD5SUMS', 'notes.txt']) writeFileSync(join(folder, name), `${A}  a.iso\n`);
    writeFileSync(join(folder, 'SHA256SUMS'), `${A}  a.iso\n`.padEnd(2 * 1024 * 1024, '\n'));
    mkdirSync(join(folder, 'CHECKSUM'));
    execFileSync('mkfifo', [join(folder, 'SHA256SUM')]);
    expect(await checksumsNextTo(join(folder, 'a.iso'))).toEqual([]);
  });

  it('of a folder that cannot be read say nothing', async () => {
    expect(await checksumsNextTo('/nowhere/a.iso')).toEqual([]);
  });
});

describe('the verdict on an import', () => {
  it('names who confirms it, or nobody', () => {
    expect(confirmed({ name: 'a' }, A)).toBeUndefined();
    expect(confirmed({ name: 'a', expected: [{ sha256: A, by: 'SHA256SUMS' }] }, A)).toBe('SHA256SUMS');
  });

  it('is E_CHECKSUM with both sums when one of several files says otherwise', () => {
    const expected = [
      { sha256: A, by: 'a.iso.sha256' },
      { sha256: B, by: 'SHA256SUMS' },
    ];
    expect(() => confirmed({ name: 'a', expected }, A)).toThrow(
      expect.objectContaining({ code: 'E_CHECKSUM', message: `The SHA-256 of a is ${A}, but should be ${B} (SHA256SUMS).` }),
    );
  });

  it('knows the same bytes under another name', () => {
    expect(sameBytes('new', A, [{ name: 'old', sha256: A }])).toMatchObject({
      code: 'E_EXISTS',
      next: expect.stringContaining('Use image old') as string,
    });
    expect(sameBytes('new', A, [{ name: 'old' }, { name: 'other', sha256: B }, { name: 'new', sha256: A }])).toBeUndefined();
  });
});

describe('the words for a new image', () => {
  const index = { volumeId: 'FEDORA', size: 3.2e9, etag: 'e', biosBootable: true, uefiBootable: true, placeholderOffsets: [] };
  const image = {
    name: 'f',
    source: { type: 'file', path: '/f' },
    kind: 'install',
    description: '',
    bootConfigs: [],
    createdAt: 0,
    updatedAt: 0,
  } as const;
  it.each([
    [{ index, sha256: A }, `f was added to the library: volume FEDORA, 3200 MB. It boots by BIOS and UEFI. Its SHA-256 is ${A}.`],
    [
      {
        index: { ...index, biosBootable: false, profile: { id: 'fedora', title: 'Fedora Server 43', arch: [] } },
        sha256: A,
        verifiedBy: 'CHECKSUM',
      },
      `f was added to the library: Fedora Server 43 (volume FEDORA), 3200 MB. It boots by UEFI. Its SHA-256 is ${A}, verified against CHECKSUM.`,
    ],
    [
      {
        index: {
          ...index,
          size: 5e5,
          volumeId: '',
          biosBootable: false,
          uefiBootable: false,
          profile: { id: 'unknown', title: '?', arch: [] },
        },
        sha256: A,
      },
      `f was added to the library: an unnamed volume, 0.5 MB. It is not bootable. Its SHA-256 is ${A}.`,
    ],
  ])('%#', (found, words) => {
    expect(imported({ ...image, bootConfigs: [], ...found })).toBe(words);
  });
});

describe('the digest of an upload', () => {
  const base64 = Buffer.from(A, 'hex').toString('base64');
  it.each([
    ['sha-256 alone', `sha-256=:${base64}:`, A],
    ['among others', `md5=:1B2M2Y8AsgTpgAmY7PhCfg==:, sha-256=:${base64}:`, A],
    ['others only', 'md5=:1B2M2Y8AsgTpgAmY7PhCfg==:', undefined],
    ['hexadecimal', `sha-256=${A}`, false],
    ['too short', 'sha-256=:AAAA:', false],
    ['not quite base64', `sha-256=:${base64.slice(0, -2)}B=:`, false],
    ['empty', '', false],
  ])('%s', (_form, field, expected) => {
    expect(sha256OfDigest(field)).toBe(expected);
  });
});
