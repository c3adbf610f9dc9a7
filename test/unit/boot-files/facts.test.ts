import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../main-services/boot-files/facts.ts';
import { unpackLzma } from '../../../main-services/boot-files/lzma.ts';
import { ipxeProgram, ipxeSection, MACHINE, uefiProgram } from '../../fixtures/boot-files.ts';

const real = (name: string): string => join(import.meta.dirname, '../../../resources/boot-files', name);

describe('facts of a boot file', () => {
  it('reads machine, version, features and the bits of an offset of an iPXE for UEFI', () => {
    const common = { format: 'uefi', signed: false, program: 'iPXE', version: '1.21.1+ (test)' };
    const features = ['iSCSI', 'HTTP', 'HTTPS', 'DNS', 'VLAN'];
    expect(factsOf(ipxeProgram())).toEqual({ ...common, features, machine: 'x86-64', offsetBits: 64 });
    expect(factsOf(ipxeProgram(MACHINE.arm64))).toMatchObject({ machine: 'ARM64', offsetBits: 64 });
    expect(factsOf(ipxeProgram(MACHINE.i386))).toMatchObject({ machine: 'i386', offsetBits: 32 });
  });

  it('leaves out what it cannot read', () => {
    const twoVersions = Buffer.concat([ipxeSection('1.0.0'), ipxeSection('2.0.0')]);
    expect(factsOf(uefiProgram({ sections: { '.data': twoVersions } })).version).toBeUndefined();
    const packed = factsOf(uefiProgram({ sections: { '.data': Buffer.from('https://ipxe.org\0') } }));
    expect(packed).toEqual({ format: 'uefi', machine: 'x86-64', signed: false, program: 'iPXE', offsetBits: 64 });
    expect(factsOf(uefiProgram({ machine: 0x1234 }))).toEqual({ format: 'uefi', signed: false });
  });

  it('reads shim and GRUB from their SBAT section, and that they are signed', () => {
    const sbat = 'sbat,1,SBAT Version,sbat,1,https://x\nshim,4,UEFI shim,shim,1,https://x\nshim.debian,1,Debian,shim,16.1,https://x\n';
    const shim = uefiProgram({ sections: { '.sbat': Buffer.from(sbat) }, signature: 16 });
    expect(factsOf(shim)).toEqual({ format: 'uefi', machine: 'x86-64', signed: true, program: 'shim', version: '16.1 (Debian)' });
    const grub = uefiProgram({ sections: { '.sbat': Buffer.from('sbat,1,x,x,1,x\ngrub,4,FSF,grub,2.12,https://x\n') } });
    expect(factsOf(grub)).toMatchObject({ program: 'GRUB', version: '2.12' });
  });

  it('does not take a program that is cut off anywhere', () => {
    const program = uefiProgram({ sections: { '.text': Buffer.alloc(300, 1), '.data': ipxeSection() }, signature: 64 });
    expect(factsOf(program).format).toBe('uefi');
    for (let length = 0; length < program.length; length += 7)
      expect(factsOf(program.subarray(0, length)), `${length}`).toEqual({ format: 'unknown' });
  });

  it('takes any bytes', () => {
    const starts = fc.constantFrom(Buffer.alloc(0), Buffer.from([0xea, 5, 0, 0xc0, 7]), Buffer.from('MZ'));
    fc.assert(
      fc.property(starts, fc.uint8Array({ maxLength: 2000 }), (start, bytes) => {
        expect(factsOf(Buffer.concat([start, bytes]))).toEqual({ format: 'unknown' });
      }),
    );
  });

  it('ends soon for bytes that look packed', () => {
    const started = performance.now();
    expect(factsOf(Buffer.concat([Buffer.from([0xea, 5, 0, 0xc0, 7]), Buffer.alloc(2 ** 20, Buffer.from([0, 1]))]))).toEqual({
      format: 'unknown',
    });
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe.skipIf(!existsSync(real('undionly.kpxe')))('Debian’s iPXE', () => {
  it('undionly.kpxe is unpacked to read that it is a 32-bit build', () => {
    const facts = factsOf(readFileSync(real('undionly.kpxe')));
    expect(facts).toMatchObject({ format: 'bios', machine: 'BIOS', program: 'iPXE', offsetBits: 32 });
    expect(facts.version).toMatch(/^1\.21\.1\+git2025/);
    expect(facts.features).toEqual(expect.arrayContaining(['iSCSI', 'HTTP', 'HTTPS', 'DNS', 'VLAN', 'bzImage']));
  });
  it('undionly.kpxe that is cut off is not one', () => {
    expect(factsOf(readFileSync(real('undionly.kpxe')).subarray(0, 100_000))).toEqual({ format: 'unknown' });
  });
});

describe('LZMA', () => {
  // xz --format=raw --lzma1=lc=2,lp=0,pb=0 of "iPXE iPXE iPXE iPXE\n", with an end marker
  const PACKED = Buffer.from('003494a85fbbd7f8088a0b3dfffffa9c2000', 'hex');
  it('unpacks literals, matches and the end marker', () => {
    expect(Buffer.from(unpackLzma(PACKED, 0, { lc: 2, lp: 0, pb: 0 }, { left: 100 }) ?? []).toString()).toBe('iPXE iPXE iPXE iPXE\n');
  });
  it('stops at its budget, and at the end of the bytes', () => {
    expect(unpackLzma(PACKED, 0, { lc: 2, lp: 0, pb: 0 }, { left: 4 })).toBeUndefined();
    expect(unpackLzma(PACKED.subarray(0, 9), 0, { lc: 2, lp: 0, pb: 0 }, { left: 100 })).toBeUndefined();
  });
});
