import { describe, expect, it } from 'vitest';
import { archOf, clientOf, isIpxe, notNetbootReason, uuidOf } from '../../../main-services/dhcp/client.ts';
import { OPTION, type MessageType } from '../../../main-services/dhcp/codes.ts';
import { request, UUID } from './dhcp-fixture.ts';

const without = (code: number, type: MessageType = 'DISCOVER') => {
  const packet = request({ client: 'uefi', type });
  const options = new Map(packet.options);
  options.delete(code);
  return { ...packet, options };
};
const withOption = (code: number, data: Uint8Array) => request({ client: 'uefi', with: [[code, data]] });

describe('which clients netboot (the cases of Tinkerbell’s TestIsNetbootClient)', () => {
  it.each([
    ['a message without type', without(OPTION.messageType), /without a type/],
    ['an INFORM', request({ client: 'uefi', type: 'INFORM' }), /INFORM/],
    ['no option 60', without(OPTION.vendorClass), /option 60/],
    ['an option 60 of another kind', withOption(OPTION.vendorClass, Buffer.from('MSFT 5.0')), /neither PXEClient nor HTTPClient/],
    ['no option 93', without(OPTION.arch), /option 93/],
    ['no option 94', without(OPTION.undi), /option 94/],
    ['an option 97 of a wrong length', withOption(OPTION.machineId, new Uint8Array(16)), /16 bytes/],
    ['an option 97 of a wrong type', withOption(OPTION.machineId, Buffer.concat([Buffer.of(1), Buffer.alloc(16)])), /type 1/],
  ])('not one with %s', (_name, packet, reason) => {
    expect(notNetbootReason(packet)).toMatch(reason);
  });

  it.each([
    ['PXE firmware', request({ client: 'uefi' })],
    ['a REQUEST', request({ client: 'uefi', type: 'REQUEST' })],
    ['HTTP firmware', request({ client: 'http' })],
    ['a ROM that leaves the GUID out', without(OPTION.machineId)],
    ['a ROM with an empty GUID', withOption(OPTION.machineId, new Uint8Array())],
  ])('%s is one', (_name, packet) => {
    expect(notNetbootReason(packet)).toBeUndefined();
  });
});

describe('what the packet reveals about the machine', () => {
  it('reads the UUID with its first three fields little-endian', () => {
    expect(uuidOf(request({ client: 'uefi' }).options)).toBe(UUID);
  });

  it('ignores an all-zero UUID: many boards have it', () => {
    expect(uuidOf(withOption(OPTION.machineId, new Uint8Array(17)).options)).toBeUndefined();
  });

  it.each([
    ['raw, as iPXE sends it', Buffer.from('iPXE'), true],
    ['length-prefixed (RFC 3004)', Buffer.from('\x04iPXE'), true],
    ['second in a list', Buffer.from('\x03foo\x04iPXE'), true],
    ['another class', Buffer.from('gPXE'), false],
    ['a list that is cut off', Buffer.from('\x09iPXE'), false],
    ['empty entries', Buffer.from([0, 0, 0]), false],
  ])('user class %s', (_name, data, expected) => {
    expect(isIpxe(new Map([[OPTION.userClass, data]]))).toBe(expected);
  });

  it('knows iPXE by option 175 alone', () => {
    expect(isIpxe(new Map([[OPTION.ipxe, Uint8Array.of(0xb1, 0)]]))).toBe(true);
  });

  it.each([
    ['found', Uint8Array.of(0, 7), 7],
    ['the first of several', Uint8Array.of(0, 9, 0, 7), 9],
    ['of length 0', new Uint8Array(), undefined],
    ['of an odd length', Uint8Array.of(7), undefined],
  ])('architecture %s', (_name, data, expected) => {
    expect(archOf(new Map([[OPTION.arch, data]]))).toBe(expected);
  });

  it.each([
    ['os', undefined],
    ['bios', 'pxe'],
    ['uefi', 'pxe'],
    ['http', 'http'],
    ['ipxe', 'ipxe'],
  ] as const)('tells %s apart', (client, netboot) => {
    expect(clientOf(request({ client }), '52:54:00:88:00:03').netboot).toBe(netboot);
  });
});
