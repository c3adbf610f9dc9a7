import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bmcProof,
  consoleProof,
  judgeOpen,
  judgeRakp2,
  judgeRakp4,
  keysOf,
  type Secrets,
} from '../../../../../main-services/bmc/ipmi/wire/handshake.ts';
import { decodeResponse } from '../../../../../main-services/bmc/ipmi/wire/message.ts';
import { decodeOpenResponse, decodeRakp2, decodeRakp4 } from '../../../../../main-services/bmc/ipmi/wire/rakp.ts';
import { decodeDatagram, type PlusPacket } from '../../../../../main-services/bmc/ipmi/wire/rmcp.ts';
import { decrypt, encrypt, isSigned, sessionKeys, sign, SUITES, suitesToTry } from '../../../../../main-services/bmc/ipmi/wire/suites.ts';
import { RECORDINGS, type Recording } from '../../../../fixtures/ipmi-bmc/recordings.ts';

function plus(hex: string): PlusPacket {
  const datagram = decodeDatagram(Buffer.from(hex, 'hex'));
  if (datagram.kind !== 'plus') throw new Error(datagram.kind);
  return datagram;
}

/** Everything that the other client knew. */
function secretsOf(recording: Recording): Secrets {
  const open = decodeOpenResponse(plus(recording.open.response).payload)!;
  const rakp1 = plus(recording.rakp1).payload;
  const { managedRandom, guid } = decodeRakp2(plus(recording.rakp2).payload)!;
  return {
    suite: SUITES[recording.suite],
    username: rakp1.subarray(28),
    password: Buffer.from(recording.password),
    role: rakp1[24]!,
    consoleId: open.consoleId,
    managedId: open.managedId,
    consoleRandom: rakp1.subarray(8, 24),
    managedRandom,
    guid,
  };
}

describe.each(RECORDINGS)('a recorded session of ipmitool, suite $suite', (recording) => {
  const secrets = secretsOf(recording);
  const rakp2 = decodeRakp2(plus(recording.rakp2).payload)!;
  const rakp4 = decodeRakp4(plus(recording.rakp4).payload)!;

  it('is accepted at each step', () => {
    expect(judgeOpen(decodeOpenResponse(plus(recording.open.response).payload)!, secrets.suite)).toBeUndefined();
    expect(judgeRakp2(rakp2, secrets)).toBeUndefined();
    expect(judgeRakp4(rakp4, secrets)).toBeUndefined();
  });
  it('had the proofs that we make', () => {
    expect(Buffer.from(bmcProof(secrets))).toEqual(rakp2.authCode);
    expect(Buffer.from(consoleProof(secrets))).toEqual(plus(recording.rakp3).payload.subarray(8));
  });
  it('is not accepted with another password', () => {
    const wrong = { ...secrets, password: Buffer.from('lab-secret-18') };
    expect(judgeRakp2(rakp2, wrong)).toEqual({ kind: 'password' });
    expect(judgeRakp4(rakp4, wrong)).toEqual({ kind: 'second-key' });
  });
  it('has messages that we can check and read', () => {
    const keys = keysOf(secrets);
    const { session, payload } = plus(recording.privilege.response);
    expect(isSigned(keys, session)).toBe(true);
    expect(decodeResponse(decrypt(keys, payload)!)).toMatchObject({ netFn: 7, code: 0x3b, completion: 0, data: Buffer.of(4) });
    const request = plus(recording.privilege.request);
    expect([...decrypt(keys, request.payload)!.subarray(5, 7)]).toEqual([0x3b, 4]);
    expect(decodeResponse(decrypt(keys, plus(recording.last).payload)!)).toMatchObject({ code: 0x3c, completion: 0 });
  });
  it('one changed bit anywhere breaks the signature', () => {
    const keys = keysOf(secrets);
    const { session } = plus(recording.privilege.response);
    for (let at = 0; at < session.length; at++) {
      const changed = Uint8Array.from(session);
      changed[at]! ^= 0x40;
      expect(isSigned(keys, changed)).toBe(false);
    }
  });
});

describe('refusals', () => {
  const open = (status: number, algorithms: [number, number, number] = [3, 4, 1]) => ({
    tag: 0,
    status,
    consoleId: 1,
    managedId: 2,
    algorithms,
  });
  it.each([
    [0x01, 'busy'],
    [0x02, 'other'],
    [0x04, 'suite'],
    [0x05, 'suite'],
    [0x06, 'suite'],
    [0x07, 'suite'],
    [0x09, 'role'],
    [0x0a, 'role'],
    [0x0b, 'busy'],
    [0x0c, 'user'],
    [0x0d, 'user'],
    [0x0e, 'other'],
    [0x10, 'suite'],
    [0x11, 'suite'],
    [0x12, 'other'],
    [0xfe, 'other'],
  ])('status %i is about the %s', (status, kind) => {
    expect(judgeOpen(open(status), SUITES[17])).toMatchObject({ kind });
  });
  it('another suite than was asked for', () => {
    expect(judgeOpen(open(0), SUITES[17])).toBeUndefined();
    expect(judgeOpen(open(0, [1, 4, 1]), SUITES[17])).toEqual({ kind: 'suite', words: 'it chose the algorithms 1, 4, 1 instead' });
    expect(judgeOpen(open(0, [3, 4, 0]), SUITES[17])).toMatchObject({ kind: 'suite' });
  });
  it('a proof of another length', () => {
    const secrets = secretsOf(RECORDINGS[0]!);
    const short = {
      tag: 0,
      status: 0,
      consoleId: 1,
      managedRandom: secrets.managedRandom,
      guid: secrets.guid,
      authCode: new Uint8Array(1),
    };
    expect(judgeRakp2(short, secrets)).toEqual({ kind: 'password' });
  });
  it('RAKP 3 refused although both know the password', () => {
    const refused = { tag: 0, status: 0x0f, consoleId: 1, checkValue: new Uint8Array() };
    expect(judgeRakp4(refused, secretsOf(RECORDINGS[0]!))).toEqual({ kind: 'second-key' });
  });
});

describe('suites', () => {
  it('17, then 3; a remembered one first; no other', () => {
    const ids = (remembered?: 3 | 17): number[] => suitesToTry(remembered).map(({ id }) => id);
    expect([ids(), ids(17), ids(3)]).toEqual([
      [17, 3],
      [17, 3],
      [3, 17],
    ]);
  });
  it.each([SUITES[3], SUITES[17]])('suite $id: what is encrypted comes back, of any length', (suite) => {
    const keys = sessionKeys(suite, new Uint8Array(20).fill(7));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ minLength: 16, maxLength: 16 }), (payload, vector) => {
        const secret = encrypt(keys, payload, vector);
        expect(secret.length % 16).toBe(0);
        expect(decrypt(keys, secret)).toEqual(Buffer.from(payload));
      }),
    );
  });
  it.each([SUITES[3], SUITES[17]])('suite $id: nothing that comes in throws', (suite) => {
    const keys = sessionKeys(suite, new Uint8Array(20).fill(7));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (data) => {
        decrypt(keys, data);
        expect(isSigned(keys, data)).toBe(false);
        expect(isSigned(keys, Buffer.concat([data, Buffer.of(7), sign(keys, Buffer.concat([data, Buffer.of(7)]))]))).toBe(true);
      }),
    );
  });
});
