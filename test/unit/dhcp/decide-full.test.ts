import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../contract/inventory.ts';
import { OPTION } from '../../../main-services/dhcp/codes.ts';
import { ipOf, messageTypeOf, textOf } from '../../../main-services/dhcp/options.ts';
import { dhcpFixture, BOOT_URL, hostWith, ignoredReason, MAC, names, replyOf, request, SERVER, wants } from './dhcp-fixture.ts';
import { decodeDomainSearch, decodeRoutes, ipsOf, uint32Of } from './option-decoders.ts';

const OTHER = '52:54:00:88:00:99';
const hex = (data: Uint8Array | undefined): string | undefined => data && Buffer.from(data).toString('hex');

function lease(ip: string, mac = MAC, state: Lease['state'] = 'bound', expiresAt = 2_000_000): Lease {
  return { ip, mac, state, startedAt: 900_000, expiresAt };
}

describe('a DISCOVER in full mode', () => {
  it('is offered an address of the pool, and no other settings', () => {
    const reply = replyOf(dhcpFixture().ask(request()));
    expect(messageTypeOf(reply.options)).toBe('OFFER');
    expect(reply).toMatchObject({ op: 2, yiaddr: '192.168.88.100', siaddr: SERVER, ciaddr: '0.0.0.0', xid: 0x3d857755, file: '' });
    expect(ipOf(reply.options, OPTION.serverId)).toBe(SERVER);
    expect(ipOf(reply.options, OPTION.netmask)).toBe('255.255.255.0');
    expect(ipOf(reply.options, OPTION.broadcast)).toBe('192.168.88.255');
    expect(uint32Of(reply.options, OPTION.leaseTime)).toBe(3600);
    expect(uint32Of(reply.options, OPTION.renewalTime)).toBe(1800);
    expect(uint32Of(reply.options, OPTION.rebindingTime)).toBe(3150);
    for (const code of [OPTION.router, OPTION.nameServers, OPTION.bootFile, OPTION.tftpServerName, OPTION.tftpServers]) {
      expect(reply.options.has(code)).toBe(false);
    }
  });

  it('gets router and name servers when the pool has them', () => {
    const settings = { leaseTime: 600, router: '192.168.88.254', dns: ['9.9.9.9', '1.1.1.1'] };
    const reply = replyOf(dhcpFixture().ask(request(), { settings }));
    expect(ipsOf(reply.options, OPTION.router)).toEqual(['192.168.88.254']);
    expect(ipsOf(reply.options, OPTION.nameServers)).toEqual(['9.9.9.9', '1.1.1.1']);
    expect(uint32Of(reply.options, OPTION.leaseTime)).toBe(600);
  });

  it('gets every field of its interface', () => {
    const identity = hostWith({
      ip: '192.168.88.20',
      netmask: '255.255.0.0',
      gateway: '192.168.0.1',
      hostname: 'rack1',
      leaseTime: 86_400,
      nameServers: ['192.168.0.53'],
      domainName: 'lab.example',
      domainSearch: ['lab.example', 'example'],
      ntpServers: ['192.168.0.123'],
      logServers: ['192.168.0.14'],
      classlessRoutes: [{ destination: '10.0.0.0/8', router: '192.168.0.2' }],
    });
    const { yiaddr, options } = replyOf(dhcpFixture().ask(request(), { identity }));
    expect(yiaddr).toBe('192.168.88.20');
    expect(ipOf(options, OPTION.netmask)).toBe('255.255.0.0');
    expect(ipOf(options, OPTION.broadcast)).toBe('192.168.255.255');
    expect(ipOf(options, OPTION.router)).toBe('192.168.0.1');
    expect(textOf(options, OPTION.hostname)).toBe('rack1');
    expect(uint32Of(options, OPTION.leaseTime)).toBe(86_400);
    expect(ipsOf(options, OPTION.nameServers)).toEqual(['192.168.0.53']);
    expect(textOf(options, OPTION.domainName)).toBe('lab.example');
    expect(decodeDomainSearch(options.get(OPTION.domainSearch)!)).toEqual(['lab.example', 'example']);
    expect(ipsOf(options, OPTION.ntpServers)).toEqual(['192.168.0.123']);
    expect(ipsOf(options, OPTION.logServers)).toEqual(['192.168.0.14']);
    expect(decodeRoutes(options.get(OPTION.classlessRoutes)!)).toEqual([
      { destination: '10.0.0.0/8', router: '192.168.0.2' },
      { destination: '0.0.0.0/0', router: '192.168.0.1' },
    ]);
  });

  it('does not set renewal times of a lease that never ends', () => {
    const { options } = replyOf(dhcpFixture().ask(request(), { identity: hostWith({ leaseTime: 4_294_967_295 }) }));
    expect(uint32Of(options, OPTION.leaseTime)).toBe(4_294_967_295);
    expect(options.has(OPTION.renewalTime)).toBe(false);
  });

  it.each([
    ['bios', 'undionly.kpxe'],
    ['uefi', 'ipxe.efi'],
    ['arm64', 'snp-arm64.efi'],
  ] as const)('%s PXE firmware: name in file and 67, no 60, no 43', (client, file) => {
    const reply = replyOf(dhcpFixture().ask(request({ client }), { identity: hostWith() }));
    expect(reply.file).toBe(file);
    expect(textOf(reply.options, OPTION.bootFile)).toBe(file);
    expect(textOf(reply.options, OPTION.tftpServerName)).toBe(SERVER);
    expect(ipOf(reply.options, OPTION.tftpServers)).toBe(SERVER);
    expect(reply.options.has(OPTION.vendorClass)).toBe(false);
    expect(reply.options.has(OPTION.vendorInfo)).toBe(false);
    expect(reply.options.has(OPTION.ipxe)).toBe(false);
    expect(hex(reply.options.get(OPTION.machineId))).toBe('0044332211665588' + '7799aabbccddeeff00');
  });

  it('HTTP firmware: its class back, and a URL', () => {
    const reply = replyOf(dhcpFixture().ask(request({ client: 'http' }), { identity: hostWith() }));
    expect(textOf(reply.options, OPTION.vendorClass)).toBe('HTTPClient');
    expect(textOf(reply.options, OPTION.bootFile)).toBe(`${BOOT_URL}/boot/ipxe.efi`);
    expect(reply.file).toBe(`${BOOT_URL}/boot/ipxe.efi`);
    expect(reply.options.has(OPTION.vendorInfo)).toBe(false);
  });

  it('iPXE: the script, and no wait for a proxy', () => {
    const reply = replyOf(dhcpFixture().ask(request({ client: 'ipxe' }), { identity: hostWith() }));
    expect(textOf(reply.options, OPTION.bootFile)).toMatch(`${BOOT_URL}/ipxe?mac=${MAC}`);
    expect(hex(reply.options.get(OPTION.ipxe))).toBe('b00101');
    expect(reply.options.has(OPTION.vendorClass)).toBe(false);
  });

  it.each([
    [127, true],
    [128, false],
  ])('a name of %i characters: never cut, in file only where it fits', (length, inFile) => {
    const url = `http://192.168.88.1/${'x'.repeat(length - 20)}`;
    const boot = { kind: 'url' as const, url, httpClient: false, reasons: ['per-interface override'] };
    const reply = replyOf(dhcpFixture().ask(request({ client: 'uefi' }), { boot, identity: hostWith() }));
    expect(textOf(reply.options, OPTION.bootFile)).toBe(url);
    expect(reply.file).toBe(inFile ? url : '');
  });

  it('allowPXE=false: an address and no boot file', () => {
    const reply = replyOf(dhcpFixture().ask(request({ client: 'uefi' }), { identity: hostWith({ allowPXE: false, ip: '192.168.88.20' }) }));
    expect(reply.yiaddr).toBe('192.168.88.20');
    expect(reply.file).toBe('');
    expect(reply.options.has(OPTION.bootFile)).toBe(false);
    expect(reply.options.has(OPTION.tftpServerName)).toBe(false);
  });

  it('firmware that nothing fits: no answer, with the reason', () => {
    const riscv = request({ client: 'uefi', with: [[OPTION.arch, Uint8Array.of(0, 27)]] });
    expect(ignoredReason(dhcpFixture().ask(riscv, { identity: hostWith() }))).toMatch(/27/);
  });

  it('echoes option 82 as the relay sent it', () => {
    const relayed = request({ giaddr: '192.168.88.9', with: [[OPTION.relayInfo, Buffer.from('010400010203', 'hex')]] });
    const decision = dhcpFixture().ask(relayed);
    expect(hex(replyOf(decision).options.get(OPTION.relayInfo))).toBe('010400010203');
    expect(decision).toMatchObject({ to: { address: '192.168.88.9', port: 67 } });
  });

  it('through a relay of another subnet: reservations only', () => {
    const relayed = request({ giaddr: '10.9.0.1' });
    expect(ignoredReason(dhcpFixture().ask(relayed))).toMatch(/relay 10\.9\.0\.1/);
    const identity = hostWith({ ip: '10.9.0.20', netmask: '255.255.255.0', gateway: '10.9.0.1' });
    expect(replyOf(dhcpFixture().ask(relayed, { identity })).yiaddr).toBe('10.9.0.20');
  });

  it('a machine that wears a host’s MAC: neither the host’s address nor its fields', () => {
    const { host, iface } = hostWith({ ip: '192.168.88.101', hostname: 'rack1' });
    const { ask, table } = dhcpFixture({ reservations: { '192.168.88.101': MAC } });
    table.bind(MAC, '192.168.88.101', { seconds: 60 });
    const reply = replyOf(ask(request({ client: 'uefi' }), { identity: { kind: 'mismatch', host, iface, message: 'another UUID' } }));
    expect(reply.yiaddr).toBe('192.168.88.100');
    expect(reply.options.has(OPTION.hostname)).toBe(false);
  });

  it('an unknown machine waits while another server answers; hosts and leased machines do not', () => {
    const closedBecause = 'another DHCP server answers on this network: 192.168.88.2';
    const { ask } = dhcpFixture({ leases: [lease('192.168.88.102', OTHER)] });
    expect(ignoredReason(ask(request(), { closedBecause }))).toBe(closedBecause);
    expect(replyOf(ask(request(), { closedBecause, identity: hostWith() })).yiaddr).toBe('192.168.88.100');
    expect(replyOf(ask(request({ mac: OTHER }), { closedBecause })).yiaddr).toBe('192.168.88.102');
  });

  it('a full pool: no answer, and it says so', () => {
    const { ask } = dhcpFixture();
    for (let last = 0; last < 4; last += 1) ask(request({ mac: `52:54:00:88:01:0${last}` }));
    const decision = ask(request());
    expect(decision).toMatchObject({ kind: 'ignored', poolFull: true });
    expect(ignoredReason(decision)).toMatch(/192\.168\.88\.100-192\.168\.88\.103/);
  });
});

