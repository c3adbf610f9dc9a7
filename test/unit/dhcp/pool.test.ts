import { describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import { inPool, poolFor, poolText, sizeOf } from '../../../main-services/dhcp/pool.ts';

const at = (address: string, netmask = '255.255.255.0') => ({ address, netmask });

describe('the default pool', () => {
  it.each([
    ['/24: the upper half', at('192.168.88.1'), '192.168.88.128-192.168.88.254'],
    ['/24 with Bootbench on top: without it', at('192.168.88.254'), '192.168.88.128-192.168.88.254'],
    ['/28', at('10.0.0.1', '255.255.255.240'), '10.0.0.8-10.0.0.14'],
    ['/30: the only other address', at('10.0.0.1', '255.255.255.252'), '10.0.0.2-10.0.0.2'],
    ['/30 with Bootbench on top', at('10.0.0.2', '255.255.255.252'), '10.0.0.1-10.0.0.2'],
    ['/16: its last 1,024 addresses', at('10.1.0.1', '255.255.0.0'), '10.1.251.255-10.1.255.254'],
  ])('%s', (_name, binding, expected) => {
    const pool = poolFor(binding);
    expect(poolText(pool)).toBe(expected);
    expect(inPool(pool, binding.address)).toBe(false);
    expect(sizeOf(pool)).toBeGreaterThan(0);
  });
});

describe('a chosen pool', () => {
  it.each([
    ['leaves the subnet', ['192.168.88.200', '192.168.89.10'], /192\.168\.89\.10 is not in it/],
    ['contains the network address', ['192.168.88.0', '192.168.88.10'], /network address/],
    ['contains the broadcast address', ['192.168.88.200', '192.168.88.255'], /broadcast address/],
    ['is reversed', ['192.168.88.200', '192.168.88.100'], /192\.168\.88\.200-192\.168\.88\.100 ends/],
    ['is only Bootbench’s own address', ['192.168.88.1', '192.168.88.1'], /own address/],
  ] as [string, [string, string], RegExp][])('is refused when it %s', (_name, chosen, sentence) => {
    const make = (): unknown => poolFor(at('192.168.88.1'), chosen);
    expect(make).toThrow(sentence);
    expect(make).toThrow(BootbenchError);
  });

  it('is refused when it is too large to search', () => {
    expect(() => poolFor(at('10.0.0.1', '255.0.0.0'), ['10.0.0.2', '10.2.0.0'])).toThrow(/65536/);
  });

  it('excludes Bootbench’s own address from its middle', () => {
    const pool = poolFor(at('192.168.88.11'), ['192.168.88.10', '192.168.88.12']);
    expect(['192.168.88.10', '192.168.88.11', '192.168.88.12'].map((ip) => inPool(pool, ip))).toEqual([true, false, true]);
  });

  it('is refused on a subnet for two', () => {
    expect(() => poolFor(at('10.0.0.1', '255.255.255.254'))).toThrow(/no room/);
  });
});
