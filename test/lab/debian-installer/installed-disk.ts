import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, cached } from '../cache.ts';
import { buildInitrd, mustHaveKernel } from '../iso.ts';
import { fatImage } from '../layouts/parts.ts';
import { mustRun } from '../process.ts';

/** What the disk's boot loader says, and an argument that only its kernel has. */
export const INSTALLED_DISK_SAYS = 'LAB-INSTALLED-DISK';
export const INSTALLED_ARGUMENT = 'lab.from=disk';

const GRUB_CFG = join(import.meta.dirname, 'grub-installed-disk.cfg');
const BOOT_SECTOR = '/usr/lib/grub/i386-pc/boot.img';
const MODULES = ['biosdisk', 'part_msdos', 'fat', 'serial', 'terminal', 'echo', 'linux', 'search', 'search_fs_file', 'boot'];
const SECTOR = 512;
const FIRST_SECTOR = 2048;
const VOLUME_KB = 24 * 1024;

/** A disk as an installer leaves it, for BIOS: GRUB behind the boot sector, a partition with Debian's kernel and the lab guest. */
export async function buildInstalledDisk(): Promise<string> {
  const kernel = mustHaveKernel();
  const initrd = await buildInitrd(kernel);
  const inputs = [bytesOf(import.meta.filename), bytesOf(GRUB_CFG), kernel.image, initrd];
  return cached('installed-disk.img', inputs, async (disk, work) => {
    const core = join(work, 'core.img');
    await mustRun(['grub-mkimage', '-O', 'i386-pc', '-p', '/', '-c', GRUB_CFG, '-o', core, ...MODULES]);
    const files = { vmlinuz: { copy: kernel.image }, 'initrd.gz': { copy: initrd }, 'lab-installed': '' };
    const volume = await fatImage(work, 'volume.img', { bits: 16, kilobytes: VOLUME_KB }, files);
    writeFileSync(disk, Buffer.concat([bootSector(), readFileSync(core)]));
    const out = openSync(disk, 'r+');
    writeSync(out, readFileSync(volume), 0, statSync(volume).size, FIRST_SECTOR * SECTOR);
    closeSync(out);
  });
}

/** GRUB's boot.img loads the core image from sector 1, as it comes; where it has code for floppies, a disk has its partitions. */
function bootSector(): Buffer {
  const sector = readFileSync(BOOT_SECTOR);
  sector.fill(0, 446, 510);
  sector.writeUInt8(0x80, 446);
  sector.writeUInt8(0x0e, 450);
  sector.writeUInt32LE(FIRST_SECTOR, 454);
  sector.writeUInt32LE((VOLUME_KB * 1024) / SECTOR, 458);
  return sector;
}

/** An empty disk at `file`, with room for the installed one. */
export async function makeBlankDisk(file: string): Promise<string> {
  await mustRun(['truncate', '-s', '64M', file]);
  return file;
}
