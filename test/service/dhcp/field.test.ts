import { describe, expect, it } from 'vitest';
import { leaseRows } from '../../../db/leases.ts';
import { OPTION } from '../../../main-services/dhcp/codes.ts';
import { ipOf, messageTypeOf, textOf } from '../../../main-services/dhcp/options.ts';
import { hostWith, MAC, names, request, wants } from '../../unit/dhcp/dhcp-fixture.ts';
import { bindingTo, Machine, POOL, serviceBench, SERVER } from './loopback.ts';

const [FIRST] = POOL;

async function served(...given: Parameters<typeof serviceBench>) {
  const bench = await serviceBench(...given);
  await bench.service.start(bindingTo());
  return { ...bench, machine: await Machine.at(bench.ports.client) };
}

const ofType = (events: readonly { type: string }[], type: string) => events.filter((event) => event.type === type);

describe('d2: a machine that names an address it does not use yet', () => {
  it('d2: gets both replies by broadcast, and the events say so', async () => {
    const { machine, ports, events } = await served();
    const offer = await machine.ask(request({ ciaddr: '127.0.1.77' }), ports.server);
    expect(messageTypeOf(offer.options)).toBe('OFFER');
    const select = { type: 'REQUEST', ciaddr: offer.yiaddr, flags: 0x8000, with: [wants(offer.yiaddr), names(SERVER)] } as const;
    const ack = await machine.ask(request({ ...select, with: [...select.with] }), ports.server);
    expect(messageTypeOf(ack.options)).toBe('ACK');
    const [event] = ofType(events, 'dhcp.ack') as typeof events;
    expect(event).toMatchObject({ data: { broadcast: true, to: `255.255.255.255:${ports.client}` } });
    expect(event?.message).toMatch(/sent by broadcast\.$/);
    expect(event?.data?.reasons).toContainEqual(expect.stringContaining(`address ${FIRST} `));
    // It has chosen: that its packet has a ciaddr makes it no renewal.
    expect(ofType(events, 'dhcp.os-lease')).toHaveLength(1);
  });
});

describe('d5: a ROM whose REQUEST leaves out what its DISCOVER said', () => {
  it('d5: gets its boot file, and counts as firmware', async () => {
    const { machine, ports, events, hosts } = await served();
    hosts.set(MAC, hostWith());
    const offer = await machine.ask(request({ client: 'uefi' }), ports.server);
    expect(offer.file).toBe('ipxe.efi');
    const select = request({ type: 'REQUEST', client: 'silent', with: [wants(offer.yiaddr), names(SERVER)] });
    const ack = await machine.ask(select, ports.server);
    expect(ack.file).toBe('ipxe.efi');
    expect(textOf(ack.options, OPTION.bootFile)).toBe('ipxe.efi');
    const [event] = ofType(events, 'dhcp.ack') as typeof events;
    expect(event).toMatchObject({ data: { arch: 7 } });
    expect(event?.data?.reasons).toContainEqual(expect.stringContaining('options 60, 93, 94, 97'));
    expect(ofType(events, 'dhcp.os-lease')).toEqual([]);
  });

  // systemd/systemd#5380: networkd named its class in the DISCOVER and not in the REQUEST. iPXE is told apart by 77 and 175 alone.
  it('d5: iPXE stays iPXE: the script again, and no system’s lease', async () => {
    const { machine, ports, events, hosts } = await served();
    hosts.set(MAC, hostWith());
    const offer = await machine.ask(request({ client: 'ipxe' }), ports.server);
    const select = request({ type: 'REQUEST', client: 'silent', with: [wants(offer.yiaddr), names(SERVER)] });
    const ack = await machine.ask(select, ports.server);
    expect(textOf(ack.options, OPTION.bootFile)).toBe(textOf(offer.options, OPTION.bootFile));
    expect(textOf(ack.options, OPTION.bootFile)).toMatch(/\/ipxe\?mac=/);
    expect(ofType(events, 'dhcp.os-lease')).toEqual([]);
  });

  it('d5: an operating system that asks after it in its own transaction is one', async () => {
    const { machine, ports, events, hosts } = await served();
    hosts.set(MAC, hostWith());
    await machine.ask(request({ client: 'uefi' }), ports.server);
    const offer = await machine.ask(request({ client: 'silent', xid: 9 }), ports.server);
    const ack = await machine.ask(
      request({ type: 'REQUEST', client: 'silent', xid: 9, with: [wants(offer.yiaddr), names(SERVER)] }),
      ports.server,
    );
    expect(ack.file).toBe('');
    expect(ofType(events, 'dhcp.os-lease')).toHaveLength(1);
  });
});

