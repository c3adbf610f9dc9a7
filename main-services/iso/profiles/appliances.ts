import { WINDOWS_PHONE_HOME } from './phone-home.ts';
import { titleOf } from './titles.ts';
import type { OsProfile } from './types.ts';

export const TALOS: OsProfile = {
  id: 'talos',
  name: 'Talos Linux',
  kind: 'install',
  markers: ['boot/vmlinuz', 'boot/initramfs.xz'],
  recognise({ volumeId }) {
    const [, text] = /^TALOS[_-]?V?([\w.-]*)$/i.exec(volumeId) ?? [];
    if (text === undefined) return undefined;
    const version = text.replaceAll('_', '.').replace(/^\.+/, '');
    return { title: titleOf('Talos Linux', version), version: version === '' ? undefined : version };
  },
  bootConfigs: { bios: ['boot/grub/grub.cfg'] },
  configs: {
    other: {
      how: 'Talos fetches its machine config (YAML) from the URL.',
      // talos.dev, "Kernel": talos.config
      url: { words: ['talos.config={config}'], reason: 'Talos fetches its machine config from Bootbench.' },
    },
  },
  inMemory: true,
  kernel: {
    candidates: [{ kernel: 'boot/vmlinuz', initrds: ['boot/initramfs.xz'] }],
    // talos.dev, "PXE": the arguments that its own ISO has.
    words: [
      'talos.platform=metal',
      'console=tty0',
      'init_on_alloc=1',
      'slab_nomerge',
      'pti=on',
      'consoleblank=0',
      'nvme_core.io_timeout=4294967295',
      'printk.devkmsg=on',
    ],
    reason: 'The whole system is in the initrd.',
  },
  internet: { reason: 'Talos pulls its installer image and Kubernetes from registries, unless the machine config names mirrors.' },
  uki: 'Use Image Factory with extraKernelArgs for such machines, or the kernel method.',
};

/** What Tinkerbell boots: it has a place for arguments, and needs nothing else. */
export const HOOK: OsProfile = {
  id: 'hookos',
  name: 'Tinkerbell HookOS',
  kind: 'live',
  markers: ['kernel', 'initrd.img', 'boot/kernel', 'boot/initrd.img'],
  recognise: ({ placeholder }) => (placeholder ? { title: 'Tinkerbell HookOS' } : undefined),
  bootConfigs: {},
  configs: {},
  inMemory: true,
  kernel: {
    candidates: [
      { kernel: 'boot/kernel', initrds: ['boot/initrd.img'] },
      { kernel: 'kernel', initrds: ['initrd.img'] },
    ],
    words: [],
    reason: 'The whole system is in the initrd; Tinkerbell’s argument line says the rest.',
  },
  internet: { reason: 'Its actions are container images, which come from the registry that the workflow names.' },
};

export const MEMTEST: OsProfile = {
  id: 'memtest',
  name: 'Memtest86+',
  kind: 'live',
  markers: ['boot/floppy.img', 'boot/memtest', 'EFI/BOOT/bootia32.efi'],
  recognise({ volumeId }) {
    if (!/^(?:MT86PLUS|MEMTEST)/i.test(volumeId)) return undefined;
    const version = /(\d+\.\d+)/.exec(volumeId)?.[1];
    return { title: titleOf('Memtest86+', version), version };
  },
  bootConfigs: {},
  configs: {},
  noConsole: 'Memtest86+ is not a Linux kernel.',
  inMemory: true,
  kernel: { reason: 'The ISO has the program inside a boot image only.' },
  silent: true,
};

/** Windows 10, 11 and Server. Not tried on the real Setup: the facts are of a UDF tree made like theirs. */
export const WINDOWS: OsProfile = {
  id: 'windows',
  name: 'Windows Setup',
  kind: 'install',
  markers: [
    'bootmgr',
    'bootmgr.efi',
    'sources/boot.wim',
    'sources/install.wim',
    'sources/install.esd',
    'sources/install.swm',
    'efi/microsoft/boot',
  ],
  recognise({ volumeId, paths }) {
    const has = ['sources/boot.wim', 'sources/install.wim', 'sources/install.esd', 'sources/install.swm'].some((path) => paths.has(path));
    if (!has || !(paths.has('bootmgr') || paths.has('bootmgr.efi'))) return undefined;
    const server = /^(?:SSS|SERVER)/i.test(volumeId);
    const arch = /A64FRE/i.test(volumeId) ? 'aarch64' : 'x86_64';
    const language = /_([A-Z]{2}-[A-Z]{2})(?:_|$)/i.exec(volumeId)?.[1]?.toUpperCase();
    return {
      title: titleOf(server ? 'Windows Server' : 'Windows', 'Setup', language && `(${language})`),
      variant: server ? 'server' : 'client',
      arch: [arch],
    };
  },
  bootConfigs: {},
  configs: {
    autounattend: {
      how: 'Setup looks for autounattend.xml in the root of every removable medium; it goes into this one’s UDF tree.',
      media: { words: [], reason: 'Setup finds autounattend.xml on the medium by itself.' },
      names: ['autounattend.xml'],
      phoneHome: WINDOWS_PHONE_HOME,
    },
  },
  noConsole: 'Windows takes no kernel arguments.',
  // Windows reads the iBFT by itself (msiscsi), where it has a driver for the network card.
  ibft: {
    words: [],
    reason:
      'Windows logs in to the iSCSI disk again as the iBFT says, if Setup has a driver for the network card. This has not been tried on the real Setup.',
  },
  kernel: { reason: 'Windows has no Linux kernel, and Setup looks for its files on a drive.' },
  warnings: [
    'Windows takes no kernel arguments: what a host differs in is its autounattend.xml.',
    'Its loader may ask to press a key before it starts from the CD.',
  ],
};
