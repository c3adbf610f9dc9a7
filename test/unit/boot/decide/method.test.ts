import { describe, expect, it } from 'vitest';
import type { ImageIndex } from '../../../../contract/inventory.ts';
import { netbootMethod } from '../../../../main-services/boot/decide/method.ts';
import { loaderBits } from '../../../../main-services/iso/bootconfig/loader-limits.ts';

const index = (id: string, kernel = false): ImageIndex => ({
  volumeId: 'X',
  size: 2048,
  etag: 'e',
  biosBootable: true,
  uefiBootable: true,
  placeholderOffsets: [],
  profile: { id, title: id, arch: [], ...(kernel && { kernel: { path: 'vmlinuz', initrds: ['initrd'] } }) },
});

describe('how a machine that netboots gets its image', () => {
  it.each([
    ['a system that is all in memory: from iPXE’s disk', undefined, index('hookos'), 'http-san'],
    ['one that looks for its medium, but takes a URL: its kernel', undefined, index('fedora', true), 'kernel'],
    ['one whose kernel was not found: its own loader, told where to look', undefined, index('debian-live'), 'http-san'],
    ['the same, which keeps its medium by the iBFT', undefined, index('fedora'), 'iscsi'],
    ['one that nobody knows: its own loader', undefined, index('unknown'), 'http-san'],
    ['as chosen, though the profile doubts it', 'http-san', index('debian'), 'http-san'],
    ['as chosen', 'kernel', index('fedora', true), 'kernel'],
    ['as chosen, of a system that is not known', 'iscsi', index('unknown'), 'iscsi'],
    ['one that keeps its medium by the iBFT and cannot go without', undefined, index('windows'), 'iscsi'],
  ] as const)('%s', (_name, wanted, image, expected) => {
    expect(netbootMethod(wanted, 'x', image).method).toBe(expected);
  });

  it('served as it is: its own loader, as its kernel alone would be told nothing', () => {
    expect(netbootMethod(undefined, 'x', index('fedora', true), { unpatched: true })).toEqual({
      method: 'http-san',
      reason: expect.stringContaining('x is served unmodified') as string,
    });
    expect(() => netbootMethod('kernel', 'x', index('fedora', true), { unpatched: true })).toThrow(
      expect.objectContaining({ code: 'E_BOOT_METHOD' }),
    );
  });

  it.each([
    ['keeps its medium by the iBFT: from its iSCSI disk', index('fedora', true), 'iscsi'],
    ['keeps it, and its kernel was not found', index('fedora'), 'iscsi'],
    ['is told another source, but does not read the iBFT: its kernel', index('debian-live', true), 'kernel'],
    ['needs no medium: from a disk over HTTP', index('hookos'), 'http-san'],
    ['is not known: its own loader over HTTP', index('unknown'), 'http-san'],
  ] as const)('on BIOS, one that %s', (_name, image, expected) => {
    expect(netbootMethod(undefined, 'x', image, { bits: 32 }).method).toBe(expected);
  });

  it('served as it is, the choice of iSCSI holds, and says what the system must be able to do', () => {
    const choice = netbootMethod('iscsi', 'x', index('debian'), { unpatched: true });
    expect(choice).toEqual({ method: 'iscsi', reason: expect.stringContaining('iBFT') as string });
  });

  it.each([
    ['an installer that needs its CD drive', undefined, index('debian'), /x cannot be booted over the network\. .*CD drive/],
    ['a kernel that was not found', 'kernel', index('fedora'), /No kernel was found/],
    ['virtual media', 'virtual-media', index('fedora', true), /virtual media/],
    ['the firmware’s own HTTP boot', 'uefi-http', index('fedora', true), /PXE/],
  ] as const)('is refused with a message: %s', (_name, wanted, image, sentence) => {
    expect(() => netbootMethod(wanted, 'x', image)).toThrow(
      expect.objectContaining({ code: 'E_BOOT_METHOD', message: expect.stringMatching(sentence) as string }),
    );
  });

  const GIB = 2 ** 30;
  const sized = (id: string, size: number, kernel = false) => ({ ...index(id, kernel), size });

  it.each([
    ['under 4 GiB, a 32-bit iPXE reads all of it', sized('hookos', 4 * GIB - 1), { bits: 32 }, 'http-san'],
    ['from 4 GiB on, its kernel is loaded instead', sized('talos', 5 * GIB, true), { bits: 32 }, 'kernel'],
    ['a 64-bit iPXE reads any', sized('hookos', 5 * GIB), { bits: 64 }, 'http-san'],
    ['an iPXE that is not known is taken for 64-bit', sized('hookos', 5 * GIB), {}, 'http-san'],
    ['what is added counts too', { ...sized('talos', 4 * GIB - 2048, true) }, { bits: 32, bytes: 4 * GIB + 65_536 }, 'kernel'],
    ['without a kernel of its own: over iSCSI', sized('hookos', 5 * GIB), { bits: 32 }, 'iscsi'],
    ['a system that is not known: over iSCSI', sized('unknown', 5 * GIB), { bits: 32 }, 'iscsi'],
    ['served as it is: over iSCSI', sized('fedora', 5 * GIB, true), { bits: 32, unpatched: true }, 'iscsi'],
    ['only what is added makes it too large: over iSCSI', sized('hookos', 4 * GIB - 2048), { bits: 32, bytes: 4 * GIB }, 'iscsi'],
  ] as const)('h1: %s', (_name, image, world, expected) => {
    expect(netbootMethod(undefined, 'x', image, world).method).toBe(expected);
  });

  it.each([
    ['a disk over HTTP was chosen', sized('fedora', 4.2 * GIB, true), {}],
    ['the same, served as it is', sized('fedora', 5 * GIB, true), { unpatched: true }],
    ['the same, and only what is added makes it too large', sized('hookos', 4 * GIB - 2048), { bytes: 4 * GIB }],
  ] as const)('h1: is refused for a 32-bit iPXE with a sentence and a way out: %s', (_name, image, world) => {
    expect(() => netbootMethod('http-san', 'x', image, { ...world, bits: 32 })).toThrow(
      expect.objectContaining({
        code: 'E_BOOT_METHOD',
        message: expect.stringMatching(/x cannot be booted .* by this machine\. The medium has 4\.\d GiB|5\.0 GiB/) as string,
        next: expect.stringMatching(/iscsi.*UEFI/) as string,
      }),
    );
  });
});

describe('h1: the bits of an iPXE', () => {
  it.each([
    ['i386', 7, 32],
    ['x86_64', 0, 64], // bin-x86_64-pcbios, what ipxe/ipxe#767 ended with
    ['arm64', undefined, 64],
    ['arm32', undefined, 32],
    ['', 0, 32],
    [undefined, 0, 32],
    [undefined, 6, 32],
    [undefined, 7, 64],
    [undefined, 11, 64],
    [undefined, 16, 64],
    [undefined, undefined, undefined],
    ['${buildarch}', 0, 32],
  ] as const)('%j on architecture %s: %s', (build, firmware, bits) => expect(loaderBits(build, firmware)).toBe(bits));
});
