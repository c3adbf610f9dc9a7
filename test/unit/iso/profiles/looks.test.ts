import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { openIso } from '../../../../main-services/iso/iso9660/volume.ts';
import type { IsoVolume } from '../../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { collectFacts } from '../../../../main-services/iso/profiles/facts.ts';
import { identifyImage, PROFILES, profileOf } from '../../../../main-services/iso/profiles/profiles.ts';
import { archOf, iniValues, titleOf } from '../../../../main-services/iso/profiles/titles.ts';
import type { IsoFacts } from '../../../../main-services/iso/profiles/types.ts';
import { buildIso } from '../build-iso.ts';
import { indexTree } from './indexed-tree.ts';
import { LAYOUTS } from './vendor-trees.ts';

const NOTHING: IsoFacts = { volumeId: '', paths: new Set(), texts: new Map(), udf: false, placeholder: false, ukis: false };

function factsOf(volumeId: string, paths: readonly string[] = [], texts: Record<string, string> = {}): IsoFacts {
  return { ...NOTHING, volumeId, paths: new Set([...paths, ...Object.keys(texts)]), texts: new Map(Object.entries(texts)) };
}

const PXEBOOT = ['images/pxeboot/vmlinuz', 'images/pxeboot/initrd.img'];
const LOADER = ['boot/x86_64/loader/linux', 'boot/x86_64/loader/initrd'];

