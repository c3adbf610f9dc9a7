import { describe, expect, it } from 'vitest';
import type { ImageIndex } from '../../../contract/inventory.ts';
import { netbootMethod } from '../../../main-services/boot/method.ts';

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
    ['one whose kernel was not found: its own loader, told where to look', undefined, index('fedora'), 'http-san'],
    ['one that nobody knows: its own loader', undefined, index('unknown'), 'http-san'],
    ['as chosen, though the profile doubts it', 'http-san', index('debian'), 'http-san'],
    ['as chosen', 'kernel', index('fedora', true), 'kernel'],
  ] as const)('%s', (_name, wanted, image, expected) => {
    expect(netbootMethod(wanted, 'x', image).method).toBe(expected);
  });

  it('served as it is: its own loader, as its kernel alone would be told nothing', () => {
    expect(netbootMethod(undefined, 'x', index('fedora', true), true)).toEqual({
      method: 'http-san',
      reason: expect.stringContaining('x is served as it is, so its own boot loader starts it') as string,
    });
    expect(() => netbootMethod('kernel', 'x', index('fedora', true), true)).toThrow(expect.objectContaining({ code: 'E_BOOT_METHOD' }));
  });

  it.each([
    ['an installer that needs its CD drive', undefined, index('debian'), /x cannot be booted over the network\. .*CD drive/],
    ['a kernel that was not found', 'kernel', index('fedora'), /No kernel was found/],
    ['virtual media', 'virtual-media', index('fedora', true), /from virtual media, so the network has nothing/],
    ['the firmware’s own HTTP boot', 'uefi-http', index('fedora', true), /this machine came by PXE/],
  ] as const)('is refused with a sentence: %s', (_name, wanted, image, sentence) => {
    expect(() => netbootMethod(wanted, 'x', image)).toThrow(
      expect.objectContaining({ code: 'E_BOOT_METHOD', message: expect.stringMatching(sentence) as string }),
    );
  });
});
