// `npm run demo [-- --uefi]`: a virtual machine boots an ISO from Bootbench, without root, and its events are printed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensureGuestKernel } from './guest-kernel.mjs';
import { ensureBuild, ensureDependencies, projectNode, requireNode, root } from './prepare.mjs';

const NEEDED = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'grub-mkrescue': 'grub-common grub-pc-bin grub-efi-amd64-bin',
  xorriso: 'xorriso',
  mcopy: 'mtools',
  cpio: 'cpio',
  '/usr/lib/ipxe/qemu/pxe-virtio.rom': 'ipxe-qemu',
  '/usr/bin/busybox': 'busybox-static',
};

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
const isInstalled = (what) => (what.startsWith('/') ? existsSync(what) : folders.some((folder) => existsSync(join(folder, what))));
const missing = Object.keys(NEEDED).filter((what) => !isInstalled(what));
if (missing.length > 0) {
  console.error(`The demo needs ${missing.join(', ')}. On Debian, run: apt install ${missing.map((what) => NEEDED[what]).join(' ')}`);
  process.exit(1);
}

ensureDependencies();
requireNode();
ensureBuild();
try {
  ensureGuestKernel(() => undefined);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const { status } = spawnSync(projectNode(), [join(root, 'test', 'lab', 'demo.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
