import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ConfigFormat, ImageIndex } from '../../../../contract/inventory.ts';
import { ImageDescription } from '../../../../contract/views.ts';
import { configChange, defaultEntryOf } from '../../../../main-services/iso/profiles/config-change.ts';
import { describeImage } from '../../../../main-services/iso/profiles/describe.ts';
import { evidenceOf } from '../../../../main-services/iso/profiles/evidence.ts';
import { embeddedConfig, injectedFiles } from '../../../../main-services/iso/profiles/injected-files.ts';
import { menuEntries } from '../../../../main-services/iso/profiles/menu-entries.ts';
import { PROFILES, profileOf } from '../../../../main-services/iso/profiles/profiles.ts';
import { indexTree, argumentContextOf } from './indexed-tree.ts';
import { CONFIGS, LAYOUTS } from './vendor-trees.ts';

describe('menu entries', () => {
  it('of GRUB are those of the first level, with their titles', () => {
    const text = [
      'function load { menuentry "in a function" { true } } # }',
      "menuentry --hotkey=g --class a 'Graphical install' { linux /v x={y}",
      '}',
      'if [ x = y ]; then menuentry "In a condition" --unrestricted { true }; fi',
      'submenu "More" { menuentry "Inside" { true } }',
      'menuentry --id x --unrestricted "Last" { echo "}" \'{\' ${a} # {{{',
      '}',
      'menuentry "a > b" { true }',
      'menuentry "with $name" { true }',
      'menuentry',
    ].join('\n');
    expect(menuEntries('grub', text).map(({ title }) => title)).toEqual(['Graphical install', 'In a condition', 'Last']);
  });

  it('of isolinux are labels with what the menu shows', () => {
    const text = 'LABEL a\n  MENU LABEL ^Install it\n  KERNEL k\nlabel b\n kernel k\n';
    expect(menuEntries('isolinux', text)).toEqual([
      { name: 'a', title: 'Install it' },
      { name: 'b', title: 'b' },
    ]);
    expect(menuEntries('esxi', text)).toEqual([]);
  });
});

describe('what a boot configuration needs besides arguments', () => {
  it.each(PROFILES.map(({ id }) => id))('%s never asks for a check of the medium', (id) => {
    const { drop = [] } = configChange(profileOf(id), 'grub', '', { unattended: false });
    expect(drop).toEqual(expect.arrayContaining(['rd.live.check', 'mediacheck=1']));
  });

  it('leaves timeout and default as they are unless it is to start by itself', () => {
    const text = 'menuentry "Install X" { linux /v }\n';
    expect(configChange(profileOf('fedora'), 'grub', text, { unattended: false })).not.toHaveProperty('timeoutSeconds');
    expect(configChange(profileOf('fedora'), 'grub', text, { unattended: true })).toMatchObject({
      timeoutSeconds: 5,
      defaultEntry: 'Install X',
    });
    expect(configChange(profileOf('esxi'), 'esxi', '', { unattended: true }).drop).toContain('cdromBoot');
    expect(configChange(profileOf('esxi'), 'esxi', '', { unattended: false }).drop).not.toContain('cdromBoot');
  });

  const MAIN = 'default vesamenu.c32\nprompt 0\n';
  it.each<[string, string, string | undefined]>([
    ['debian', 'label install\n kernel k\n', 'install'],
    ['debian', 'label installspk\n kernel k\nontimeout x\n', 'install'],
    ['debian', `${MAIN}include menu.cfg\n`, 'install'],
    ['debian', `${MAIN}label installgui\n menu label Graphical install\n kernel k\n`, 'installgui'],
    ['debian', `${MAIN}label rescue\n kernel k\n`, undefined],
    [
      'fedora',
      `${MAIN}label check\n menu label Test this media & install\n kernel k\nlabel linux\n menu label ^Install X\n kernel k\n`,
      'linux',
    ],
    ['suse', `${MAIN}label harddisk\n localboot -2\nlabel linux\n kernel linux\n`, 'linux'],
    ['nixos', `${MAIN}label boot\n kernel k\n`, 'boot'],
    ['unknown', `${MAIN}label install\n kernel k\n`, undefined],
  ])('for %s and %j isolinux’s entry is %s', (id, text, entry) => {
    expect(defaultEntryOf(profileOf(id), 'isolinux', text)).toBe(entry);
  });
});

