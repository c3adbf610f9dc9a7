import { describe, expect, it } from 'vitest';
import type { ProgramFile } from '../../../../main-services/iso/efi/programs.ts';
import { findUkis } from '../../../../main-services/iso/efi/uki.ts';

/** An EFI program by bytes: DOS stub, COFF header, an optional header of 240 bytes and the sections. */
function program(sections: readonly string[], peAt = 128): Buffer {
  const bytes = Buffer.alloc(peAt + 24 + 240 + 40 * sections.length + 1024);
  bytes.write('MZ', 0, 'latin1');
  bytes.writeUInt32LE(peAt, 60);
  bytes.write('PE\0\0', peAt, 'latin1');
  bytes.writeUInt16LE(0x8664, peAt + 4);
  bytes.writeUInt16LE(sections.length, peAt + 6);
  bytes.writeUInt16LE(240, peAt + 20);
  sections.forEach((name, index) => bytes.write(name, peAt + 264 + 40 * index, 'latin1'));
  return bytes;
}

function file(path: string, bytes: Buffer): ProgramFile {
  return { path, size: bytes.length, read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)) };
}

const UKI = ['.text', '.data', '.osrel', '.cmdline', '.linux', '.initrd'];

describe('unified kernel images', () => {
  it('are the programs with a kernel or arguments inside', async () => {
    const files = [
      file('EFI/Linux/talos.efi', program(UKI)),
      file('EFI/BOOT/BOOTX64.EFI', program(UKI, 2048)),
      file('EFI/Linux/plain.efi', program(['.text', '.linux'])),
      file('EFI/BOOT/grubx64.efi', program(['.text', '.data', 'mods', '.reloc'])),
      file('EFI/Linux/readme.txt', program(UKI)),
    ];
    expect(await findUkis(files)).toEqual(['EFI/Linux/talos.efi', 'EFI/BOOT/BOOTX64.EFI', 'EFI/Linux/plain.efi']);
  });

  it('are looked for in files that come one by one', async () => {
    async function* walk() {
      yield await Promise.resolve(file('a.efi', program(UKI)));
    }
    expect(await findUkis(walk())).toEqual(['a.efi']);
  });

  it.each<[string, (bytes: Buffer) => void]>([
    ['no DOS header', (bytes) => bytes.fill(0, 0, 2)],
    ['a header outside the file', (bytes) => void bytes.writeUInt32LE(0xffff_ffff, 60)],
    ['no PE header', (bytes) => bytes.fill(0, 128, 132)],
    ['sections outside the file', (bytes) => void bytes.writeUInt16LE(0xffff, 148)],
    ['no sections', (bytes) => void bytes.writeUInt16LE(0, 134)],
  ])('are not what has %s', async (_name, damage) => {
    const bytes = program(UKI);
    damage(bytes);
    expect(await findUkis([file('x.efi', bytes), file('short.efi', Buffer.from('MZ'))])).toEqual([]);
  });
});