describe('a REQUEST in full mode', () => {
  const known = () => dhcpFixture({ leases: [lease('192.168.88.101')] });

  describe('SELECTING', () => {
    const select = (ip: string, server = SERVER) => request({ type: 'REQUEST', with: [wants(ip), names(server)] });

    it('takes the address that was offered', () => {
      const { ask, table, time } = dhcpFixture();
      const { yiaddr } = replyOf(ask(request()));
      const decision = ask(select(yiaddr));
      const reply = replyOf(decision);
      expect(messageTypeOf(reply.options)).toBe('ACK');
      expect(reply.yiaddr).toBe(yiaddr);
      expect(table.of(MAC)).toMatchObject({ ip: yiaddr, state: 'bound', expiresAt: time.now + 3_600_000 });
    });

    it('is never answered when it names another server, and our offer is free again', () => {
      const { ask, table } = dhcpFixture();
      const { yiaddr } = replyOf(ask(request()));
      expect(ignoredReason(ask(select(yiaddr, '10.0.0.254')))).toMatch(/10\.0\.0\.254/);
      expect(table.offerOf(MAC)).toBeUndefined();
      expect(table.of(MAC)).toBeUndefined();
    });

    it('is refused for an address that another machine has', () => {
      const { ask } = dhcpFixture({ leases: [lease('192.168.88.102', OTHER)] });
      const decision = ask(select('192.168.88.102'));
      const reply = replyOf(decision);
      expect(messageTypeOf(reply.options)).toBe('NAK');
      expect(reply).toMatchObject({ yiaddr: '0.0.0.0', siaddr: '0.0.0.0' });
      expect(textOf(reply.options, OPTION.message)).toMatch(/leased to/);
      expect(reply.options.has(OPTION.leaseTime)).toBe(false);
      expect(decision).toMatchObject({ to: { address: '255.255.255.255', port: 68 } });
    });

    it('is refused for a pool address once the machine has a reservation', () => {
      const reply = replyOf(known().ask(select('192.168.88.101'), { identity: hostWith({ ip: '192.168.88.20' }) }));
      expect(messageTypeOf(reply.options)).toBe('NAK');
    });
  });

  describe('INIT-REBOOT', () => {
    const reboot = (ip: string) => request({ type: 'REQUEST', with: [wants(ip)] });

    it('gets its address again', () => {
      const reply = replyOf(known().ask(reboot('192.168.88.101')));
      expect(messageTypeOf(reply.options)).toBe('ACK');
      expect(reply.yiaddr).toBe('192.168.88.101');
    });

    it('is refused when it comes from another network', () => {
      expect(messageTypeOf(replyOf(dhcpFixture().ask(reboot('10.1.2.3'))).options)).toBe('NAK');
    });

    it('is refused when its address is another', () => {
      expect(messageTypeOf(replyOf(known().ask(reboot('192.168.88.103'))).options)).toBe('NAK');
    });

    it('gets no reply when the machine is unknown', () => {
      expect(ignoredReason(dhcpFixture().ask(reboot('192.168.88.101')))).toMatch(/no record/);
    });

    it('counts as known by the reservation of a host', () => {
      expect(replyOf(dhcpFixture().ask(reboot('192.168.88.20'), { identity: hostWith({ ip: '192.168.88.20' }) })).yiaddr).toBe(
        '192.168.88.20',
      );
    });
  });

  describe('RENEWING and REBINDING', () => {
    const renew = (ip: string) => request({ type: 'REQUEST', ciaddr: ip });

    it('gets more time, answered at its address', () => {
      const { ask, table, time } = known();
      time.now += 500_000;
      const arrival = { port: 'dhcp', source: { address: '192.168.88.101', port: 68 } } as const;
      const decision = ask(renew('192.168.88.101'), { arrival });
      expect(replyOf(decision)).toMatchObject({ yiaddr: '192.168.88.101', ciaddr: '192.168.88.101' });
      expect(decision).toMatchObject({ to: { address: '192.168.88.101', port: 68 } });
      expect(table.of(MAC)).toMatchObject({ startedAt: 900_000, expiresAt: time.now + 3_600_000 });
    });

    it('is taken on when the address is free, though the record is lost', () => {
      const decision = dhcpFixture().ask(renew('192.168.88.102'));
      expect(replyOf(decision).yiaddr).toBe('192.168.88.102');
    });

    it('is refused by broadcast when the address belongs to another machine now', () => {
      const { ask } = dhcpFixture({ leases: [lease('192.168.88.102', OTHER)] });
      const decision = ask(renew('192.168.88.102'));
      expect(messageTypeOf(replyOf(decision).options)).toBe('NAK');
      expect(decision).toMatchObject({ to: { address: '255.255.255.255' } });
    });

    it('is refused when the address has been reserved for another machine', () => {
      const { ask } = dhcpFixture({ leases: [lease('192.168.88.101')], reservations: { '192.168.88.101': OTHER } });
      expect(messageTypeOf(replyOf(ask(renew('192.168.88.101'))).options)).toBe('NAK');
    });
  });

  it('without address and server means our offer, as the npm package `dhcp` asks', () => {
    const { ask } = dhcpFixture();
    const { yiaddr } = replyOf(ask(request()));
    expect(replyOf(ask(request({ type: 'REQUEST', with: [wants('0.0.0.0')] }))).yiaddr).toBe(yiaddr);
  });

  it('without address and server, and without an offer, means nothing', () => {
    expect(ignoredReason(dhcpFixture().ask(request({ type: 'REQUEST' })))).toMatch(/names no address/);
  });

  it('through a NAK in a relay carries the broadcast flag', () => {
    const decision = dhcpFixture().ask(request({ type: 'REQUEST', giaddr: '192.168.88.9', with: [wants('192.168.88.1'), names(SERVER)] }));
    const reply = replyOf(decision);
    expect(messageTypeOf(reply.options)).toBe('NAK');
    expect(reply.flags).toBe(0x8000);
    expect(decision).toMatchObject({ to: { address: '192.168.88.9', port: 67 } });
  });
});

