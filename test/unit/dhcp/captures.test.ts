import { describe, expect, it } from 'vitest';
import { CAPTURES, datagramsOf, type Datagram } from '../../fixtures/captures/pcap.ts';
import { BOOTREQUEST, OPTION } from '../../../main-services/dhcp/codes.ts';
import type { DhcpContext } from '../../../main-services/dhcp/decision.ts';
import { messageTypeOf, textOf, ipOf } from '../../../main-services/dhcp/options.ts';
import { decodePacket, encodePacket, type DhcpPacket } from '../../../main-services/dhcp/packet.ts';
import { dhcpFixture, BOOT_URL, hostWith, replyOf, SERVER, contextOf } from './dhcp-fixture.ts';

const OUR_PROXY = '192.168.88.2';
const hex = (data: Uint8Array | undefined): string | undefined => data && Buffer.from(data).toString('hex');

function decoded(datagram: Datagram): DhcpPacket {
  const result = decodePacket(datagram.payload);
  if (result.kind === 'malformed') throw new Error(result.reason);
  return result.packet;
}

/** The DHCP messages of a capture; TFTP and others are left out. */
function messagesOf(capture: string): (Datagram & { packet: DhcpPacket })[] {
  const ports = [67, 68, 4011];
  return datagramsOf(capture)
    .filter(({ source, target }) => ports.includes(source.port) && ports.includes(target.port))
    .map((datagram) => ({ ...datagram, packet: decoded(datagram) }));
}

function requestsOf(capture: string) {
  return messagesOf(capture).filter(({ packet }) => packet.op === BOOTREQUEST);
}

/** The address that the server of the recording gave; here the machine has it reserved. */
function addressIn(capture: string): string {
  const given = messagesOf(capture).find(({ packet }) => packet.yiaddr !== '0.0.0.0');
  return given?.packet.yiaddr ?? 'none';
}

/** What the reply says, in the words of DESIGN §5. */
function answer(reply: DhcpPacket) {
  const { options } = reply;
  return {
    type: messageTypeOf(options),
    address: reply.yiaddr,
    siaddr: reply.siaddr,
    server: ipOf(options, OPTION.serverId),
    file: reply.file,
    name: textOf(options, OPTION.bootFile),
    class: textOf(options, OPTION.vendorClass),
    vendor: hex(options.get(OPTION.vendorInfo)),
    ipxe: hex(options.get(OPTION.ipxe)),
    mask: options.has(OPTION.netmask),
    lease: options.has(OPTION.leaseTime),
  };
}

/** Plays the requests of a capture to one of our servers, through bytes both ways. */
function replay(capture: string, world: Partial<DhcpContext>) {
  const { ask } = dhcpFixture();
  return requestsOf(capture).map(({ packet, payload, source, target }) => {
    const identity = hostWith({ ip: addressIn(capture) }, [...packet.chaddr].map((byte) => byte.toString(16).padStart(2, '0')).join(':'));
    const arrival = { port: target.port === 4011 ? ('pxe' as const) : ('dhcp' as const), source };
    const decision = ask(packet, { identity, arrival, ...world });
    if (decision.kind !== 'reply') return { kind: decision.kind, payload, packet, arrival };
    const reply = replyOf(decision);
    const { bytes, dropped } = encodePacket(decision.packet, decision.maxSize);
    return {
      kind: decision.kind,
      reply: answer(reply),
      raw: reply,
      to: decision.to,
      bytes,
      dropped,
      payload,
      packet,
      arrival,
      maxSize: decision.maxSize,
    };
  });
}

/** The script URL is longer than `file`, so it is in option 67 alone. */
const SCRIPT = { name: expect.stringContaining(`${BOOT_URL}/ipxe?mac=52:54:00:88:00:0`) as string, file: '' };

const FULL: Record<string, { class?: string; file?: string; name?: string; ipxe?: string }[]> = {
  'aavmf-http-arch19': [{ class: 'HTTPClient', ...named(`${BOOT_URL}/boot/snp-arm64.efi`) }],
  'aavmf-pxe-arch11': [named('snp-arm64.efi')],
  'bios-ipxe-rom-dhcp': [{ ...SCRIPT, ipxe: 'b00101' }],
  'bios-rom-then-undionly-chained': [{ ...SCRIPT, ipxe: 'b00101' }],
  'ovmf-http-boot-arch16': [{ class: 'HTTPClient', ...named(`${BOOT_URL}/boot/ipxe.efi`) }],
  'ovmf-ipxe-optionrom-arch7': [{ ...SCRIPT, ipxe: 'b00101' }],
  'ovmf-opt60-without-43-E16': [named('ipxe.efi')],
  'ovmf-pxe-then-ipxe-efi-chained': [named('ipxe.efi'), { ...SCRIPT, ipxe: 'b00101' }],
  'ovmf-secureboot-pxe-shim-grub': [named('ipxe.efi')],
};

function named(name: string) {
  return { file: name, name };
}

