import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { aptPlan, aptSources, deb822Sources, oneLineSources } from '../../../main-services/boot-files/apt-sources.ts';
import { BOOT_FILES } from '../../../main-services/boot-files/catalogue.ts';
import { readCpio } from '../../../main-services/boot-files/cpio.ts';
import { firstFitting } from '../../../main-services/boot-files/dnf.ts';
import { keysOfRepositories } from '../../../main-services/boot-files/rpm-keys.ts';
import { packageManagerOf, readSystem, type System } from '../../../main-services/boot-files/system.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function system(files: Readonly<Record<string, string>>): Promise<System> {
  const etc = mkdtempSync(join(tmpdir(), 'etc-'));
  folders.push(etc);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(etc, path)), { recursive: true });
    writeFileSync(join(etc, path), text);
  }
  return readSystem(etc);
}

const DEBIAN = {
  'os-release': 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_CODENAME=trixie\n',
  'apt/sources.list.d/debian.sources':
    'Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie trixie-updates\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.pgp\n',
  'apt/sources.list.d/vendor.list': 'deb [signed-by=/v.gpg] https://example.org/apt stable main\n',
};
const UBUNTU = {
  'os-release': 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n',
  'apt/sources.list.d/ubuntu.sources':
    'Types: deb\nURIs: http://archive.ubuntu.com/ubuntu/\nSuites: noble noble-updates noble-backports\nComponents: main universe restricted\nSigned-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg\n\nTypes: deb\nURIs: http://security.ubuntu.com/ubuntu/\nSuites: noble-security\nComponents: main\n',
};
const MINT = {
  'os-release': 'PRETTY_NAME="Linux Mint 22"\nID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n',
  'apt/sources.list.d/official-package-repositories.list':
    'deb http://packages.linuxmint.com wilma main upstream import backport\n\ndeb http://archive.ubuntu.com/ubuntu noble main restricted universe multiverse\ndeb http://security.ubuntu.com/ubuntu/ noble-security main restricted\n',
};
const POP = {
  'os-release': 'PRETTY_NAME="Pop!_OS 22.04 LTS"\nID=pop\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=jammy\nUBUNTU_CODENAME=jammy\n',
  'apt/sources.list.d/system.sources':
    'X-Repolib-Name: Pop_OS System Sources\nEnabled: yes\nTypes: deb deb-src\nURIs: http://apt.pop-os.org/ubuntu\nSuites: jammy jammy-security jammy-updates jammy-backports\nComponents: main restricted universe multiverse\n',
};
const KALI = {
  'os-release': 'PRETTY_NAME="Kali GNU/Linux Rolling"\nID=kali\nID_LIKE=debian\nVERSION_CODENAME=kali-rolling\n',
  'apt/sources.list': 'deb http://http.kali.org/kali kali-rolling main contrib\n',
};

describe('where packages come from', () => {
  it.each([
    [
      'Debian',
      DEBIAN,
      { label: 'Debian bookworm', pinned: true },
      [['http://deb.debian.org/debian bookworm main'], ['https://example.org/apt bookworm main']],
    ],
    [
      'Ubuntu',
      UBUNTU,
      { label: 'Ubuntu 24.04.3 LTS', pinned: false },
      [['http://archive.ubuntu.com/ubuntu/ noble noble-updates main universe', 'http://security.ubuntu.com/ubuntu/ noble-security main']],
    ],
    [
      'Mint',
      MINT,
      { label: 'Linux Mint 22', pinned: false },
      [['http://archive.ubuntu.com/ubuntu noble main universe', 'http://security.ubuntu.com/ubuntu/ noble-security main']],
    ],
    [
      'Pop!_OS',
      POP,
      { label: 'Pop!_OS 22.04 LTS', pinned: false },
      [['http://apt.pop-os.org/ubuntu jammy jammy-security jammy-updates main universe']],
    ],
    ['Kali', KALI, { label: 'Kali GNU/Linux Rolling', pinned: false }, [['http://http.kali.org/kali kali-rolling main contrib']]],
  ])('%s: by its own apt sources', async (_name, files, expected, groups) => {
    const found = await system(files);
    expect(packageManagerOf(found)).toBe('apt');
    const plan = aptPlan(found, await aptSources(found), 'bookworm', 'amd64');
    expect(plan).toMatchObject(expected);
    const lines = plan?.groups.map((group) => group.map(({ uri, suites, components }) => [uri, ...suites, ...components].join(' ')));
    expect(lines).toEqual(groups);
  });

  it('Ubuntu’s other architectures are in another archive, with the same key', async () => {
    const found = await system(UBUNTU);
    const plan = aptPlan(found, await aptSources(found), 'bookworm', 'arm64');
    expect(plan?.groups).toEqual([
      [
        expect.objectContaining({
          uri: 'http://ports.ubuntu.com/ubuntu-ports',
          signedBy: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
        }),
      ],
    ]);
  });

  it.each([
    ['fedora', '', 'dnf'],
    ['rhel', 'fedora', 'dnf'],
    ['almalinux', 'rhel centos fedora', 'dnf'],
    ['rocky', 'rhel centos fedora', 'dnf'],
    ['arch', '', undefined],
    ['opensuse-tumbleweed', 'opensuse suse', undefined],
  ])('%s has %j: %s', async (id, like, manager) => {
    expect(packageManagerOf(await system({ 'os-release': `ID="${id}"\nID_LIKE="${like}"\n` }))).toBe(manager);
  });

  it('a system without os-release, such as Windows, has none', async () => expect(packageManagerOf(await system({}))).toBeUndefined());

  it('an inline key is a key, and a disabled stanza nothing', () => {
    const key = 'Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINB\n -----END PGP PUBLIC KEY BLOCK-----\n';
    const stanza = `Types: deb\nURIs: https://x/debian\nSuites: trixie\nComponents: main\n${key}`;
    expect(deb822Sources(stanza)[0]?.signedBy).toBe('-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQINB\n-----END PGP PUBLIC KEY BLOCK-----');
    expect(deb822Sources(`Enabled: no\n${stanza}`)).toEqual([]);
    expect(oneLineSources('# deb http://x y main\ndeb-src http://x y main\n')).toEqual([]);
  });
});

