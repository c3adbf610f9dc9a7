import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capabilitiesRequest, offersIpmi2 } from '../../../../main-services/bmc/ipmi/wire/capabilities.ts';
import { COMMAND } from '../../../../main-services/bmc/ipmi/wire/codes.ts';
import { answers, decodeResponse, encodeRequest } from '../../../../main-services/bmc/ipmi/wire/message.ts';
import {
  decodeOpenResponse,
  decodeRakp2,
  decodeRakp4,
  encodeOpenRequest,
  encodeRakp1,
  encodeRakp3,
} from '../../../../main-services/bmc/ipmi/wire/rakp.ts';
import { decodeDatagram, encodePlain, encodeProtected, encodeV15 } from '../../../../main-services/bmc/ipmi/wire/rmcp.ts';
import { SUITES } from '../../../../main-services/bmc/ipmi/wire/suites.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const hex = (data: Uint8Array | undefined): string | undefined => data && Buffer.from(data).toString('hex');
const spaced = (text: string): string => text.replaceAll(' ', '');

describe('outside of a session', () => {
  it('Get Channel Authentication Capabilities, byte by byte', () => {
    const message = encodeRequest(COMMAND.channelCapabilities, 0, capabilitiesRequest(4));
    // prettier-ignore
    const expected = [
      '06 00 ff 07', // RMCP 1.0, no acknowledgement, IPMI
      '00', '00000000', '00000000', '09', // no authentication, sequence, session, length
      '20 18 c8', // to the BMC, application request, checksum
      '81 00 38', // from the console, sequence 0, the command
      '8e 04', // with IPMI 2.0 data, of this channel, as administrator
      'b5',
    ];
    expect(hex(encodeV15(message))).toBe(spaced(expected.join('')));
  });
  it('its answer from a BMC with 1.5 and 2.0', () => {
    const datagram = decodeDatagram(bytes('0600ff07 00 00000000 00000000 10 811c63 200038 00 01 97 04 03 000000 00 09'));
    if (datagram.kind !== 'v15') throw new Error(datagram.kind);
    const response = decodeResponse(datagram.message)!;
    expect(response).toMatchObject({ netFn: 7, code: 0x38, sequence: 0, completion: 0 });
    expect(answers(response, COMMAND.channelCapabilities, 64)).toBe(true);
    expect(answers(response, COMMAND.channelCapabilities, 1)).toBe(false);
    expect(answers(response, COMMAND.systemGuid, 0)).toBe(false);
    expect(offersIpmi2(response.data)).toBe(true);
  });
  it.each([
    ['01 17 04 01', false],
    ['01 80 04 02', true],
    ['01 17 04', undefined],
  ])('capabilities %s', (data, ipmi2) => expect(offersIpmi2(bytes(data))).toBe(ipmi2));
  it('an authenticated 1.5 packet has 16 bytes more in front', () => {
    const packet = bytes(`0600ff07 02 01000000 02000000 ${'aa'.repeat(16)} 02 beef`);
    expect(decodeDatagram(packet)).toMatchObject({ kind: 'v15', message: Buffer.from('beef', 'hex') });
  });
});

describe('what opens a session', () => {
  it('the request of suite 17', () => {
    expect(hex(encodePlain(0x10, encodeOpenRequest(7, 4, 0xa0a2a3a4, SUITES[17])))).toBe(
      spaced('0600ff07 06 10 00000000 00000000 2000 07040000 a4a3a2a0 00000008 03000000 01000008 04000000 02000008 01000000'),
    );
  });
  it('an acceptance and a refusal', () => {
    expect(decodeOpenResponse(bytes('00000400 a4a3a2a0 82000000 0000000801000000 0100000801000000 0200000801000000'))).toEqual({
      tag: 0,
      status: 0,
      consoleId: 0xa0a2a3a4,
      managedId: 0x82,
      algorithms: [1, 1, 1],
    });
    expect(decodeOpenResponse(bytes('0011'))).toMatchObject({ tag: 0, status: 0x11 });
    expect(decodeOpenResponse(bytes('00000400 a4a3a2a0'))).toBeUndefined();
  });
  it('RAKP 1 with the user’s name', () => {
    const random = new Uint8Array(16).fill(0x11);
    expect(hex(encodeRakp1(1, 0x82, random, 0x14, Buffer.from('ADMIN')))).toBe(
      spaced(`01000000 82000000 ${'11'.repeat(16)} 14 0000 05 41444d494e`),
    );
  });
  it('RAKP 2', () => {
    const packet = bytes(`02000000 a4a3a2a0 ${'22'.repeat(16)} ${'33'.repeat(16)} ${'44'.repeat(20)}`);
    const read = decodeRakp2(packet)!;
    expect([hex(read.managedRandom), hex(read.guid), hex(read.authCode)]).toEqual(['22'.repeat(16), '33'.repeat(16), '44'.repeat(20)]);
    expect(decodeRakp2(bytes('020d0000 a4a3a2a0'))).toMatchObject({ tag: 2, status: 0x0d });
    expect(decodeRakp2(packet.subarray(0, 40))).toBeUndefined();
  });
  it('RAKP 3 and 4', () => {
    expect(hex(encodeRakp3(3, 0x82, bytes('beef')))).toBe('0300000082000000beef');
    expect(decodeRakp4(bytes('03000000 a4a3a2a0 0102'))).toEqual({ tag: 3, status: 0, consoleId: 0xa0a2a3a4, checkValue: Buffer.of(1, 2) });
    expect(decodeRakp4(bytes('03000000 a4a3a2a0'))).toBeUndefined();
    expect(decodeRakp4(bytes('030f'))).toMatchObject({ status: 0x0f });
  });
});