describe('firmware, iPXE and operating system of one machine', () => {
  it('share an address, whatever option 61 says', () => {
    const { ask } = dhcpFixture();
    const addresses = (['uefi', 'ipxe', 'os'] as const).map((client, index) => {
      const id: [number, Uint8Array] = [OPTION.clientId, Uint8Array.of(0xff, index, 1, 2, 3)];
      const { yiaddr } = replyOf(ask(request({ client, with: [id] })));
      return replyOf(ask(request({ client, type: 'REQUEST', with: [id, wants(yiaddr), names(SERVER)] }))).yiaddr;
    });
    expect(new Set(addresses).size).toBe(1);
  });
});

describe('DECLINE, RELEASE and INFORM', () => {
  it('a declined address rests, and the machine gets another', () => {
    const { ask, table, time } = dhcpFixture({ leases: [lease('192.168.88.100')] });
    const decision = ask(request({ type: 'DECLINE', with: [wants('192.168.88.100'), names(SERVER)] }));
    expect(decision).toMatchObject({ kind: 'recorded', effect: { kind: 'decline', ip: '192.168.88.100' } });
    expect(replyOf(ask(request())).yiaddr).toBe('192.168.88.101');
    time.now += 600_001;
    expect(table.mayHave(OTHER, '192.168.88.100').ok).toBe(true);
  });

  it('b9: a machine that renews after a DECLINE that was forged in its name keeps its address', () => {
    const ip = '192.168.88.100';
    const { ask, table } = dhcpFixture({ leases: [lease(ip)] });
    table.decline(MAC, ip);
    const answer = (mac: string) => messageTypeOf(replyOf(ask(request({ type: 'REQUEST', ciaddr: ip, mac }))).options);
    expect(answer(OTHER)).toBe('NAK');
    expect(answer(MAC)).toBe('ACK');
  });

  it('no machine can decline an address that it never had', () => {
    const { ask } = dhcpFixture({ leases: [lease('192.168.88.100', OTHER)] });
    expect(ignoredReason(ask(request({ type: 'DECLINE', with: [wants('192.168.88.100')] })))).toContain('192.168.88.100');
  });

  it('a released address is free for others, but comes back to its machine', () => {
    const { ask, table } = dhcpFixture({ leases: [lease('192.168.88.100')] });
    expect(ask(request({ type: 'RELEASE', ciaddr: '192.168.88.100', with: [names(SERVER)] }))).toMatchObject({ kind: 'recorded' });
    expect(table.of(MAC)?.state).toBe('released');
    expect(replyOf(ask(request())).yiaddr).toBe('192.168.88.100');
  });

  it('nobody can release what it does not have', () => {
    const { ask, table } = dhcpFixture({ leases: [lease('192.168.88.100', OTHER)] });
    expect(ignoredReason(ask(request({ type: 'RELEASE', ciaddr: '192.168.88.100' })))).toMatch(/not its lease/);
    expect(table.of(OTHER)?.state).toBe('bound');
  });

  it('INFORM gets the settings at its address, without an address and a lease time', () => {
    const settings = { leaseTime: 3600, router: '192.168.88.254', dns: [] };
    const decision = dhcpFixture().ask(request({ type: 'INFORM', ciaddr: '192.168.88.77' }), { settings });
    const reply = replyOf(decision);
    expect(messageTypeOf(reply.options)).toBe('ACK');
    expect(reply).toMatchObject({ yiaddr: '0.0.0.0', ciaddr: '192.168.88.77' });
    expect(ipOf(reply.options, OPTION.router)).toBe('192.168.88.254');
    for (const code of [OPTION.leaseTime, OPTION.renewalTime, OPTION.rebindingTime]) expect(reply.options.has(code)).toBe(false);
    expect(decision).toMatchObject({ to: { address: '192.168.88.77', port: 68 } });
  });
});

