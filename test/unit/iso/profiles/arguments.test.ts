import { describe, expect, it } from 'vitest';
import type { BootMethod, ConfigFormat, ImageIndex } from '../../../../contract/inventory.ts';
import { MAX_COMMAND_LINE } from '../../../../main-services/iso/bootconfig/arguments.ts';
import { editBootConfig } from '../../../../main-services/iso/bootconfig/edit.ts';
import { coreosPatches } from '../../../../main-services/iso/coreos/patches.ts';
import { argumentParts, finalArguments, type ArgumentsInput } from '../../../../main-services/iso/profiles/arguments.ts';
import { kernelBoot } from '../../../../main-services/iso/profiles/kernel-boot.ts';
import { profileOf } from '../../../../main-services/iso/profiles/profiles.ts';
import { independentKernelLines } from '../bootconfig/independent-grub.ts';
import { indexTree, argumentContextOf } from './indexed-tree.ts';
import { LAYOUTS, type ProfileLayout } from './vendor-trees.ts';

function layoutOf(id: string): ProfileLayout {
  const found = LAYOUTS.find(({ profile }) => profile === id);
  if (!found) throw new Error(id);
  return found;
}

async function inputOf(id: string, format: ConfigFormat | undefined, more: Partial<ArgumentsInput> = {}): Promise<ArgumentsInput> {
  const { index } = await indexTree(layoutOf(id));
  return { profile: profileOf(id), index, world: argumentContextOf(format), ...more };
}

async function lineOf(id: string, format: ConfigFormat | undefined, more: Partial<ArgumentsInput> = {}): Promise<string> {
  return finalArguments(argumentParts(await inputOf(id, format, more))).line;
}