describe('files for the root of the medium', () => {
  const names = (id: string, format: ConfigFormat, files: Record<string, string>, defaultFile?: string) =>
    injectedFiles(
      profileOf(id),
      { format, files, ...(defaultFile !== undefined && { defaultFile }) },
      undefined,
      argumentContextOf(format),
    ).map(({ name, bytes }) => `${name}=${Buffer.from(bytes).toString('utf8').trim()}`);

  it('have the installer’s name and their own, once each whatever the case', () => {
    expect(names('fedora', 'kickstart', { 'web.ks': 'a', 'b.sh': 'b' }, 'web.ks')).toEqual(['ks.cfg=a', 'web.ks=a', 'b.sh=b']);
    expect(names('esxi', 'kickstart', { 'ks.cfg': 'a' }, 'ks.cfg')).toEqual(['KS.CFG=a']);
    expect(names('esxi', 'kickstart', { 'ks.cfg': 'other', 'main.cfg': 'a' }, 'main.cfg')).toEqual(['KS.CFG=a', 'main.cfg=a']);
    expect(names('unknown', 'kickstart', { 'ks.cfg': 'a' }, 'ks.cfg')).toEqual(['ks.cfg=a']);
    expect(names('fedora', 'preseed', { 'x.cfg': 'a' }, 'x.cfg')).toEqual(['x.cfg=a']);
    expect(names('fedora', 'kickstart', { 'a.ks': 'a', 'b.ks': 'b' })).toEqual(['a.ks=a', 'b.ks=b']);
    expect(names('fedora', 'ipxe', { 'boot.ipxe': 'a' }, 'boot.ipxe')).toEqual([]);
  });

  it('are made where the config lacks what the installer asks for', () => {
    expect(names('ubuntu-server', 'autoinstall', { 'user-data': 'u' }, 'user-data')).toEqual([
      'user-data=u',
      'autoinstall.yaml=u',
      'meta-data=instance-id: bootbench',
      'vendor-data=#cloud-config',
    ]);
    expect(names('ubuntu-server', 'autoinstall', { 'user-data': 'u', 'meta-data': 'm', 'vendor-data': 'v' }, 'user-data')).toEqual([
      'user-data=u',
      'autoinstall.yaml=u',
      'meta-data=m',
      'vendor-data=v',
    ]);
  });

  it('a file named as an object’s own member is a file like others', () => {
    expect(names('fedora', 'kickstart', { 'a.ks': 'a' }, 'toString')).toEqual(['a.ks=a']);
  });

  it('Ignition goes into its place on CoreOS when the medium is chosen, and nowhere else', () => {
    const config = { format: 'ignition' as const, ...CONFIGS.ignition };
    expect(embeddedConfig(profileOf('coreos'), config, 'media')).toBe(config.files['config.ign']);
    expect(embeddedConfig(profileOf('coreos'), config, 'url')).toBeUndefined();
    expect(embeddedConfig(profileOf('coreos'), config, undefined)).toBeUndefined();
    expect(embeddedConfig(profileOf('flatcar'), config, 'media')).toBeUndefined();
    expect(embeddedConfig(profileOf('coreos'), undefined, 'media')).toBeUndefined();
  });

  it('Alpine’s overlay is one that tar reads, the same every time', () => {
    const config = { format: 'other' as const, files: { "it's.sh": 'echo hi\n', 'b.txt': 'ü\n' }, defaultFile: "it's.sh" };
    const overlay = () => injectedFiles(profileOf('alpine'), config, 'media', argumentContextOf('other')).at(-1);
    expect(overlay()).toEqual(overlay());
    const input = overlay()?.bytes ?? Buffer.alloc(0);
    expect(overlay()?.name).toBe('bootbench.apkovl.tar.gz');
    const tar = (...args: string[]) => execFileSync('tar', ['-z', ...args], { input, encoding: 'utf8' });
    expect(tar('-t').trim().split('\n')).toEqual([
      'etc/.default_boot_services',
      "etc/bootbench/it's.sh",
      'etc/bootbench/b.txt',
      'etc/local.d/bootbench.start',
      'etc/runlevels/default/local',
    ]);
    expect(tar('-tv')).toMatch(/lrwxrwxrwx.* etc\/runlevels\/default\/local -> \/etc\/init\.d\/local/);
    expect(tar('-xO', 'etc/bootbench/b.txt')).toBe('ü\n');
    expect(execFileSync('sh', ['-n'], { input: tar('-xO', 'etc/local.d/bootbench.start') }).length).toBe(0);
    const long = { ...config, files: { ['x'.repeat(101)]: '' } };
    expect(() => injectedFiles(profileOf('alpine'), long, 'media', argumentContextOf('other'))).toThrow(/too long for Alpine/);
  });
});