describe('what gets no reply at all', () => {
  it.each([
    ['a reply', request({ op: 2 }), /op 2/],
    ['plain BOOTP', { ...request(), options: new Map() }, /BOOTP/],
    ['d8: InfiniBand, whose address is not in the packet (RFC 4390)', request({ htype: 32, chaddr: new Uint8Array() }), /InfiniBand/],
    ['a token ring address', request({ htype: 6 }), /not Ethernet/],
    ['a 16-byte hardware address', request({ chaddr: new Uint8Array(16) }), /16 bytes/],
    ['a multicast MAC', request({ mac: '01:00:5e:00:00:01' }), /01:00:5e:00:00:01/],
    ['the zero MAC', request({ mac: '00:00:00:00:00:00' }), /00:00:00:00:00:00/],
    ['a relay without an address', request({ giaddr: '255.255.255.255' }), /relay address/],
    ['what Bootbench relayed itself', request({ giaddr: SERVER }), /relayed by Bootbench/],
    ['an OFFER', request({ type: 'OFFER' }), /OFFER/],
    ['an unknown type', request({ with: [[OPTION.messageType, Uint8Array.of(99)]] }), /no message type/],
  ])('%s', (_name, packet, reason) => {
    expect(ignoredReason(dhcpFixture().ask(packet))).toMatch(reason);
  });
});
