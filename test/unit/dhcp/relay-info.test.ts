import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../contract/inventory.ts';
import { OPTION } from '../../../main-services/dhcp/codes.ts';
import { ipOf, ipValue, messageTypeOf } from '../../../main-services/dhcp/options.ts';
import { relayInfoOf } from '../../../main-services/dhcp/relay-info.ts';
import { dhcpFixture, hostWith, ignoredReason, MAC, names, replyOf, request, SERVER, wants } from './dhcp-fixture.ts';

const RELAY = '192.168.88.254';
/** Circuit id "ge01"; server identifier override 192.168.88.254. */
const OVERRIDE = Buffer.from('0104676530310b04c0a858fe', 'hex');
const relayInfo = (hex: string): [number, Uint8Array] => [OPTION.relayInfo, Buffer.from(hex, 'hex')];
/** Link selection 192.168.88.0, and 10.44.0.0. */
const OURS = relayInfo('0504c0a85800');
const THEIRS = relayInfo('05040a2c0000');
const FAR = '10.9.0.1';

describe('d1: a relay that has the server go by its own address (RFC 5107)', () => {
  const fromRelay = { giaddr: RELAY, with: [[OPTION.relayInfo, OVERRIDE]] as [number, Uint8Array][] };
  const arrival = { port: 'dhcp', source: { address: RELAY, port: 67 } } as const;

  it('d1: the override is in 54 and 82 is sent back, and the REQUEST that names it is for us (dora#9)', () => {
    const { ask } = dhcpFixture();
    const offer = ask(request({ client: 'uefi', ...fromRelay }), { arrival });
    const reply = replyOf(offer);
    expect(ipOf(reply.options, OPTION.serverId)).toBe(RELAY);
    expect(Buffer.from(reply.options.get(OPTION.relayInfo) ?? [])).toEqual(OVERRIDE);
    expect(reply.siaddr).toBe(SERVER);
    expect(ipOf(reply.options, OPTION.tftpServers)).toBe(SERVER);
    const select = request({ type: 'REQUEST', giaddr: RELAY, with: [...fromRelay.with, wants(reply.yiaddr), names(RELAY)] });
    const ack = ask(select, { arrival });
    expect(messageTypeOf(replyOf(ack).options)).toBe('ACK');
    expect(ipOf(replyOf(ack).options, OPTION.serverId)).toBe(RELAY);
    expect(ack).toMatchObject({ to: { address: RELAY, port: 67 } });
  });

  it('d1: the REQUEST alone may leave option 82 out: what its DISCOVER was given counts', () => {
    const { ask } = dhcpFixture();
    const { yiaddr } = replyOf(ask(request(fromRelay), { arrival }));
    const select = request({ type: 'REQUEST', giaddr: RELAY, with: [wants(yiaddr), names(RELAY)] });
    const ack = replyOf(ask(select, { arrival, relayServerId: RELAY }));
    expect(messageTypeOf(ack.options)).toBe('ACK');
    expect(ipOf(ack.options, OPTION.serverId)).toBe(RELAY);
    expect(ack.options.has(OPTION.relayInfo)).toBe(false);
  });

  it('d1: without the relay’s word the same server identifier is another server’s', () => {
    const select = request({ type: 'REQUEST', giaddr: RELAY, with: [wants('192.168.88.100'), names(RELAY)] });
    expect(ignoredReason(dhcpFixture().ask(select, { arrival }))).toMatch(`the server ${RELAY}`);
  });

  // RFC 5107 §5: a relay with two servers gives both the same identifier, and both get every REQUEST.
  it('d1: a machine that took another server’s offer behind the same override is not denied its address', () => {
    const select = request({ type: 'REQUEST', giaddr: RELAY, with: [...fromRelay.with, wants('192.168.88.9'), names(RELAY)] });
    const decision = dhcpFixture().ask(select, { arrival });
    expect(ignoredReason(decision)).toContain(RELAY);
  });

  it('d1: a release that names the override is taken', () => {
    const lease: Lease = { ip: '192.168.88.100', mac: MAC, state: 'bound', startedAt: 900_000, expiresAt: 2_000_000 };
    const release = request({ type: 'RELEASE', ciaddr: lease.ip, giaddr: RELAY, with: [...fromRelay.with, names(RELAY)] });
    expect(dhcpFixture({ leases: [lease] }).ask(release, { arrival })).toMatchObject({ kind: 'recorded' });
  });

  it.each([
    ['0b03c0a858', 'cut short'],
    ['0b0400000000', 'no address'],
    ['0b04ffffffff', 'the broadcast address'],
    ['0104', 'a sub-option that runs over the end'],
  ])('d1: an override %s (%s) is none', (hex) => {
    expect(relayInfoOf(request({ with: [relayInfo(hex)] })).serverId).toBeUndefined();
  });
});

describe('d1: the subnet that a relay asks for (RFC 3527)', () => {
  it('d1: link selection of our subnet: an address of the pool, although the relay listens elsewhere', () => {
    const decision = dhcpFixture().ask(request({ giaddr: FAR, with: [OURS] }));
    expect(replyOf(decision).yiaddr).toBe('192.168.88.100');
    expect(decision).toMatchObject({ to: { address: FAR, port: 67 } });
  });

  it('d1: link selection of another subnet: no address, although the relay is on Bootbench’s own network', () => {
    const decision = dhcpFixture().ask(request({ giaddr: RELAY, with: [THEIRS] }));
    expect(ignoredReason(decision)).toMatch(/10\.44\.0\.0 \(option 82, link selection\).*reservations/);
  });

  it('d1: link selection of another subnet: a reservation is given there', () => {
    const decision = dhcpFixture().ask(request({ giaddr: RELAY, with: [THEIRS] }), { identity: hostWith({ ip: '10.44.0.7' }) });
    expect(replyOf(decision).yiaddr).toBe('10.44.0.7');
  });

  // dnsmasq (rfc2131.c, OPTION_SUBNET_SELECT) and Kea take RFC 3011's option 118 from relays that have no option 82.
  it('d1: option 118 counts as link selection, and option 82 wins over it', () => {
    const select = (address: string): [number, Uint8Array] => [OPTION.subnetSelection, ipValue(address)];
    expect(replyOf(dhcpFixture().ask(request({ giaddr: FAR, with: [select('192.168.88.0')] }))).yiaddr).toBe('192.168.88.100');
    expect(ignoredReason(dhcpFixture().ask(request({ giaddr: FAR, with: [select('192.168.88.0'), THEIRS] })))).toMatch('10.44.0.0');
  });
});