describe('evidence', () => {
  it.each<[string, ConfigFormat | undefined, string[]]>([
    ['fedora', 'kickstart', ['boot.complete', 'config.served', 'iso.config-read']],
    ['fedora', undefined, ['boot.complete', 'dhcp.os-lease']],
    ['fedora', 'preseed', ['boot.complete', 'config.served', 'iso.config-read', 'dhcp.os-lease']],
    ['fedora-live', 'other', ['boot.complete', 'config.served', 'iso.config-read', 'dhcp.os-lease']],
    ['unknown', 'other', ['boot.complete', 'config.served', 'iso.config-read', 'dhcp.os-lease']],
    ['windows', 'autounattend', ['boot.complete', 'config.served', 'iso.config-read']],
  ])('of %s with %s', (id, format, last) => {
    expect(evidenceOf(profileOf(id), format)).toEqual([['iso.opened', 'iso.file-read'], last]);
  });

  it('never rests on a first lease, nor on a phone-home alone', () => {
    const formats = [undefined, ...(Object.keys(CONFIGS) as ConfigFormat[])];
    for (const groups of PROFILES.flatMap((profile) => formats.map((format) => evidenceOf(profile, format)))) {
      expect(groups.flat()).not.toContain('dhcp.ack');
      expect(groups[0]).toContain('iso.opened');
      for (const group of groups) expect(group).not.toEqual(['boot.complete']);
    }
    expect(evidenceOf(profileOf('memtest'), undefined)).toHaveLength(1);
  });
});

