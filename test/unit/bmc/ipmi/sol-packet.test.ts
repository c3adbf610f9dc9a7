import { describe, expect, it } from 'vitest';
import { decodeSol, encodeSol, SOL_OPERATION } from '../../../../main-services/bmc/ipmi/wire/sol-packet.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const NO_STATUS = { nack: false, unavailable: false, deactivating: false, overrun: false, breakDetected: false };

describe('SOL payloads', () => {
  it.each([
    ['characters', { sequence: 3, acknowledged: 0, accepted: 0, characters: Buffer.from('ls\r') }, 0, '030000006c730d'],
    ['an acknowledgement', { sequence: 0, acknowledged: 15, accepted: 4, characters: Buffer.alloc(0) }, 0, '000f0400'],
    ['a break', { sequence: 1, acknowledged: 0, accepted: 0, characters: Buffer.alloc(0) }, SOL_OPERATION.generateBreak, '01000010'],
  ])('%s to the BMC', (_case, packet, operation, bytes) => {
    expect(hex(encodeSol(packet, operation))).toBe(bytes);
  });

  it.each([
    ['characters', '0500000041', { sequence: 5, acknowledged: 0, accepted: 0, ...NO_STATUS }],
    ['an acknowledgement', '00020700', { sequence: 0, acknowledged: 2, accepted: 7, ...NO_STATUS }],
    [
      'a refusal while the machine is off',
      '00020060',
      { sequence: 0, acknowledged: 2, accepted: 0, ...NO_STATUS, nack: true, unavailable: true },
    ],
    ['the end', '00000010', { sequence: 0, acknowledged: 0, accepted: 0, ...NO_STATUS, deactivating: true }],
    [
      'lost characters and a break',
      'f100000c',
      { sequence: 1, acknowledged: 0, accepted: 0, ...NO_STATUS, overrun: true, breakDetected: true },
    ],
  ])('%s from the BMC', (_case, bytes, packet) => {
    expect(decodeSol(Buffer.from(bytes, 'hex'))).toMatchObject(packet);
  });

  it.each(['', '01', '010000'])('%s is too short', (bytes) => {
    expect(decodeSol(Buffer.from(bytes, 'hex'))).toBeUndefined();
  });
});