describe('precedence', () => {
  const KS = 'inst.ks=http://192.0.2.1:7080/config/t/ks.cfg';

  it('is profile, config, console, image, interface, host', async () => {
    const parts = argumentParts(
      await inputOf('fedora', 'kickstart', {
        method: 'kernel',
        console: { url: 'sol:' },
        imageArgs: 'a=1',
        interfaceArgs: 'b=2',
        hostArgs: 'c=3',
      }),
    );
    expect(parts.map(({ from }) => from)).toEqual(['profile', 'config', 'console', 'image', 'interface', 'host']);
    expect(parts.map(({ words }) => words)).toEqual([
      ['inst.stage2=http://192.0.2.1:7080/iso-files/m/t/', 'inst.repo=http://192.0.2.1:7080/iso-files/m/t/'],
      [KS],
      ['console=tty0', 'console=ttyS0,115200n8'],
      ['a=1'],
      ['b=2'],
      ['c=3'],
    ]);
  });

  it.each<[Partial<ArgumentsInput>, string]>([
    [{}, KS],
    [{ hostArgs: 'inst.ks=http://other/ks' }, 'inst.ks=http://other/ks'],
    [{ interfaceArgs: 'inst.ks=nfs:x' }, 'inst.ks=nfs:x'],
    [{ imageArgs: 'inst.ks' }, 'inst.ks'],
    [{ imageArgs: 'inst.ks=1', hostArgs: 'inst.ks=2' }, 'inst.ks=1 inst.ks=2'],
    [{ imageArgs: 'inst.ksdevice=eth0' }, `${KS} inst.ksdevice=eth0`],
    [{ deliver: 'media' }, 'inst.ks=cdrom:/ks.cfg'],
    [{ console: { url: 'serial:/dev/ttyUSB0?baud=9600' } }, `${KS} console=tty0 console=ttyS0,9600n8`],
    [{ console: { url: 'serial:/dev/ttyUSB0?baud=9600&parity=n' } }, `${KS} console=tty0 console=ttyS0,9600n8`],
    [{ console: { url: 'serial:/dev/ttyUSB0?baud=999999999' } }, `${KS} console=tty0 console=ttyS0,115200n8`],
    [{ console: { url: ' ' } }, KS],
    [{ console: { url: 'sol:' }, hostArgs: 'console=ttyS1' }, `${KS} console=ttyS1`],
    [{ console: { url: 'sol:' }, imageArgs: 'console=ttyAMA0' }, `${KS} console=ttyAMA0`],
    // iDRAC, iLO and Supermicro redirect COM2; a cable goes where it goes.
    [{ console: { url: 'sol:', manufacturer: 'Dell Inc.' } }, `${KS} console=tty0 console=ttyS1,115200n8`],
    [{ console: { url: 'ssh:', manufacturer: 'HPE' } }, `${KS} console=tty0 console=ttyS1,115200n8`],
    [{ console: { url: 'sol:?baud=57600', manufacturer: 'Supermicro' } }, `${KS} console=tty0 console=ttyS1,57600n8`],
    [{ console: { url: 'sol:', manufacturer: 'Lenovo' } }, `${KS} console=tty0 console=ttyS0,115200n8`],
    [{ console: { url: 'serial:COM3', manufacturer: 'Dell Inc.' } }, `${KS} console=tty0 console=ttyS0,115200n8`],
    [{ console: { url: 'sol:?tty=ttyS2', manufacturer: 'Dell Inc.' } }, `${KS} console=tty0 console=ttyS2,115200n8`],
    [{ console: { url: 'tcp://h:1?tty=ttyAMA1' } }, `${KS} console=tty0 console=ttyAMA1,115200`],
    [{ console: { url: 'sol:?tty=ttyS1,9600%20evil' } }, `${KS} console=tty0 console=ttyS0,115200n8`],
    [{ hostArgs: 'dyndbg="file a.c +p" x' }, `${KS} dyndbg="file a.c +p" x`],
  ])('%j gives %s', async (more, line) => {
    expect(await lineOf('fedora', 'kickstart', more)).toBe(line);
  });

  it('says what was left out, and who says it instead', async () => {
    const why = async (id: string, format: ConfigFormat, more: Partial<ArgumentsInput>) =>
      argumentParts(await inputOf(id, format, more)).map((part) => `${part.from}: ${part.reason}`);
    expect(await why('fedora', 'kickstart', { hostArgs: 'inst.ks=x' })).toEqual([
      'config: inst.ks is left out: the host gives it.',
      'host: The host’s assignment says so.',
    ]);
    expect(await why('debian', 'preseed', { imageArgs: 'priority=low', hostArgs: 'url=tftp://x' })).toContain(
      'config: debian-installer fetches its preseed from Bootbench over the first interface with a link, and asks only what nothing answers. priority, url are left out: the image and the host give them.',
    );
    expect(await why('ubuntu-server', 'kickstart', {})).toEqual([
      'config: Ubuntu Server takes no kickstart config by itself; its URL is {{ config.url }} in the arguments.',
    ]);
    expect(await why('esxi', 'kickstart', { console: { url: 'sol:' } })).toContain(
      'console: ESXi has no console= argument; its own is com1_baud and gdbPort.',
    );
  });

  it('takes what the profile would say from the config and the console, too', async () => {
    expect(await lineOf('talos', 'other', { method: 'kernel', console: { url: 'sol:' } })).toMatch(
      /^talos\.platform=metal init_on_alloc=1 .* talos\.config=http\S+ console=tty0 console=ttyS0,115200n8$/,
    );
  });

  it('says nothing of a config whose URL is not known yet', async () => {
    const input = await inputOf('fedora', 'kickstart');
    const parts = argumentParts({ ...input, world: { format: 'kickstart' } });
    expect(parts).toEqual([{ from: 'config', words: [], reason: expect.stringMatching(/together with the host’s boot URL\.$/) as string }]);
  });

  it.each(['url', 'media'] as const)('names no file by %s where none is the default', async (deliver) => {
    const input = await inputOf('fedora', 'kickstart', { deliver });
    const world = { ...input.world, defaultFile: undefined, configUrl: undefined, configFiles: ['a.ks', 'b.ks'] };
    expect(argumentParts({ ...input, world })).toEqual([
      {
        from: 'config',
        words: [],
        reason: 'The config has the files a.ks, b.ks and no default file, so the installer cannot be pointed to one.',
      },
    ]);
  });

  it('speaks on the serial port that arm64 machines have', async () => {
    const input = await inputOf('fedora', undefined, { console: { url: 'sol:' } });
    const index: ImageIndex = { ...input.index, profile: { id: 'fedora', title: 'x', arch: ['aarch64'] } };
    expect(finalArguments(argumentParts({ ...input, index })).line).toBe('console=tty0 console=ttyAMA0,115200');
  });
});