describe('d1: a relay with a server identifier of its own (RFC 5107)', () => {
  it('d1: offer, request and lease through it, with the reason in the event', async () => {
    const relay = '127.0.0.3';
    const { ports, events, db } = await served();
    const agent = await Machine.at(ports.server, relay);
    const relayed = { giaddr: relay, with: [[OPTION.relayInfo, Buffer.from('0104676530310b047f000003', 'hex')]] as [number, Uint8Array][] };
    const offer = await agent.ask(request({ client: 'bios', ...relayed }), ports.server);
    expect(ipOf(offer.options, OPTION.serverId)).toBe(relay);
    const select = request({ type: 'REQUEST', giaddr: relay, with: [...relayed.with, wants(offer.yiaddr), names(relay)] });
    expect(messageTypeOf((await agent.ask(select, ports.server)).options)).toBe('ACK');
    expect(leaseRows(db).byIp(offer.yiaddr)?.mac).toBe(MAC);
    const [event] = ofType(events, 'dhcp.ack') as typeof events;
    expect(event?.message).toMatch(`sent to the relay ${relay}`);
    expect(event?.data?.reasons).toContainEqual(expect.stringMatching(`identifier ${relay} \\(RFC 5107\\)`));
  });
});

describe('d8: packets that no machine sent, or that are for another server', () => {
  it.each([
    ['d8: InfiniBand: htype 32, hlen 0 (RFC 4390)', request({ client: 'uefi', htype: 32, chaddr: new Uint8Array() }), 'InfiniBand'],
    [
      'd8: InfiniBand with 8 bytes of its GUID, as dhclient sends it (systemd/systemd#17322)',
      request({ client: 'uefi', htype: 32, chaddr: Uint8Array.of(0xe0, 7, 0x1b, 0xff, 0xff, 0x79, 0xd0, 0x84) }),
      'InfiniBand',
    ],
    ['d8: a multicast address', request({ client: 'uefi', mac: '01:00:5e:00:00:01' }), ': 01:00:5e:00:00:01'],
    [
      'd8: all zeros, of an EEPROM that was never written (openbmc/openbmc#2333)',
      request({ client: 'uefi', mac: '00:00:00:00:00:00' }),
      ': 00:00:00:00:00:00',
    ],
    ['d8: all ones, of an erased EEPROM', request({ client: 'uefi', mac: 'ff:ff:ff:ff:ff:ff' }), ': ff:ff:ff:ff:ff:ff'],
    ['d8: Ethernet that says eight bytes', request({ client: 'uefi', chaddr: new Uint8Array(8).fill(2) }), '8 bytes'],
    ['d8: a request for another server', request({ client: 'uefi', type: 'REQUEST', with: [names('127.0.0.2')] }), 'the server 127.0.0.2'],
  ])('%s: one event, and nothing kept', async (_name, packet, reason) => {
    const { machine, ports, events, db, noticed } = await served();
    for (let times = 0; times < 3; times += 1) machine.send(packet, ports.server);
    await expect.poll(() => events.length).toBe(1);
    expect(await machine.hear(packet.xid, 50)).toBeUndefined();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'dhcp.ignored' });
    expect(events[0]?.message).toMatch(reason);
    expect(events[0]?.message).not.toMatch(/,:|undefined/);
    expect(events[0]?.mac).toBe(reason.startsWith('the server') ? MAC : undefined);
    expect(noticed).toEqual([]);
    expect(leaseRows(db).list()).toEqual([]);
  });

  it('d8: packets for Bootbench are remembered', async () => {
    const { machine, ports, noticed } = await served();
    await machine.ask(request({ client: 'uefi' }), ports.server);
    expect(noticed).toEqual([MAC]);
  });
});

describe('t1: the boot file’s name on the wire', () => {
  it('t1: option 67 ends with a NUL, and 66 does not', async () => {
    const { machine, ports, hosts } = await served();
    hosts.set(MAC, hostWith());
    const { options } = await machine.ask(request({ client: 'bios' }), ports.server);
    expect(Buffer.from(options.get(OPTION.bootFile) ?? []).toString('latin1')).toBe('undionly.kpxe\0');
    // raspberrypi/firmware#871: the Pi 3 does not boot from a server's address that ends with a NUL.
    expect(Buffer.from(options.get(OPTION.tftpServerName) ?? []).toString('latin1')).toBe(SERVER);
  });
});
