import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bytesOf, CACHE, cached } from './cache.ts';
import { OPEN_ISCSI, openIscsiFiles } from './open-iscsi.ts';
import { mustRun } from './process.ts';

const GUEST = join(import.meta.dirname, 'guest');
const BUSYBOX = '/usr/bin/busybox';

/**
 * Debian's modules for the guest, in the order in which they are loaded: for its network card, for the medium it booted from, and for
 * iSCSI with what firmware says about it.
 */
const MODULES = { network: modulesOf('network'), medium: modulesOf('medium'), iscsi: modulesOf('iscsi') };

export type ModuleGroup = keyof typeof MODULES;

/** The 1024 characters that Tinkerbell's ISO patching looks for. */
export const PLACEHOLDER = readFileSync(join(GUEST, 'tinkerbell-placeholder.txt'), 'utf8').trim();

export interface GuestKernel {
  image: string;
  /** Folder that the modules' paths begin in. */
  modules: string;
}

/** The kernel that scripts/setup-lab.mjs fetched; undefined when it has not been run, or lacks a module. */
export function guestKernel(): GuestKernel | undefined {
  const folder = join(CACHE, 'kernel');
  const names = existsSync(folder) ? readdirSync(folder).filter((entry) => entry.startsWith('linux-image-')) : [];
  return names
    .sort()
    .map((name) => kernelIn(join(folder, name), name.replace('linux-image-', '')))
    .findLast(isComplete);
}

/** The same for a builder, which cannot do without. */
export function mustHaveKernel(): GuestKernel {
  const kernel = guestKernel();
  if (!kernel) throw new Error('there is no guest kernel: run npm run setup:lab');
  return kernel;
}

/** Whether the guest can be an iSCSI initiator: the kernel's modules, and Debian's open-iscsi. */
export function hasOpenIscsi(): boolean {
  const kernel = guestKernel();
  return kernel !== undefined && hasModules(kernel, MODULES.iscsi) && existsSync(OPEN_ISCSI);
}

function kernelIn(folder: string, release: string): GuestKernel {
  return { image: join(folder, 'boot', `vmlinuz-${release}`), modules: join(folder, 'lib/modules', release, 'kernel') };
}

function isComplete(kernel: GuestKernel): boolean {
  return existsSync(kernel.image) && hasModules(kernel, [...MODULES.network, ...MODULES.medium]);
}

function hasModules({ modules }: GuestKernel, paths: readonly string[]): boolean {
  return paths.every((path) => existsSync(join(modules, path)));
}

function modulesOf(group: string): string[] {
  return readFileSync(join(GUEST, `${group}-modules.txt`), 'utf8')
    .trim()
    .split('\n');
}

export interface IsoOptions {
  /** Kernel arguments in the ISO's grub.cfg where the placeholder is by default. */
  kernelArguments?: string;
  volumeId?: string;
  /** Nothing in it for UEFI. */
  biosOnly?: boolean;
  /** Default: what the guest's network card needs. */
  groups?: readonly ModuleGroup[];
}

/**
 * A hybrid ISO that boots on BIOS and UEFI from El Torito: GRUB, Debian's kernel, and the lab guest as its initrd. Its
 * kernel line holds Tinkerbell's placeholder. About 30 MB; built once per content. Needs grub-mkrescue and xorriso.
 */
export async function buildLabIso(options: IsoOptions = {}): Promise<string> {
  const kernel = mustHaveKernel();
  const grub = readFileSync(join(GUEST, 'grub.cfg'), 'utf8').replace('PLACEHOLDER', options.kernelArguments ?? PLACEHOLDER);
  const volumeId = options.volumeId ?? 'BOOTBENCH_LAB';
  const initrd = await buildInitrd(kernel, options.groups);
  const platforms = options.biosOnly ? ['-d', '/usr/lib/grub/i386-pc'] : [];
  return cached('lab.iso', [grub, volumeId, kernel.image, initrd, ...platforms], async (iso, work) => {
    const tree = join(work, 'tree');
    mkdirSync(join(tree, 'boot/grub'), { recursive: true });
    writeFileSync(join(tree, 'boot/grub/grub.cfg'), grub);
    copyFileSync(kernel.image, join(tree, 'boot/vmlinuz'));
    copyFileSync(initrd, join(tree, 'boot/initrd.gz'));
    await mustRun(['grub-mkrescue', ...platforms, '-o', iso, tree, '--', '-volid', volumeId]);
  });
}

/**
 * The guest's root file system: busybox, /init, and modules: of its network card only, unless more are asked for. With those of iSCSI
 * comes Debian's open-iscsi. Gzipped cpio.
 */
export async function buildInitrd(kernel: GuestKernel, groups: readonly ModuleGroup[] = ['network']): Promise<string> {
  const order = groups.map((group) => MODULES[group].join());
  const scripts = ['init', 'udhcpc.sh', 'iscsi.sh'];
  const programs = groups.includes('iscsi') ? await openIscsiFiles() : [];
  const inputs = [
    ...[kernel.image, bytesOf(BUSYBOX), ...scripts.map((name) => bytesOf(GUEST, name)), ...groups, ...order],
    ...programs.flatMap(({ to, from }) => [to, bytesOf(from)]),
  ];
  return cached('initrd.gz', inputs, async (file, work) => {
    const root = join(work, 'root');
    mkdirSync(join(root, 'medium'), { recursive: true });
    const place = (from: string, to: string): void => {
      mkdirSync(dirname(join(root, to)), { recursive: true });
      copyFileSync(from, join(root, to));
      chmodSync(join(root, to), 0o755);
    };
    place(BUSYBOX, 'bin/busybox');
    for (const name of scripts) place(join(GUEST, name), name);
    for (const { from, to } of programs) place(from, to);
    for (const group of groups) {
      const names = MODULES[group].map((path) => basename(path));
      for (const path of MODULES[group]) place(join(kernel.modules, path), join('modules', group, basename(path)));
      writeFileSync(join(root, 'modules', group, 'order'), names.join('\n'));
    }
    const pack = ['sh', '-c', 'cd "$1" && find . | cpio --quiet -o -H newc | gzip > "$2"', 'sh', root, file];
    await mustRun(pack, { timeoutMs: 180_000 });
  });
}