describe('what an image’s page says', () => {
  const indexOf = async (id: string, more: Partial<ImageIndex> = {}): Promise<ImageIndex> => {
    const layout = LAYOUTS.find(({ profile }) => profile === id);
    if (!layout) throw new Error(id);
    return { ...(await indexTree(layout)).index, ...more };
  };
  const works = async (id: string, more: Partial<ImageIndex> = {}) =>
    describeImage({ index: await indexOf(id, more) })
      .methods.filter((method) => method.works)
      .map(({ method }) => method);

  it.each(PROFILES.map(({ id }) => id))('%s is of the contract’s form, in sentences', async (id) => {
    const told = describeImage({ index: await indexOf(id) });
    expect(ImageDescription.parse(told)).toEqual(told);
    expect(told.methods.map(({ method }) => method)).toEqual(['virtual-media', 'iscsi', 'http-san', 'kernel', 'uefi-http', 'local']);
    for (const { reason: why } of told.methods) expect(why).toMatch(/^[A-Za-z].*[^.]\.$/);
  });

  it('says which boot methods work', async () => {
    expect(await works('fedora')).toEqual(['virtual-media', 'iscsi', 'http-san', 'kernel', 'uefi-http', 'local']);
    expect(await works('talos')).toEqual(['virtual-media', 'iscsi', 'http-san', 'kernel', 'uefi-http', 'local']);
    expect(await works('memtest')).toEqual(['virtual-media', 'iscsi', 'http-san', 'uefi-http', 'local']);
    for (const id of ['debian', 'alpine', 'nixos', 'proxmox', 'esxi', 'xcp-ng'])
      expect(await works(id)).toEqual(['virtual-media', 'local']);
    for (const id of ['windows', 'unknown']) expect(await works(id)).toEqual(['virtual-media', 'iscsi', 'local']);
    expect(await works('fedora', { uefiBootable: false })).not.toContain('uefi-http');
    expect(await works('fedora', { uefiBootable: false, biosBootable: false })).toEqual(['kernel', 'local']);
  });

  it('says of every system that needs a medium whether it gets its iSCSI disk back, and why', () => {
    for (const { id, inMemory, ibft } of PROFILES)
      expect([id, ibft?.reason ?? '']).toEqual([id, expect.stringMatching(inMemory ? /^$/ : /\.$/)]);
  });

  it('h1: says which machines cannot read an ISO of 4 GiB and more', async () => {
    const sanOf = async (more: Partial<ImageIndex>) =>
      describeImage({ index: await indexOf('talos', more) }).methods.find(({ method }) => method === 'http-san');
    const narrow = 'BIOS machines cannot boot 4.0 GiB this way: their 32-bit iPXE reads media under 4 GiB only.';
    expect((await sanOf({ size: 2 ** 32 - 1 }))?.reason).not.toContain('BIOS');
    expect(await sanOf({ size: 2 ** 32 })).toMatchObject({ works: true, reason: expect.stringContaining(narrow) as string });
    expect(await sanOf({ size: 2 ** 32, uefiBootable: false })).toMatchObject({ works: false, reason: narrow });
  });

  it('says what was found', async () => {
    const row = { as: 'any' as const, loaders: [], configs: [], reach: 'all' as const, reason: 'x.' };
    const coverage: ImageIndex['coverage'] = [
      { ...row, firmware: 'bios', added: 4 },
      { ...row, firmware: 'uefi', arch: 'x86_64', as: 'usb', added: 1 },
    ];
    const index = await indexOf('fedora', { signed: true, uefiBootable: true, coverage });
    expect(describeImage({ index }).found).toEqual([
      'Starts on BIOS and UEFI.',
      'It has a signed shim, so Secure Boot accepts it; arguments are not part of what is signed.',
      'Arguments are added to 4 menu entries on BIOS; 1 menu entry on UEFI x86-64, as a USB disk.',
    ]);
    const coreos = await indexOf('coreos', {
      coreos: { kargs: { size: 1139, default: '', areas: [] }, ignition: { offset: 1, length: 262144 } },
    });
    expect(describeImage({ index: coreos }).found).toContain('It keeps 1139 bytes for kernel arguments, which are used in place.');
  });

  it('warns of unified kernel images, of missing boot configurations and of none at all', async () => {
    const talos = describeImage({ index: await indexOf('talos', { ukis: ['EFI/Linux/talos.efi'] }) });
    expect(talos.warnings).toContain(
      'The command line of EFI/Linux/talos.efi is inside a signed program, so a machine that starts it by UEFI gets no arguments from Bootbench. Use Image Factory with extraKernelArgs for such machines, or the kernel method.',
    );
    const bios = await indexOf('fedora', { bootConfigs: [{ path: 'EFI/BOOT/grub.cfg', kind: 'grub' }] });
    expect(describeImage({ index: bios }).warnings).toEqual([
      'ISOs of Fedora and Red Hat family usually have isolinux/isolinux.cfg or boot/grub2/grub.cfg for BIOS; this one has not, so arguments may be missing there.',
    ]);
    expect(describeImage({ index: await indexOf('memtest') }).warnings).toEqual([
      'No boot configuration was found, so no kernel arguments can be added.',
    ]);
    expect(describeImage({ index: await indexOf('fedora'), unpatched: true }).warnings).toEqual([
      'It is served as it is: no arguments and no files of a host go in.',
    ]);
    for (const id of ['fedora', 'debian', 'suse', 'arch', 'esxi']) {
      const { warnings } = describeImage({ index: await indexOf(id) });
      expect(warnings.filter((text) => text.includes('usually have'))).toEqual([]);
    }
  });

  it('says when the internet is needed', async () => {
    expect(describeImage({ index: await indexOf('fedora') }).needsInternet).toBeUndefined();
    expect(describeImage({ index: await indexOf('debian') }).needsInternet).toMatch(/base system only/);
    expect(describeImage({ index: await indexOf('arch') }).needsInternet).toMatch(/everything that is installed is downloaded/);
  });

  it('is there for an index of an older version, too', () => {
    const old: ImageIndex = { volumeId: 'X', size: 1, etag: 'e', biosBootable: true, uefiBootable: false, placeholderOffsets: [] };
    expect(describeImage({ index: old })).toMatchObject({ profile: 'unknown', title: 'X', found: ['Starts on BIOS only.'] });
  });
});
