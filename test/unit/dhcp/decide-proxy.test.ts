import { describe, expect, it } from 'vitest';
import { OPTION } from '../../../main-services/dhcp/codes.ts';
import { messageTypeOf, textOf } from '../../../main-services/dhcp/options.ts';
import { dhcpFixture, BOOT_URL, hostWith, ignoredReason, names, replyOf, request, SERVER, wants, type Wish } from './dhcp-fixture.ts';

const BYPASS = '060108ff';
const proxy = { mode: 'proxy' as const, identity: hostWith() };
const asked = (wish: Wish, world = {}) => dhcpFixture().ask(request(wish), { ...proxy, ...world });
const at4011 = { arrival: { port: 'pxe' as const, source: { address: '192.168.88.85', port: 4011 } } };
const hex = (data: Uint8Array | undefined): string | undefined => data && Buffer.from(data).toString('hex');

describe('a DISCOVER in proxy mode', () => {
  it.each([
    ['bios', 'undionly.kpxe'],
    ['ipxe', `${BOOT_URL}/ipxe`],
  ] as const)('%s boots from the offer: 60, 43 and the name', (client, name) => {
    const reply = replyOf(asked({ client }));
    expect(messageTypeOf(reply.options)).toBe('OFFER');
    expect(reply).toMatchObject({ yiaddr: '0.0.0.0', siaddr: SERVER });
    expect(textOf(reply.options, OPTION.vendorClass)).toBe('PXEClient');
    expect(hex(reply.options.get(OPTION.vendorInfo))).toBe(BYPASS);
    expect(textOf(reply.options, OPTION.bootFile)).toContain(name);
    expect(reply.options.has(OPTION.ipxe)).toBe(false);
  });

  it.each(['uefi', 'arm64'] as const)('%s gets 60 only, and asks 4011', (client) => {
    const reply = replyOf(asked({ client }));
    expect([...reply.options.keys()]).toEqual([OPTION.messageType, OPTION.serverId, OPTION.machineId, OPTION.vendorClass]);
    expect(textOf(reply.options, OPTION.vendorClass)).toBe('PXEClient');
    expect(reply.file).toBe('');
  });

  it('HTTP firmware gets its class and the URL', () => {
    const reply = replyOf(asked({ client: 'http' }));
    expect(textOf(reply.options, OPTION.vendorClass)).toBe('HTTPClient');
    expect(textOf(reply.options, OPTION.bootFile)).toBe(`${BOOT_URL}/boot/ipxe.efi`);
    expect(reply.options.has(OPTION.vendorInfo)).toBe(false);
  });

  it('never names netmask, router or lease time', () => {
    for (const client of ['bios', 'ipxe', 'uefi', 'http'] as const) {
      const { options } = replyOf(asked({ client }));
      for (const code of [OPTION.netmask, OPTION.router, OPTION.leaseTime]) expect(options.has(code)).toBe(false);
    }
  });

  it.each([
    ['an operating system', { client: 'os' as const }, {}, /neither PXEClient nor HTTPClient/],
    ['a host that may not netboot', { client: 'uefi' as const }, { identity: hostWith({ allowPXE: false }) }, /allowPXE/],
    ['a machine that no file fits', { client: 'uefi' as const, with: [[OPTION.arch, Uint8Array.of(0, 27)]] as Wish['with'] }, {}, /27/],
    [
      'a REQUEST on port 67',
      { client: 'uefi' as const, type: 'REQUEST' as const, with: [wants('10.0.0.1'), names(SERVER)] },
      {},
      /own DHCP/,
    ],
  ])('%s meets silence', (_name, wish, world, reason) => {
    expect(ignoredReason(asked(wish, world))).toMatch(reason);
  });
});

describe('a REQUEST on port 4011', () => {
  it.each([
    ['uefi', 'ipxe.efi', undefined],
    ['bios', 'undionly.kpxe', BYPASS],
  ] as const)('%s gets the name, at the address and port that it asks from', (client, name, vendorInfo) => {
    const decision = asked({ client, type: 'REQUEST', ciaddr: '192.168.88.85' }, at4011);
    const reply = replyOf(decision);
    expect(messageTypeOf(reply.options)).toBe('ACK');
    expect(reply).toMatchObject({ file: name, yiaddr: '0.0.0.0', ciaddr: '192.168.88.85', siaddr: SERVER });
    expect(textOf(reply.options, OPTION.bootFile)).toBe(name);
    expect(textOf(reply.options, OPTION.vendorClass)).toBe('PXEClient');
    expect(hex(reply.options.get(OPTION.vendorInfo))).toBe(vendorInfo);
    expect(decision).toMatchObject({ to: { address: '192.168.88.85', port: 4011 } });
    expect(decision).not.toHaveProperty('effect.kind');
  });

  it('for another boot server is not answered', () => {
    expect(ignoredReason(asked({ client: 'ipxe', type: 'REQUEST', with: [names('192.168.88.7')] }, at4011))).toMatch(/192\.168\.88\.7/);
  });

  it('is answered only as a REQUEST', () => {
    expect(ignoredReason(asked({ client: 'uefi' }, at4011))).toMatch(/only a REQUEST/);
  });
});