describe('inside a session', () => {
  it.each([
    [16, 2],
    [17, 1],
    [18, 0],
    [19, 3],
  ])('a payload of %d bytes is signed with %d bytes of padding', (length, pad) => {
    let signed: Uint8Array | undefined;
    const sign = (all: Uint8Array): Uint8Array => {
      signed = all;
      return bytes('c0de');
    };
    const packet = encodeProtected({ payloadType: 0, sessionId: 0x82, sequence: 5, payload: new Uint8Array(length), sign });
    expect(hex(packet)).toBe(
      spaced(`0600ff07 06 c0 82000000 05000000 ${length.toString(16)}00 ${'00'.repeat(length)} ${'ff'.repeat(pad)} 0${pad} 07 c0de`),
    );
    expect(hex(signed)).toBe(hex(packet.subarray(4, -2)));
    expect(signed!.length % 4).toBe(0);
  });
  it('Chassis Control: on, with sequence 63', () => {
    // To the BMC, chassis request, checksum; from the console, sequence, command, on, checksum.
    expect(hex(encodeRequest(COMMAND.chassisControl, 63, Uint8Array.of(1)))).toBe(spaced('20 00 e0 81 fc 02 01 80'));
  });
  it('a response with a wrong checksum is none', () => {
    const right = bytes('81 04 7b 20 fc 02 00 e2');
    expect(decodeResponse(right)).toMatchObject({ netFn: 1, code: 2, sequence: 63, completion: 0 });
    for (let at = 0; at < right.length; at++) {
      const wrong = Uint8Array.from(right);
      wrong[at]! ^= 1;
      expect(decodeResponse(wrong)).toBeUndefined();
    }
  });
});

describe('what is no packet', () => {
  it.each([
    ['', '0 bytes are not an IPMI packet'],
    ['0600ff07', '4 bytes are not an IPMI packet'],
    ['0700ff0700', '7 is not an RMCP version'],
    ['0600ff0600', 'the RMCP class is not IPMI'],
    ['0600ff8700', 'the RMCP class is not IPMI'],
    ['0600ff07 00', 'the IPMI 1.5 packet is shorter than it says'],
    ['0600ff07 00 00000000 00000000 02 00', 'the IPMI 1.5 packet is shorter than it says'],
    ['0600ff07 06 00 00000000 00000000 ffff 00', 'the RMCP+ packet is shorter than it says'],
    ['0600ff07 06 02 00000000 00000000 0000', 'OEM payloads are not read'],
  ])('%s', (packet, reason) => expect(decodeDatagram(bytes(packet))).toEqual({ kind: 'malformed', reason }));
});

describe('any bytes', () => {
  it('no decoder throws', () => {
    const decoders = [decodeDatagram, decodeResponse, decodeOpenResponse, decodeRakp2, decodeRakp4, offersIpmi2];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        for (const decode of decoders) decode(data);
      }),
      { numRuns: 3000 },
    );
  });
  it('packets that begin like RMCP+ are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (data) => {
        const datagram = decodeDatagram(Buffer.concat([bytes('0600ff0706'), data]));
        if (datagram.kind === 'plus') expect(datagram.payload.length).toBeLessThanOrEqual(data.length);
      }),
      { numRuns: 3000 },
    );
  });
});
