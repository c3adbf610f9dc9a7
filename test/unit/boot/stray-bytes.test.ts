import { describe, expect, it } from 'vitest';
import { openBootFileCatalogue } from '../../../main-services/boot/files/boot-files.ts';
import { withoutStrayBytes } from '../../../main-services/boot/files/files.ts';
import { silentLog } from '../../../contract/runtime.ts';

const NAMES = [...openBootFileCatalogue({ dir: '/nowhere', log: silentLog }).names(), 'autoexec.ipxe'];
const trimmed = (path: string) => withoutStrayBytes(path, NAMES);

describe('t1: a name of ours followed by bytes that no name has is that name', () => {
  it.each([
    ['ipxe.efi\xff', 'ipxe.efi'],
    ['undionly.kpxe\xff\xff\xff', 'undionly.kpxe'],
    ['ipxe.efi3\x04\xc0\xa8M\x01', 'ipxe.efi'],
    // As TFTP decodes it: bytes that are not UTF-8.
    ['ipxe.efi\ufffd', 'ipxe.efi'],
    // The next option is 66 with 12 bytes (garybowers/bootimus#117), then 97, whose code is a letter.
    ['undionly.kpxeB\x0c192.168.88.1', 'undionly.kpxe'],
    ['ipxe.efia\x11', 'ipxe.efi'],
    ['/52-54-00-88-00-02/ipxe.efi\xff', '/52-54-00-88-00-02/ipxe.efi'],
    ['\\sb\\grubx64.efi\xff', '\\sb\\grubx64.efi'],
    ['autoexec.ipxe\xff', 'autoexec.ipxe'],
  ])('t1: %j is %j', (path, name) => {
    expect(trimmed(path)).toBe(name);
  });

  it('t1: the longest name wins', () => {
    expect(withoutStrayBytes('ipxe.efi.signed\xff', ['ipxe.efi', 'ipxe.efi.signed'])).toBe('ipxe.efi.signed');
  });

  it.each([
    'ipxe.efi3',
    'ipxe.efi.bak',
    'other.efi\xff',
    '\xffipxe.efi',
    'ipxe.efi\xff/../../etc/passwd',
    '../ipxe.efi\xff',
    'IPXE.EFI\xff',
  ])('t1: %j stays as it is', (path) => {
    expect(trimmed(path)).toBe(path);
  });
});
