import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bytesOf, CACHE, cached } from './cache.ts';
import { mustRun } from './process.ts';

const GUEST = join(import.meta.dirname, 'guest');
const BUSYBOX = '/usr/bin/busybox';

/** Modules that Debian's kernel needs for a virtio network card, in the order in which they are loaded. */
const MODULES = [
  'drivers/virtio/virtio_ring.ko',
  'drivers/virtio/virtio.ko',
  'drivers/virtio/virtio_pci_modern_dev.ko',
  'drivers/virtio/virtio_pci_legacy_dev.ko',
  'drivers/virtio/virtio_pci.ko',
  'net/core/failover.ko',
  'drivers/net/net_failover.ko',
  'drivers/net/virtio_net.ko',
];

/** The 1024 characters that Tinkerbell's ISO patching looks for. */
export const PLACEHOLDER = readFileSync(join(GUEST, 'tinkerbell-placeholder.txt'), 'utf8').trim();

export interface GuestKernel {
  image: string;
  modules: string[];
}

/** The kernel that scripts/setup-lab.mjs fetched; undefined when it has not been run. */
export function guestKernel(): GuestKernel | undefined {
  const folder = join(CACHE, 'kernel');
  const name = existsSync(folder)
    ? readdirSync(folder)
        .filter((entry) => existsSync(join(folder, entry, 'done')))
        .sort()
        .at(-1)
    : undefined;
  if (name === undefined) return undefined;
  const release = name.replace('linux-image-', '');
  return {
    image: join(folder, name, 'boot', `vmlinuz-${release}`),
    modules: MODULES.map((path) => join(folder, name, 'lib/modules', release, 'kernel', path)),
  };
}

export interface IsoOptions {
  /** Kernel arguments in the ISO's grub.cfg where the placeholder is by default. */
  kernelArguments?: string;
  volumeId?: string;
}

/**
 * A hybrid ISO that boots on BIOS and UEFI from El Torito: GRUB, Debian's kernel, and the lab guest as its initrd. Its
 * kernel line holds Tinkerbell's placeholder. About 30 MB; built once per content. Needs grub-mkrescue and xorriso.
 */
export async function buildLabIso(options: IsoOptions = {}): Promise<string> {
  const kernel = guestKernel();
  if (!kernel) throw new Error('there is no guest kernel: run npm run setup:lab');
  const grub = readFileSync(join(GUEST, 'grub.cfg'), 'utf8').replace('PLACEHOLDER', options.kernelArguments ?? PLACEHOLDER);
  const volumeId = options.volumeId ?? 'BOOTBENCH_LAB';
  const inputs = [grub, volumeId, kernel.image, bytesOf(GUEST, 'init'), bytesOf(GUEST, 'udhcpc.sh'), MODULES.join()];
  return cached('lab.iso', inputs, async (iso, work) => {
    const tree = join(work, 'tree');
    mkdirSync(join(tree, 'boot/grub'), { recursive: true });
    writeFileSync(join(tree, 'boot/grub/grub.cfg'), grub);
    copyFileSync(kernel.image, join(tree, 'boot/vmlinuz'));
    copyFileSync(await buildInitrd(kernel), join(tree, 'boot/initrd.gz'));
    await mustRun(['grub-mkrescue', '-o', iso, tree, '--', '-volid', volumeId]);
  });
}

/** The guest's root file system: busybox, /init, the modules of its network card. Gzipped cpio. */
export function buildInitrd(kernel: GuestKernel): Promise<string> {
  const inputs = [kernel.image, bytesOf(BUSYBOX), bytesOf(GUEST, 'init'), bytesOf(GUEST, 'udhcpc.sh'), MODULES.join()];
  return cached('initrd.gz', inputs, async (file, work) => {
    const root = join(work, 'root');
    for (const folder of ['bin', 'modules']) mkdirSync(join(root, folder), { recursive: true });
    const place = (from: string, to: string): void => {
      copyFileSync(from, join(root, to));
      chmodSync(join(root, to), 0o755);
    };
    place(BUSYBOX, 'bin/busybox');
    place(join(GUEST, 'init'), 'init');
    place(join(GUEST, 'udhcpc.sh'), 'udhcpc.sh');
    for (const module of kernel.modules) place(module, join('modules', basename(module)));
    writeFileSync(join(root, 'modules/order'), kernel.modules.map((module) => basename(module)).join('\n'));
    await mustRun(['sh', '-c', 'cd "$1" && find . | cpio --quiet -o -H newc | gzip -9 > "$2"', 'sh', root, file]);
  });
}
