import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootOnceRequest, clearFlagsRequest, decodeFlags } from '../../../../main-services/bmc/ipmi/boot-flags.ts';
import { decodeChassisStatus, healthOf } from '../../../../main-services/bmc/ipmi/chassis.ts';
import { completionWords, statusWords } from '../../../../main-services/bmc/ipmi/wire/codes.ts';
import { decodeDeviceId } from '../../../../main-services/bmc/ipmi/device-id.ts';
import { shownBmc } from '../../../../main-services/bmc/ipmi/wire/open-session.ts';
import { uuidOf } from '../../../../main-services/bmc/ipmi/guid.ts';

describe('boot flags', () => {
  it.each([
    ['cdrom', true, [5, 0xa0, 0x14, 0, 0, 0]],
    ['cdrom', false, [5, 0x80, 0x14, 0, 0, 0]],
    ['pxe', true, [5, 0xa0, 0x04, 0, 0, 0]],
    ['disk', false, [5, 0x80, 0x08, 0, 0, 0]],
  ] as const)('%s, UEFI: %s', (device, efi, expected) => {
    expect([...bootOnceRequest(device, efi)!]).toEqual(expected);
  });
  it('IPMI has no UEFI HTTP', () => expect(bootOnceRequest('uefi-http', true)).toBeUndefined());
  it('none', () => expect([...clearFlagsRequest]).toEqual([5, 0x80, 0, 0, 0, 0]));
  it.each([
    ['once, UEFI', [1, 5, 0xa0, 0x14, 0, 0, 0], { device: 'cdrom', once: true, efi: true }],
    ['lasting, BIOS', [1, 5, 0xc0, 0x04, 0, 0, 0], { device: 'pxe', once: false, efi: false }],
    ['remote CD', [1, 5, 0x80, 0x20, 0, 0, 0], { device: 'cdrom', once: true, efi: false }],
    ['remote disk', [1, 5, 0x80, 0x2c, 0, 0, 0], { device: 'disk', once: true, efi: false }],
    ['not valid any more', [1, 5, 0x20, 0x14, 0, 0, 0], { device: undefined, once: false, efi: undefined }],
    ['valid, no device', [1, 5, 0x80, 0, 0, 0, 0], { device: undefined, once: false, efi: undefined }],
    ['the setup program', [1, 5, 0x80, 0x18, 0, 0, 0], { device: undefined, once: false, efi: undefined }],
    ['another parameter', [1, 4, 0xa0, 0x14], undefined],
    ['a parameter that is locked', [1, 0x85, 0xa0, 0x14, 0, 0, 0], undefined],
    ['too short', [1, 5, 0xa0], undefined],
  ])('read: %s', (_name, data, expected) => expect(decodeFlags(Uint8Array.from(data))).toEqual(expected));
});

describe('chassis status', () => {
  const health = (...data: number[]) => healthOf(decodeChassisStatus(Uint8Array.from(data))!);
  it('on and off', () => {
    expect(decodeChassisStatus(Uint8Array.of(0x21, 0x10, 0x40))).toEqual({ power: 'on', faults: [] });
    expect(decodeChassisStatus(Uint8Array.of(0x60, 0, 0, 0))).toEqual({ power: 'off', faults: [] });
    expect(decodeChassisStatus(Uint8Array.of(1, 0))).toBeUndefined();
  });
  it('nothing to complain about', () => expect(health(1, 0, 0)).toEqual({ state: 'ok', sensors: [], faults: [] }));
  it.each([
    [[0x08, 0, 0], 'critical', 'The main power subsystem has a fault.'],
    [[0x10, 0, 0], 'critical', 'The BMC could not carry out a power command.'],
    [[0x02, 0, 0], 'critical', 'The power supply is overloaded.'],
    [[0, 0, 0x08], 'critical', 'A fan or the cooling has a fault.'],
    [[0, 0, 0x04], 'warning', 'A drive has a fault.'],
    [[0x04, 0, 0], 'warning', 'An interlock, such as an open cover, keeps the power off.'],
    [[0, 0, 0x01], 'warning', 'The chassis was opened.'],
    [[0, 0x08, 0], 'warning', 'The last power-down was caused by a power fault.'],
    [[0, 0x02, 0], 'warning', 'The last power-down was caused by an overload.'],
  ])('%j is %s', (data, state, sentence) => expect(health(...data)).toEqual({ state, sensors: [], faults: [sentence] }));
});

describe('Get Device ID', () => {
  it.each([
    ['20 81 02 72 02 bf 0b 00 00 00 02', { vendor: 'HPE', product: 0x200, firmware: '2.72' }],
    ['20 81 86 10 02 bf a2 02 00 00 01 00 00 00 00', { vendor: 'Dell', product: 0x100, firmware: '6.10' }],
    ['20 01 01 05 02 bf cf c2 f0 00 00', { vendor: 'OpenBMC', product: 0, firmware: '1.05' }],
    ['00 00 01 00 02 00 00 00 00 00 00', { vendor: 'unknown', product: 0, firmware: '1.00' }],
    ['00 03 09 08 02 9f 91 12 00 02 0f', { vendor: 'IANA 4753', product: 0xf02, firmware: '9.08' }],
  ])('%s', (data, expected) => expect(decodeDeviceId(Buffer.from(data.replaceAll(' ', ''), 'hex'))).toEqual(expected));
  it('too short', () => expect(decodeDeviceId(new Uint8Array(10))).toBeUndefined());
});

describe('the system GUID is believed in one reading only', () => {
  const uuid = '11223344-5566-4788-99aa-bbccddeeff00';
  it.each([
    ['as SMBIOS turns it', '443322116655884799aabbccddeeff00', uuid],
    ['as it is written', '11223344556647f899aabbccddeeff00', '11223344-5566-47f8-99aa-bbccddeeff00'],
    ['from last to first', '00ffeeddccbbaa998847665544332211', uuid],
    ['ambiguous: version 4 both ways', '443322116655484199aabbccddeeff00', undefined],
    ['no UUID in any reading', '00000000000000000000000000000000', undefined],
    ['all ones', 'ff'.repeat(16), undefined],
    ['too short', '4433', undefined],
  ])('%s', (_name, hex, expected) => expect(uuidOf(Buffer.from(hex, 'hex'))).toBe(expected));
});

describe('words', () => {
  it.each([
    ['10.0.0.5', 623, '10.0.0.5'],
    ['10.0.0.5', 6230, '10.0.0.5:6230'],
    ['fe80::1%eth0', 623, 'fe80::1%eth0'],
    ['fe80::1', 6230, '[fe80::1]:6230'],
  ])('a BMC at %s port %d', (host, port, shown) => expect(shownBmc(host, port)).toBe(shown));
  it.each([
    [0xcc, '0xcc, invalid data field in the request'],
    [0xd5, '0xd5, not supported in the present state'],
    [0x80, '0x80'],
  ])('completion code %i', (code, words) => expect(completionWords(code)).toBe(words));
  it('status codes', () => {
    expect(statusWords(0x11)).toBe('status 0x11, no cipher suite match');
    expect(statusWords(0x7f)).toBe('status 0x7f');
  });
});

it('no decoder throws for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (data) => {
      for (const decode of [decodeFlags, decodeChassisStatus, decodeDeviceId, uuidOf]) decode(data);
    }),
    { numRuns: 2000 },
  );
});
