import { describe, expect, it } from 'vitest';
import { OPTION } from '../../../main-services/dhcp/codes.ts';
import { createExchanges } from '../../../main-services/dhcp/exchange.ts';
import { textValue } from '../../../main-services/dhcp/options.ts';
import { MAC, names, request, SERVER, wants } from './dhcp-fixture.ts';

const OTHER = '52:54:00:88:00:99';
const bare = (more: Parameters<typeof request>[0] = {}) =>
  request({ type: 'REQUEST', with: [wants('192.168.88.100'), names(SERVER)], client: 'silent', ...more });

function exchanges() {
  const time = { now: 1_000_000 };
  return { time, ...createExchanges({ monotonic: () => time.now }) };
}

describe('what a DISCOVER said counts for the REQUEST of the same transaction', () => {
  it('d5: a REQUEST with 53, 54 and 50 alone is the firmware’s that asked (raspberrypi/rpi-eeprom#82)', () => {
    const { note, recall } = exchanges();
    note(MAC, request({ client: 'uefi' }));
    const { packet, codes } = recall(MAC, bare());
    expect(codes).toEqual([OPTION.vendorClass, OPTION.arch, OPTION.undi, OPTION.machineId]);
    expect(packet.options.get(OPTION.arch)).toEqual(Uint8Array.of(0, 7));
    expect(packet.options.get(OPTION.requestedIp)).toEqual(Uint8Array.of(192, 168, 88, 100));
  });

  it('d5: what the REQUEST says itself wins', () => {
    const { note, recall } = exchanges();
    note(MAC, request({ client: 'bios' }));
    const { packet, codes } = recall(MAC, bare({ with: [[OPTION.vendorClass, textValue('HTTPClient:Arch:00016')]] }));
    expect(Buffer.from(packet.options.get(OPTION.vendorClass) ?? []).toString()).toBe('HTTPClient:Arch:00016');
    expect(codes).not.toContain(OPTION.vendorClass);
  });

  it('d5: not for another transaction, another machine, another message, nor after two minutes', () => {
    const { note, recall, time } = exchanges();
    note(MAC, request({ client: 'uefi' }));
    expect(recall(MAC, bare({ xid: 1 })).codes).toEqual([]);
    expect(recall(OTHER, bare({ mac: OTHER })).codes).toEqual([]);
    expect(recall(MAC, bare({ type: 'INFORM' })).codes).toEqual([]);
    time.now += 119_999;
    expect(recall(MAC, bare()).codes).toHaveLength(4);
    time.now += 1;
    expect(recall(MAC, bare()).codes).toEqual([]);
  });

  it('d5: an operating system that asks next, in its own transaction, is none of the firmware', () => {
    const { note, recall } = exchanges();
    note(MAC, request({ client: 'uefi' }));
    note(MAC, request({ client: 'silent', xid: 5 }));
    expect(recall(MAC, bare({ xid: 5 })).codes).toEqual([]);
    expect(recall(MAC, bare()).codes).toEqual([]);
  });

  it('d5: remembers at most 4,096 machines, and no value over 255 bytes', () => {
    const { note, recall } = exchanges();
    note(MAC, request({ client: 'silent', with: [[OPTION.vendorClass, new Uint8Array(256)]] }));
    expect(recall(MAC, bare()).codes).toEqual([]);
    note(MAC, request({ client: 'uefi' }));
    for (let index = 0; index < 4096; index += 1) note(`machine ${index}`, request({ client: 'uefi' }));
    expect(recall(MAC, bare()).codes).toEqual([]);
    expect(recall('machine 0', bare()).codes).toHaveLength(4);
  });
});