describe('a config that can only go one way', () => {
  it.each<[string, ConfigFormat, ArgumentsInput['deliver'], string]>([
    ['xcp-ng', 'other', 'media', 'answerfile=http://192.0.2.1:7080/config/t/answers.txt install'],
    ['flatcar', 'ignition', 'media', 'flatcar.first_boot=1 ignition.config.url=http://192.0.2.1:7080/config/t/config.ign'],
    ['coreos', 'ignition', 'media', ''],
    ['coreos', 'ignition', undefined, 'ignition.config.url=http://192.0.2.1:7080/config/t/config.ign'],
    ['windows', 'autounattend', 'url', ''],
    ['proxmox', 'other', undefined, ''],
    ['unknown', 'other', 'url', ''],
    ['fedora', 'ipxe', undefined, ''],
  ])('%s takes %s by %s as "%s"', async (id, format, deliver, line) => {
    expect(await lineOf(id, format, { deliver })).toBe(line);
  });

  it('is given to the system that CoreOS installs where the host names a disk', async () => {
    expect(await lineOf('coreos', 'ignition', { hostArgs: 'coreos.inst.install_dev=/dev/vda' })).toBe(
      'coreos.inst.ignition_url=http://192.0.2.1:7080/config/t/config.ign coreos.inst.install_dev=/dev/vda',
    );
  });

  it('says that the other way was asked for', async () => {
    const [part] = argumentParts(await inputOf('xcp-ng', 'other', { deliver: 'media' }));
    expect(part?.reason).toMatch(/\(The medium was chosen, which this system cannot take\.\)$/);
  });
});

describe('without a medium', () => {
  const FILES = 'http://192.0.2.1:7080/iso-files/m/t/';
  const ISO = 'http://192.0.2.1:7080/iso/m/t/i.iso';

  it.each<[string, string, string[]]>([
    ['fedora', 'images/pxeboot/vmlinuz', [`inst.stage2=${FILES}`, `inst.repo=${FILES}`]],
    ['fedora-live', 'boot/x86_64/loader/linux', [`root=live:${FILES}LiveOS/squashfs.img`, 'rd.live.image', 'ip=dhcp']],
    ['ubuntu-server', 'casper/vmlinuz', ['ip=dhcp', `url=${ISO}`, 'cloud-config-url=/dev/null']],
    ['debian-live', 'live/vmlinuz', ['boot=live', 'components', 'ip=dhcp', `fetch=${FILES}live/filesystem.squashfs`]],
    ['suse', 'boot/x86_64/loader/linux', [`install=${FILES}`, 'netsetup=dhcp']],
    ['agama', 'boot/x86_64/loader/linux', [`root=live:${ISO}`, 'ip=dhcp', 'rd.neednet=1']],
    [
      'coreos',
      'images/pxeboot/vmlinuz',
      [`coreos.live.rootfs_url=${FILES}images/pxeboot/rootfs.img`, 'ignition.firstboot', 'ignition.platform.id=metal'],
    ],
    ['arch', 'arch/boot/x86_64/vmlinuz-linux', ['archisobasedir=arch', `archiso_http_srv=${FILES}`, 'ip=dhcp']],
    ['flatcar', 'flatcar/vmlinuz', ['flatcar.first_boot=1']],
    ['hookos', 'kernel', []],
  ])('%s is started by %s', async (id, kernel, words) => {
    const { profile, index, world } = await inputOf(id, undefined);
    const boot = kernelBoot(profile, index, world);
    expect(boot).toMatchObject({ works: true, kernel, words });
    const told = argumentParts({ profile, index, world, method: 'kernel' }).find(({ from }) => from === 'profile');
    expect(told?.words).toEqual(words);
  });

  it.each(['debian', 'alpine', 'nixos', 'proxmox', 'esxi', 'xcp-ng', 'windows', 'memtest', 'unknown'])(
    '%s says why it is not',
    async (id) => {
      const { profile, index, world } = await inputOf(id, undefined);
      expect(kernelBoot(profile, index, world)).toEqual({ works: false, reason: expect.stringMatching(/\.$/) as string });
    },
  );

  it('a netinst is told its second stage only', async () => {
    const layout = { ...layoutOf('fedora') };
    const files = Object.fromEntries(Object.entries(layout.files).filter(([path]) => path !== 'repodata/repomd.xml'));
    const { index } = await indexTree({ ...layout, files });
    expect(index.profile).toMatchObject({ title: 'Fedora Server 43 (network install)', variant: 'netinst' });
    expect(kernelBoot(profileOf('fedora'), index, argumentContextOf(undefined))).toMatchObject({ words: [`inst.stage2=${FILES}`] });
  });

  it.each<[BootMethod | undefined, string]>([
    [undefined, ''],
    ['virtual-media', ''],
    ['http-san', `inst.stage2=${FILES} inst.repo=${FILES}`],
    ['uefi-http', `inst.stage2=${FILES} inst.repo=${FILES}`],
    ['iscsi', 'rd.iscsi.firmware=1 rd.iscsi.ibft=1 rd.neednet=1'],
  ])('by %s Fedora is told "%s"', async (method, line) => {
    expect(await lineOf('fedora', undefined, { method })).toBe(line);
  });

  it('by iSCSI, a system that does not read the iBFT is told another source', async () => {
    expect(await lineOf('debian-live', undefined, { method: 'iscsi' })).toBe(
      await lineOf('debian-live', undefined, { method: 'http-san' }),
    );
    expect(await lineOf('windows', undefined, { method: 'iscsi' })).toBe('');
  });

  it('a system that is in memory is told nothing by a network disk, as its loader has its arguments', async () => {
    expect(await lineOf('talos', undefined, { method: 'http-san' })).toBe('');
  });
});