describe('other members of the families', () => {
  it.each<[string, IsoFacts, string, string]>([
    [
      'Rocky',
      factsOf('Rocky-9-4-x86_64-dvd', PXEBOOT, {
        '.treeinfo': '[general]\nfamily = Rocky Linux\nversion = 9.4\nvariant = BaseOS\narch = x86_64',
      }),
      'fedora',
      'Rocky Linux 9.4 (network install)',
    ],
    [
      'Alma, without .treeinfo',
      factsOf('AlmaLinux-9-4-x86_64-dvd', ['images/install.img', 'minimal/repodata/repomd.xml']),
      'fedora',
      'AlmaLinux 9.4',
    ],
    [
      'CentOS Stream',
      factsOf('CentOS-Stream-10-BaseOS-x86_64', ['images/install.img', 'baseos/repodata/repomd.xml']),
      'fedora',
      'CentOS Stream 10',
    ],
    [
      'RHEL boot.iso',
      factsOf('RHEL-10-0-BaseOS-x86_64', ['images/install.img']),
      'fedora',
      'Red Hat Enterprise Linux 10.0 (network install)',
    ],
    ['Rocky live', factsOf('Rocky-Workstation-9', ['liveos/squashfs.img']), 'fedora-live', 'Rocky Linux Workstation Live 9'],
    [
      'Kubuntu',
      factsOf('Kubuntu 24.04 LTS amd64', ['casper'], { '.disk/info': 'Kubuntu 24.04 LTS "Noble Numbat" - Release amd64 (20240425)' }),
      'ubuntu-desktop',
      'Kubuntu 24.04 LTS',
    ],
    [
      'Ubuntu for arm64',
      factsOf('Ubuntu-Server 25.10 arm64', ['casper'], {
        '.disk/info': 'Ubuntu-Server 25.10 "Questing Quokka" - Release arm64 (20251009)',
      }),
      'ubuntu-server',
      'Ubuntu Server 25.10',
    ],
    [
      'Debian DVD',
      factsOf('Debian 13.1.0 amd64 1', ['install.amd'], {
        '.disk/info': 'Debian GNU/Linux 13.1.0 "Trixie" - Official amd64 DVD Binary-1 20250906',
      }),
      'debian',
      'Debian 13.1 installer',
    ],
    [
      'Kali',
      factsOf('Kali Linux amd64 1', ['install.amd'], {
        '.disk/info': 'Kali GNU/Linux 2024.1 "Kali-last-snapshot" - Official amd64 BD Binary-1',
      }),
      'debian',
      'Kali 2024.1 installer',
    ],
    ['SLES 15', factsOf('SLE-15-SP6-Full-x86_64186.7', [...LOADER]), 'suse', 'SUSE Linux Enterprise 15 SP6'],
    ['Tumbleweed', factsOf('openSUSE-Tumbleweed-DVD-x86_6420', [...LOADER]), 'suse', 'openSUSE Tumbleweed'],
    ['Leap 16', factsOf('Leap-16.0-x86_64', ['liveos/squashfs.img', ...LOADER]), 'agama', 'openSUSE Leap 16.0'],
    ['RHEL CoreOS', factsOf('rhcos-418.94.202501221327-0'), 'coreos', 'RHEL CoreOS 418.94.202501221327-0'],
    [
      'Proxmox Backup Server',
      factsOf('PBS', ['boot/linux26'], { '.cd-info': "PRODUCT='pbs'\nRELEASE='3.3'\nISORELEASE='1'\n" }),
      'proxmox',
      'Proxmox Backup Server 3.3-1',
    ],
    [
      'Proxmox by .disk/info',
      factsOf('PVE', ['boot/linux26'], { '.disk/info': "RELEASE='9.2'\nISORELEASE='1'\nPRODUCT='pve'\nPRODUCTLONG='Proxmox VE'\n" }),
      'proxmox',
      'Proxmox VE 9.2-1',
    ],
    [
      'ESXi by its files',
      factsOf('CUSTOM', ['imgdb.tgz'], { 'boot.cfg': 'kernel=/b.b00\nbuild=7.0.3-0.105.22348816\n' }),
      'esxi',
      'VMware ESXi 7.0.3',
    ],
    [
      'XenServer',
      factsOf('XenServer-8', ['install.img', 'boot/xen.gz'], {
        '.treeinfo': '[platform]\nname = XCP\nversion = 3.4.0\n[branding]\nname = XenServer\n',
      }),
      'xcp-ng',
      'XCP 3.4.0',
    ],
    ['Windows Server', factsOf('SSS_X64FREE_EN-US_DV9', ['bootmgr', 'sources/boot.wim']), 'windows', 'Windows Server Setup (EN-US)'],
    ['Windows for arm64', factsOf('CCCOMA_A64FRE_DE-DE_DV9', ['bootmgr.efi', 'sources/install.esd']), 'windows', 'Windows Setup (DE-DE)'],
    ['Alpine extended', factsOf('alpine-ext 3.21.2 aarch64'), 'alpine', 'Alpine Linux 3.21.2 extended'],
    ['NixOS graphical', factsOf('nixos-graphical-25.05-x86_64', ['nix-store.squashfs']), 'nixos', 'NixOS 25.05 graphical'],
    ['Memtest86+ of 32 bits', factsOf('MT86PLUS_32'), 'memtest', 'Memtest86+'],
    ['ipxe.iso', factsOf('ISOIMAGE'), 'unknown', 'ISOIMAGE'],
    ['no name at all', factsOf(''), 'unknown', 'Unknown system'],
  ])('%s', (_what, facts, id, title) => {
    expect(identifyImage(facts)).toMatchObject({ id, title });
  });

  it('arm64 is seen where it is named, or by the loader', () => {
    expect(identifyImage(factsOf('CCCOMA_A64FRE_DE-DE_DV9', ['bootmgr.efi', 'sources/boot.wim'])).arch).toEqual(['aarch64']);
    expect(identifyImage(factsOf('TALOS_V1_9_3', ['efi/boot/bootaa64.efi'])).arch).toEqual(['aarch64']);
    expect(identifyImage(factsOf('TALOS_V1_9_3', ['efi/boot/bootaa64.efi', 'efi/boot/bootx64.efi'])).arch).toEqual(['x86_64', 'aarch64']);
  });
});

describe('real ISOs of Debian’s packages', () => {
  it.each([
    ['/usr/lib/memtest86+/memtest86+x64.iso', 'memtest', 'Memtest86+', ['x86_64']],
    ['/usr/lib/memtest86+/memtest86+ia32.iso', 'memtest', 'Memtest86+', []],
    ['/usr/lib/ipxe/ipxe.iso', 'unknown', 'ISOIMAGE', []],
    ['/usr/lib/grub-rescue/grub-rescue-cdrom.iso', 'unknown', 'ISOIMAGE', []],
  ])('%s is %s', async (path, id, title, arch) => {
    const source = memorySource(await readFile(path));
    const facts = await collectFacts({ source, volume: await openIso(source), placeholder: false, ukis: [] });
    expect(identifyImage(facts)).toMatchObject({ id, title, arch });
  });
});

