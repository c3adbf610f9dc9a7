import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, cached } from '../cache.ts';
import { buildInitrd, mustHaveKernel } from '../iso.ts';
import { mustRun } from '../process.ts';

/** What the disk's boot loader says, and an argument that only its kernel has. */
export const INSTALLED_DISK_SAYS = 'LAB-INSTALLED-DISK';
export const INSTALLED_ARGUMENT = 'lab.from=disk';

const CONFIG = join(import.meta.dirname, 'grub-installed-disk.cfg');
const GRUB = '/usr/lib/grub/i386-pc';
const MODULES = ['biosdisk', 'part_msdos', 'fat', 'serial', 'terminal', 'echo', 'linux', 'search', 'search_fs_file', 'boot'];
const SECTOR = 512;
const FIRST_SECTOR = 2048;
const VOLUME_MB = 24;

/** A disk as an installer leaves it, for BIOS: GRUB behind the boot sector, a FAT partition with Debian's kernel and the lab guest. */
export async function buildInstalledDisk(): Promise<string> {
  const kernel = mustHaveKernel();
  const initrd = await buildInitrd(kernel);
  return cached('installed-disk.img', [bytesOf(CONFIG), kernel.image, initrd, MODULES.join(), bootSector()], async (disk, work) => {
    const core = join(work, 'core.img');
    await mustRun(['grub-mkimage', '-O', 'i386-pc', '-p', '/', '-c', CONFIG, '-o', core, ...MODULES]);
    const volume = await fatVolume(work, { '::vmlinuz': kernel.image, '::initrd.gz': initrd, '::lab-installed': CONFIG });
    writeFileSync(disk, Buffer.concat([bootSector(), readFileSync(core)]));
    const out = openSync(disk, 'r+');
    writeSync(out, readFileSync(volume), 0, statSync(volume).size, FIRST_SECTOR * SECTOR);
    closeSync(out);
  });
}

async function fatVolume(work: string, files: Record<string, string>): Promise<string> {
  const volume = join(work, 'volume.img');
  await mustRun(['truncate', '-s', `${VOLUME_MB}M`, volume]);
  await mustRun(['mkfs.vfat', '-n', 'INSTALLED', volume]);
  for (const [name, file] of Object.entries(files)) await mustRun(['mcopy', '-i', volume, file, name]);
  return volume;
}

/** GRUB's boot.img loads the core image from sector 1, as it comes; where it has code for floppies, a disk has its partitions. */
function bootSector(): Buffer {
  const sector = Buffer.from(bytesOf(GRUB, 'boot.img'));
  sector.fill(0, 446, 510);
  sector.writeUInt8(0x80, 446);
  sector.writeUInt8(0x0c, 450);
  sector.writeUInt32LE(FIRST_SECTOR, 454);
  sector.writeUInt32LE((VOLUME_MB << 20) / SECTOR, 458);
  return sector;
}

/** An empty disk at `file`, with room for the installed one. */
export async function makeBlankDisk(file: string): Promise<string> {
  await mustRun(['truncate', '-s', '64M', file]);
  return file;
}