describe('keys of RPM repositories', () => {
  const variables = { releasever: '44', basearch: 'x86_64' };
  it.each([
    ['gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-fedora-$releasever-$basearch', ['/etc/pki/rpm-gpg/RPM-GPG-KEY-fedora-44-x86_64']],
    ['enabled=1\ngpgkey = file:///a, file:///b${releasever}\n  file:///c', ['/a', '/b44', '/c']],
    ['enabled=0\ngpgkey=file:///a', []],
    ['gpgkey=https://example.org/key', []],
  ])('%j', (lines, expected) => {
    expect(keysOfRepositories(`[fedora]\nname=F\n${lines}\n`, variables)).toEqual(expected);
  });
});

describe('the files of a package', () => {
  const hex = (value: number): string => value.toString(16).padStart(8, '0');
  const entry = (name: string, mode: number, data: string): Buffer => {
    const fields = [1, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, 0].map(hex).join('');
    const pad = (text: string): string => text.padEnd(Math.ceil(text.length / 4) * 4, '\0');
    return Buffer.from(pad(`070701${fields}${name}\0`) + pad(data), 'latin1');
  };
  const archive = Buffer.concat([
    entry('./boot', 0o40755, ''),
    entry('./boot/efi/a.efi', 0o100644, 'bytes'),
    entry('./link', 0o120777, '/etc/passwd'),
    entry('TRAILER!!!', 0, ''),
  ]);

  it('are read from cpio, links left out', () => {
    expect([...readCpio(archive)].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([['/boot/efi/a.efi', 'bytes']]);
  });
  it.each([0, 50, 130, archive.length - 130])('are not read from an archive that is cut off at %d', (length) => {
    expect(() => readCpio(archive.subarray(0, length))).toThrow(RangeError);
  });
  it('a star stands for one folder', () => {
    const files = new Map([['/boot/efi/EFI/rocky/shimx64.efi', Buffer.from('1')]]);
    expect(firstFitting(['/usr/x.efi', '/boot/efi/EFI/*/shimx64.efi'], files)?.path).toBe('/boot/efi/EFI/rocky/shimx64.efi');
    expect(firstFitting(['/boot/*/shimx64.efi', '/boot/efi/EFI/*/shimx64xefi'], files)).toBeUndefined();
  });
});

describe('the catalogue', () => {
  it.each(BOOT_FILES)('$name has packages in Ubuntu and Fedora', ({ packages }) => {
    for (const file of [...(packages?.ubuntu ?? []), ...(packages?.fedora ?? [])]) {
      expect(['all', 'amd64', 'arm64']).toContain(file.architecture);
      for (const path of file.paths) expect(path).toMatch(/^\/(usr|boot)\//);
    }
    expect(packages?.ubuntu?.length).toBeGreaterThan(0);
    expect(packages?.fedora?.length).toBeGreaterThan(0);
  });
});