describe('a look at an ISO', () => {
  it('reads folders with markers only, however many files there are', async () => {
    const layout = LAYOUTS.find(({ profile }) => profile === 'fedora')!;
    const many = Array.from({ length: 300 }, (_one, number) => ({ path: `Packages/a/p${number}.rpm`, bytes: Buffer.from('rpm') }));
    const files = Object.entries(layout.files).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
    const iso = buildIso({ files: [...files, ...many], volumeId: layout.volumeId, joliet: true });
    const inner = memorySource(iso);
    let bytes = 0;
    const counted = { ...inner, read: (offset: number, length: number) => ((bytes += length), inner.read(offset, length)) };
    const facts = await collectFacts({ source: counted, volume: await openIso(counted), placeholder: false, ukis: [] });
    expect(identifyImage(facts).title).toBe('Fedora Server 43');
    expect(bytes).toBeLessThan(120_000);
  });

  it('takes no more of a marker file than its start, and survives one that lies behind the end', async () => {
    const huge = { path: '.disk/info', bytes: Buffer.alloc(100_000, 'x') };
    const source = memorySource(buildIso({ files: [huge] }));
    const volume = await openIso(source);
    const { texts } = await collectFacts({ source, volume, placeholder: false, ukis: [] });
    expect(texts.get('.disk/info')).toHaveLength(16 * 1024);
    const broken: IsoVolume = {
      ...volume,
      lookup: (path) => Promise.resolve({ path, names: [path], directory: false, size: 9, extents: [{ offset: 1e12, length: 9 }] }),
    };
    expect((await collectFacts({ source, volume: broken, placeholder: false, ukis: [] })).texts.size).toBe(0);
  });

  it('sees folders of a UDF tree by their files, in any case', async () => {
    const source = memorySource(buildIso({ files: [{ path: 'README.TXT', bytes: Buffer.from('x') }], volumeId: 'ESD-ISO' }));
    const volume = await openIso(source);
    const udf = { volumeId: 'X', paths: ['/BOOTMGR', 'Sources/Boot.wim', 'EFI/Microsoft/Boot/BCD', '../../etc'] };
    const facts = await collectFacts({ source, volume, udf, placeholder: false, ukis: [] });
    expect([...facts.paths].sort()).toEqual(['bootmgr', 'efi/microsoft/boot', 'sources/boot.wim']);
    expect(identifyImage(facts).id).toBe('windows');
  });
});

describe('identification of anything', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom('[general]\nfamily = Fedora\n', 'PRODUCT=', 'Debian GNU/Linux', 'Ubuntu 1.2'),
  );
  const paths = fc.uniqueArray(fc.constantFrom(...PROFILES.flatMap(({ markers, texts }) => [...markers, ...(texts ?? [])])), {
    maxLength: 6,
  });
  const anything = fc
    .tuple(fc.string({ maxLength: 32 }), paths, text, fc.boolean())
    .map(([volumeId, some, content, placeholder]): IsoFacts => {
      const lower = some.map((path) => path.toLowerCase());
      return { ...NOTHING, volumeId, paths: new Set(lower), texts: new Map(lower.map((path) => [path, content])), placeholder };
    });

  it('never throws, is the same twice, and has a title that can be shown', () => {
    fc.assert(
      fc.property(anything, (facts) => {
        const match = identifyImage(facts);
        expect(identifyImage(facts)).toEqual(match);
        expect(profileOf(match.id).id).toBe(match.id);
        expect(match.title.length).toBeLessThanOrEqual(80);
        if (match.id !== 'unknown') expect(match.title).toMatch(/^[\x20-\x7e]+$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('is unknown for trees without markers', async () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { maxLength: 8 }), fc.stringMatching(/^[A-M]{0,12}$/), async (names, volumeId) => {
        const files = Object.fromEntries(names.map((one) => [`x/${one}`, one]));
        const { index } = await indexTree({ ...LAYOUTS[0]!, files, volumeId: `X${volumeId}` });
        expect(index.profile?.id).toBe('unknown');
      }),
      { numRuns: 100 },
    );
  });
});

describe('small readers', () => {
  it('iniValues keeps the first of two, sections apart, comments out', () => {
    const values = iniValues('[A]\r\nx = 1\nx = 2\n; y = 3\n# z = 4\n[b]\nX=  q r \n=5\nnothing\n');
    expect([...values]).toEqual([
      ['a.x', '1'],
      ['b.x', 'q r'],
    ]);
  });

  it('titleOf and archOf make something to show of anything', () => {
    expect(titleOf('a\0b', undefined, '  ', false, 'c\nd')).toBe('a b c d');
    expect(titleOf('x'.repeat(200))).toHaveLength(80);
    expect(archOf('amd64 and ARM64')).toEqual(['x86_64', 'aarch64']);
    expect(archOf(undefined)).toEqual([]);
  });
});
