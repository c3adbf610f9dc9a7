import { describe, expect, it } from 'vitest';
import { parseIpNetTable, parseMacosArp, parseProcArp } from '../../../main-services/network/neighbour-parsers.ts';
import { createNeighbours } from '../../../main-services/network/neighbours.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));

describe('w1: the neighbour table', () => {
  it('of Linux: complete and permanent entries of this NIC', () => {
    const text = [
      'IP address       HW type     Flags       HW address            Mask     Device',
      '192.168.77.20    0x1         0x2         52:54:00:0A:0b:0c     *        lab0',
      '192.168.77.21    0x1         0x6         52:54:00:0a:0b:0d     *        lab0',
      '192.168.77.22    0x1         0x0         52:54:00:0a:0b:0e     *        lab0',
      '192.168.77.23    0x1         0x2         00:00:00:00:00:00     *        lab0',
      '192.168.77.24    0x1         0xc         00:00:00:00:00:00     *        lab0',
      '192.168.77.25    0x1         0x2         52:54:00:0a:0b:0f     *        eth0',
      '192.168.77.26    0x20        0x2         80:00:02:08:fe:80     *        lab0',
      '192.168.77.255   0x1         0x6         ff:ff:ff:ff:ff:ff     *        lab0',
      '',
    ].join('\n');
    expect([...parseProcArp(text, 'lab0')]).toEqual([
      ['192.168.77.20', '52:54:00:0a:0b:0c'],
      ['192.168.77.21', '52:54:00:0a:0b:0d'],
    ]);
  });

  it('of macOS: short bytes are filled up, incomplete and published entries are left out', () => {
    const text = [
      '? (192.168.77.20) at 0:1b:21:a:32:bd on en5 ifscope [ethernet]',
      '? (192.168.77.21) at (incomplete) on en5 ifscope [ethernet]',
      '? (192.168.77.1) at 2:0:0:0:0:1 on en5 ifscope permanent published [ethernet]',
      '? (192.168.77.22) at 52:54:0:1:2:3 on en0 ifscope [ethernet]',
      '? (192.168.77.255) at ff:ff:ff:ff:ff:ff on en5 ifscope [ethernet]',
      '',
    ].join('\n');
    expect([...parseMacosArp(text, 'en5')]).toEqual([['192.168.77.20', '00:1b:21:0a:32:bd']]);
  });

  // dwNumEntries; then dwIndex, dwPhysAddrLen, bPhysAddr[8], dwAddr, dwType for each row.
  const live = '05000000 06000000 525400aabbcc 0000 c0a84d14 03000000';
  const freeUnderWine = '05000000 06000000 000000000000 0000 c0a84d63 03000000';
  const freeOnWindows = '05000000 00000000 000000000000 0000 c0a84d64 02000000';
  const otherPort = '09000000 06000000 525400aabbcd 0000 c0a84d15 03000000';
  const fixed = '05000000 06000000 525400aabbce 0000 c0a84d16 04000000';
  const broadcast = '05000000 06000000 ffffffffffff 0000 c0a84dff 04000000';

  it('of Windows: a free address has no MAC, as Windows and as Wine write it', () => {
    const bytes = hex(`06000000 ${live} ${freeUnderWine} ${freeOnWindows} ${otherPort} ${fixed} ${broadcast} ${'00'.repeat(60)}`);
    expect([...parseIpNetTable(bytes, 5)]).toEqual([
      ['192.168.77.20', '52:54:00:aa:bb:cc'],
      ['192.168.77.22', '52:54:00:aa:bb:ce'],
    ]);
  });

  it('of Windows, as recorded from GetIpNetTable under Wine 10: two machines (one silent to ping) and two free addresses', () => {
    const bytes = hex(`0c000000
      02000000 06000000 0000000000000000 c0a84163 03000000   02000000 06000000 6ac98deb695c0000 c0a84115 03000000
      02000000 06000000 0000000000000000 c0a84162 03000000   02000000 06000000 42a6d59bbc280000 c0a84114 03000000
      01000000 00000000 0000000000000000 e0000016 04000000   01000000 00000000 0000000000000000 effffffa 04000000`);
    expect([...parseIpNetTable(bytes, 2)]).toEqual([
      ['192.168.65.21', '6a:c9:8d:eb:69:5c'],
      ['192.168.65.20', '42:a6:d5:9b:bc:28'],
    ]);
  });

  it('of Windows: a count that runs over the end of the bytes', () => {
    expect(parseIpNetTable(hex(`ffffffff ${live} 0500`), 5).size).toBe(1);
    expect(parseIpNetTable(new Uint8Array(4), 5).size).toBe(0);
    expect(parseIpNetTable(new Uint8Array(), 5).size).toBe(0);
  });

  it('that cannot be read is no table, and no error', async () => {
    for (const neighbours of [
      createNeighbours({ nic: { name: 'lab0', index: 1 }, read: () => Promise.reject(new Error('EACCES')) }),
      createNeighbours({ nic: { name: 'lab0', index: 1 }, platform: 'sunos' }),
    ]) {
      expect(await neighbours.all()).toBeUndefined();
      expect(await neighbours.macOf('192.168.77.20')).toBeUndefined();
    }
  });

  it.runIf(process.platform === 'linux')('of this computer can be read', async () => {
    expect(await createNeighbours({ nic: { name: 'lo', index: 1 } }).all()).toEqual(new Map());
  });
});