const PROXY: Record<string, 'ipxe' | 'uefi' | 'http' | 'uefi then ipxe'> = {
  'proxydhcp-dnsmasq-ipxe-rom-direct': 'ipxe',
  'proxydhcp-dnsmasq-ipxe-rom-siaddr0-fails': 'ipxe',
  'proxydhcp-dnsmasq-ovmf-4011': 'uefi then ipxe',
  'proxydhcp-ipxe-rom-4011': 'ipxe',
  'proxydhcp-ovmf-http': 'http',
  'proxydhcp-ovmf-opt43-bypass': 'uefi',
  'proxydhcp-ovmf-shim-grub-wrong-server': 'uefi',
};

describe('the captures of real firmware', () => {
  it('are all replayed below', () => {
    expect([...Object.keys(FULL), ...Object.keys(PROXY)].sort()).toEqual([...CAPTURES].sort());
  });

  it.each(CAPTURES)('%s: every message survives decode and encode', (capture) => {
    const messages = messagesOf(capture);
    expect(messages.length).toBeGreaterThan(1);
    for (const { packet } of messages) {
      const again = decodePacket(encodePacket(packet, 1472).bytes);
      expect(again).toEqual({ kind: 'packet', packet });
    }
  });
});

describe('full mode answers', () => {
  it.each(Object.entries(FULL))('%s', (capture, expected) => {
    const answers = replay(capture, {}).filter(({ arrival }) => arrival.port === 'dhcp');
    const xids = [...new Set(answers.map(({ packet }) => packet.xid))];
    const addresses = new Set(answers.map(({ reply }) => reply?.address));
    expect(addresses).toEqual(new Set([addressIn(capture)]));
    for (const { reply, packet, to, bytes, dropped, raw, maxSize } of answers) {
      const stage = expected[Math.min(xids.indexOf(packet.xid), expected.length - 1)];
      const type = messageTypeOf(packet.options) === 'DISCOVER' ? 'OFFER' : 'ACK';
      expect(reply).toMatchObject({ type, siaddr: SERVER, server: SERVER, vendor: undefined, mask: true, lease: true });
      expect(reply).toMatchObject({ class: undefined, ipxe: undefined, ...stage });
      expect(raw?.options.get(OPTION.machineId)).toEqual(packet.options.get(OPTION.machineId));
      expect(to).toEqual({ address: '255.255.255.255', port: 68 });
      expect(bytes?.length).toBeGreaterThanOrEqual(300);
      expect(bytes?.length).toBeLessThanOrEqual(maxSize ?? 0);
      expect(dropped).toEqual([]);
    }
  });

  it.each(Object.keys(FULL))('%s: a REQUEST for another server is never answered', (capture) => {
    const { ask } = dhcpFixture();
    const meant = requestsOf(capture).filter(({ packet }) => packet.options.has(OPTION.serverId));
    expect(meant.length).toBeGreaterThan(0);
    for (const { packet } of meant) expect(ask(packet, { address: '192.168.88.7' })).toMatchObject({ kind: 'ignored' });
  });
});

describe('proxy mode answers', () => {
  it.each(Object.entries(PROXY))('%s', (capture, kind) => {
    for (const { reply, packet, to, arrival, raw, kind: outcome } of replay(capture, { mode: 'proxy', address: OUR_PROXY })) {
      const type = messageTypeOf(packet.options);
      if (type === 'REQUEST' && arrival.port === 'dhcp') {
        expect(outcome).toBe('ignored');
        continue;
      }
      const { client } = contextOf(packet, dhcpFixture().table);
      expect(kind).toContain(client.netboot === 'pxe' ? 'uefi' : client.netboot);
      expect(reply).toMatchObject({ address: '0.0.0.0', siaddr: OUR_PROXY, server: OUR_PROXY, mask: false, lease: false, ipxe: undefined });
      expect(raw?.options.get(OPTION.machineId)).toEqual(packet.options.get(OPTION.machineId));
      expect(to).toEqual(arrival.port === 'pxe' ? arrival.source : { address: '255.255.255.255', port: 68 });
      if (client.netboot === 'ipxe') expect(reply).toMatchObject({ class: 'PXEClient', vendor: '060108ff', ...SCRIPT });
      if (client.netboot === 'http')
        expect(reply).toMatchObject({ class: 'HTTPClient', vendor: undefined, ...named(`${BOOT_URL}/boot/ipxe.efi`) });
      if (client.netboot === 'pxe' && arrival.port === 'dhcp') {
        expect(reply).toMatchObject({ type: 'OFFER', class: 'PXEClient', vendor: undefined, name: undefined, file: '' });
      }
      if (client.netboot === 'pxe' && arrival.port === 'pxe')
        expect(reply).toMatchObject({ type: 'ACK', class: 'PXEClient', ...named('ipxe.efi') });
    }
  });

  it('asks that really came to 4011 are among them, from edk2’s port 4011 and from iPXE’s 68', () => {
    const ports = Object.keys(PROXY).flatMap((capture) => requestsOf(capture).filter(({ target }) => target.port === 4011));
    expect(new Set(ports.map(({ source }) => source.port))).toEqual(new Set([4011, 68]));
  });
});
