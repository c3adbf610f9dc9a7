import { copyFileSync, openSync, closeSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, cached } from './cache.ts';
import { mustRun } from './process.ts';

/** What the local disk says on the serial line when it is booted, from BIOS and from UEFI. */
export const LOCAL_DISK_SAYS = 'LAB-LOCAL-DISK';

const CONFIG = join(import.meta.dirname, 'guest/grub-local-disk.cfg');
const SECTOR = 512;
const FIRST_SECTOR = 2048;
const ESP_MB = 16;

/**
 * A copy of the local disk at `file`: its boot sector and, for UEFI, EFI/BOOT/BOOTX64.EFI on its EFI system partition
 * say LAB-LOCAL-DISK and do nothing else.
 */
export async function makeLocalDisk(file: string): Promise<string> {
  copyFileSync(await buildLocalDisk(), file);
  return file;
}

function buildLocalDisk(): Promise<string> {
  return cached('local-disk.img', [bytesOf(CONFIG), bootSector()], async (disk, work) => {
    const efi = join(work, 'BOOTX64.EFI');
    const esp = join(work, 'esp.img');
    const modules = ['serial', 'terminal', 'echo', 'sleep', 'halt'];
    await mustRun(['grub-mkimage', '-O', 'x86_64-efi', '-p', '/', '-c', CONFIG, '-o', efi, ...modules]);
    await mustRun(['truncate', '-s', `${ESP_MB}M`, esp]);
    await mustRun(['mkfs.vfat', '-n', 'LABESP', esp]);
    await mustRun(['mmd', '-i', esp, '::EFI', '::EFI/BOOT']);
    await mustRun(['mcopy', '-i', esp, efi, '::EFI/BOOT/']);
    writeFileSync(disk, bootSector());
    const out = openSync(disk, 'r+');
    writeSync(out, readFileSync(esp), 0, statSync(esp).size, FIRST_SECTOR * SECTOR);
    closeSync(out);
  });
}

/** A master boot record: code that writes the sentence to the first serial port, and one EFI system partition (type ef). */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(SECTOR);
  const code = [
    0x31, 0xc0, 0x8e, 0xd8, 0xfc, // xor ax,ax; mov ds,ax; cld
    0xbe, 0x22, 0x7c, // mov si,message
    0xac, 0x84, 0xc0, 0x74, 0x12, // next: lodsb; test al,al; jz done
    0x88, 0xc4, 0xba, 0xfd, 0x03, // mov ah,al; mov dx,3fd
    0xec, 0xa8, 0x20, 0x74, 0xfb, // wait: in al,dx; test al,20; jz wait
    0xba, 0xf8, 0x03, 0x88, 0xe0, 0xee, 0xeb, 0xe9, // mov dx,3f8; mov al,ah; out dx,al; jmp next
    0xf4, 0xeb, 0xfd, // done: hlt; jmp done
  ]; // prettier-ignore
  Buffer.from(code).copy(sector);
  sector.write(`\r\n${LOCAL_DISK_SAYS}\r\n\0`, code.length, 'latin1');
  sector.writeUInt8(0x80, 446);
  sector.writeUInt8(0xef, 450);
  sector.writeUInt32LE(FIRST_SECTOR, 454);
  sector.writeUInt32LE((ESP_MB << 20) / SECTOR, 458);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