describe('what does not fit', () => {
  it('is counted before anything is made', async () => {
    const told = finalArguments(argumentParts(await inputOf('fedora', undefined, { hostArgs: `a=${'ü'.repeat(1000)}` })));
    expect(told).toMatchObject({ bytes: 2002, limit: MAX_COMMAND_LINE });
    expect(told.problems).toEqual(['The arguments have 2002 bytes, 2 more than the 2000 that boot loaders take.']);
    expect(finalArguments(argumentParts(await inputOf('fedora', undefined, { hostArgs: `a=${'x'.repeat(1998)}` }))).problems).toEqual([]);
  });

  it('is what the areas of a CoreOS ISO have no room for beside its own arguments', async () => {
    const kargs = { size: 120, default: 'coreos.liveiso=fedora ignition.firstboot', areas: [{ offset: 0, pad: '#', end: '\n' }] };
    const { index } = await indexTree(layoutOf('coreos'));
    const { limit } = finalArguments([], { ...index, coreos: { kargs } });
    const patched = (bytes: number): unknown => coreosPatches({ kargs }, `${kargs.default} ${'x'.repeat(bytes)}`, undefined);
    expect(patched(limit)).toHaveLength(1);
    expect(() => patched(limit + 1)).toThrow('1 are too many');
  });

  it('is refused by the editor with what the ISO itself says', () => {
    const text = layoutOf('ubuntu-server').files['boot/grub/grub.cfg'] ?? '';
    expect(() => editBootConfig('grub', text, { append: ['a'.repeat(1990)] }, 'boot/grub/grub.cfg')).toThrow(
      /boot\/grub\/grub\.cfg, line 7: .* 2021 bytes long, 21 more than the 2000/,
    );
  });
});

describe('Ubuntu’s data source', () => {
  it('reaches the kernel in one word, before the words for the installed system', async () => {
    const line = await lineOf('ubuntu-server', 'autoinstall');
    const text = layoutOf('ubuntu-server').files['boot/grub/grub.cfg'] ?? '';
    const edited = editBootConfig('grub', text, { append: line.split(' ') });
    const [kernel = []] = independentKernelLines(edited.text);
    expect(kernel.slice(-3)).toEqual(['autoinstall', 'ds=nocloud;s=http://192.0.2.1:7080/config/t/', '---']);
  });
});
