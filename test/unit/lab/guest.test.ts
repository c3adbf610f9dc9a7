import { describe, expect, it } from 'vitest';
import { PLACEHOLDER } from '../../lab/iso.ts';
import { bootSector, LOCAL_DISK_SAYS } from '../../lab/local-disk.ts';
import { BOOT_FAILED, qemuCommand } from '../../lab/qemu.ts';

describe('what the lab’s guests are made of', () => {
  it('the placeholder has Tinkerbell’s length and alphabet', () => {
    expect(PLACEHOLDER).toMatch(/^[0-9a-z]{1024}$/);
  });

  it('the boot sector points at its own message and ends in the signature', () => {
    const sector = bootSector();
    const message = sector.readUInt16LE(6) - 0x7c00;
    expect(sector.toString('latin1', message, message + 2 + LOCAL_DISK_SAYS.length)).toBe(`\r\n${LOCAL_DISK_SAYS}`);
    expect(sector.readUInt16LE(510)).toBe(0xaa55);
    expect(sector.indexOf(0, message)).toBeLessThan(446);
  });

  it('a BIOS machine keeps QEMU’s network ROM, and its text goes to the serial line', () => {
    const command = qemuCommand({ firmware: 'bios', mac: '52:54:00:00:00:01', net: { tap: 'tap0' }, dir: '/nowhere' }).join(' ');
    expect(command).toContain('-machine pc,graphics=off');
    expect(command).toContain('mac=52:54:00:00:00:01,bootindex=2');
    expect(command).not.toContain('romfile');
  });

  it.each(['PXE-E16: No valid offer received', 'grub>', 'Access Denied', 'LAB-ERROR no lease'])('sees that the boot failed: %s', (line) => {
    expect(BOOT_FAILED.test(line)).toBe(true);
  });

  it('does not take a good line for a failed boot', () => {
    expect(BOOT_FAILED.test('Booting from SAN device 0x80')).toBe(false);
  });
});
