import { describe, expect, test } from 'vitest';
import { DEFAULTS, type Agreed } from '../../../main-services/iscsi/login/negotiate.ts';
import { Sequence } from '../../../main-services/iscsi/session/sequence.ts';
import { Session } from '../../../main-services/iscsi/session/session.ts';
import { headerOf, type Pdu } from '../../../main-services/iscsi/wire/pdu.ts';

const BYTES = Buffer.from(Array.from({ length: 8 * 512 }, (_, index) => (index * 7) & 0xff));
const READ = 0xc0;
const BUSY = 0x28;

interface Sent {
  readonly header: Buffer;
  readonly data: Buffer;
}

/** A session whose connection is a list; `hold` lets nothing more be taken. */
function sessionOf({
  agreed = DEFAULTS,
  hold = false,
  fails = false,
  targets = 1,
}: { agreed?: Agreed; hold?: boolean; fails?: boolean; targets?: number } = {}) {
  const sent: Sent[] = [];
  const events: string[] = [];
  const releases: (() => void)[] = [];
  const delivered: string[] = [];
  const session = new Session({
    medium: {
      unit: { device: 'disk', size: BYTES.length, serial: '0123456789abcdef' },
      source: {
        size: BYTES.length,
        read: (offset, length) => (fails ? Promise.reject(new Error('gone')) : Promise.resolve(BYTES.subarray(offset, offset + length))),
      },
      delivered: (offset, length) => delivered.push(`${offset}+${length}`),
    },
    agreed,
    sequence: new Sequence({ statSn: 0xffffffff, expCmdSn: 0xfffffffe }),
    targets: () => Promise.resolve(Array.from({ length: targets }, (_, index) => ({ name: `iqn.x:${index}`, portal: '192.0.2.1:3260,1' }))),
    send: (header, data) => {
      sent.push({ header: Buffer.from(header), data: Buffer.from(data) });
      return hold ? new Promise<void>((resolve) => releases.push(resolve)) : Promise.resolve();
    },
    end: () => events.push('end'),
    readFailed: () => events.push('readFailed'),
  });
  return { session, sent, events, delivered, release: () => releases.splice(0).forEach((done) => done()) };
}

const cmdSn = 0xfffffffe;
function request(opcode: number, flags: number, fill: (header: Buffer) => void = () => undefined, data = ''): Pdu {
  const header = headerOf(opcode | 0x40, flags);
  fill(header);
  return { opcode, isImmediate: true, flags, header, data: Buffer.from(data) };
}

function command(tag: number, cdb: string, expected: number, flags = READ): Pdu {
  return request(0x01, flags, (header) => {
    header.writeUInt32BE(tag, 16);
    header.writeUInt32BE(expected, 20);
    Buffer.from(cdb, 'hex').copy(header, 32);
  });
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const READ_8 = '28000000000000000800';
const residualOf = ({ header }: Sent): [number, number] => [header[1]! & 0x06, header.readUInt32BE(44)];

describe('Data-In', () => {
  test('is split at the longest segment, sequences end at the longest burst, and the status goes with the last', async () => {
    const { session, sent, delivered } = sessionOf({ agreed: { ...DEFAULTS, maxSend: 1024, maxBurst: 1536 } });
    session.receive(command(1, READ_8, BYTES.length));
    await settled();
    expect(sent.map(({ header, data }) => [header[0], header[1], data.length, header.readUInt32BE(36), header.readUInt32BE(40)])).toEqual([
      [0x25, 0x00, 1024, 0, 0],
      [0x25, 0x80, 512, 1, 1024],
      [0x25, 0x00, 1024, 2, 1536],
      [0x25, 0x80, 512, 3, 2560],
      [0x25, 0x81, 1024, 4, 3072],
    ]);
    expect(Buffer.concat(sent.map(({ data }) => data))).toEqual(BYTES);
    expect(sent.at(-1)!.header.readUInt32BE(24)).toBe(0xffffffff);
    expect(delivered).toEqual([`0+${BYTES.length}`]);
  });

  test.each([
    ['as much', 4096, 0x00, 0],
    ['less', 1000, 0x04, 3096],
    ['more', 5000, 0x02, 904],
  ])('with %s room than there are bytes has its residual', async (_, expected, flag, residual) => {
    const { session, sent } = sessionOf();
    session.receive(command(1, READ_8, expected));
    await settled();
    expect(residualOf(sent.at(-1)!)).toEqual([flag, residual]);
    expect(Buffer.concat(sent.map(({ data }) => data))).toEqual(BYTES.subarray(0, Math.min(expected, 4096)));
  });

  test('is nothing without room or without the R flag', async () => {
    const { session, sent } = sessionOf();
    session.receive(command(1, READ_8, 0));
    session.receive(command(2, READ_8, 0, 0x80));
    await settled();
    expect(sent.map((one) => [one.header[0], ...residualOf(one)])).toEqual([
      [0x21, 0x04, 4096],
      [0x21, 0x04, 4096],
    ]);
  });

  test('of a medium that cannot be read is a medium error with the residual of all', async () => {
    const { session, sent, events } = sessionOf({ fails: true });
    session.receive(command(1, READ_8, 4096));
    await settled();
    expect(events).toEqual(['readFailed']);
    expect([sent[0]!.header[0], sent[0]!.header[3], ...residualOf(sent[0]!)]).toEqual([0x21, 0x02, 0x02, 4096]);
    expect(sent[0]!.data.toString('hex')).toBe('0012' + '700003000000000a00000000110000000000');
  });
});

describe('a session', () => {
  test('numbers status, and takes commands only in their turn, over the end of the numbers', async () => {
    const { session, sent } = sessionOf();
    const numbered = (number: number, tag: number): Pdu => {
      const pdu = command(tag, '00', 0, 0x80);
      pdu.header.writeUInt32BE(number, 24);
      return { ...pdu, isImmediate: false };
    };
    for (const [number, tag] of [
      [cmdSn, 1],
      [cmdSn, 2],
      [0xffffffff, 3],
      [1, 4],
      [0, 5],
    ] as const)
      session.receive(numbered(number, tag));
    await settled();
    expect(sent.map(({ header }) => [header.readUInt32BE(16), header.readUInt32BE(24)])).toEqual([
      [1, 0xffffffff],
      [3, 0],
      [5, 1],
    ]);
    expect([sent[2]!.header.readUInt32BE(28), sent[2]!.header.readUInt32BE(32)]).toEqual([1, 64]);
  });

  test('refuses a tag that is in use or reserved, and answers TASK SET FULL after 256 commands', async () => {
    const { session, sent } = sessionOf({ hold: true });
    for (let tag = 1; tag <= 256; tag++) session.receive(command(tag, READ_8, 4096));
    session.receive(command(1, READ_8, 4096));
    session.receive(command(0xffffffff, READ_8, 4096));
    session.receive(command(257, READ_8, 4096));
    await settled();
    const others = sent.filter(({ header }) => header[0] !== 0x25);
    expect(others.map(({ header }) => [header[0], header[0] === 0x3f ? header[2] : header[3]])).toEqual([
      [0x3f, 0x09],
      [0x3f, 0x09],
      [0x21, BUSY],
    ]);
    expect(sent.length - others.length).toBeLessThanOrEqual(8);
  });

  test('sends nothing of an aborted command after the answer to the abort', async () => {
    const { session, sent, release, delivered } = sessionOf({ agreed: { ...DEFAULTS, maxSend: 512 }, hold: true });
    session.receive(command(1, READ_8, 4096));
    await settled();
    const abort = (tag: number): Pdu => request(0x02, 0x81, (header) => header.writeUInt32BE(tag, 20));
    session.receive(abort(1));
    session.receive(abort(1));
    release();
    await settled();
    expect(sent.map(({ header }) => [header[0], header[2]])).toEqual([
      [0x25, 0],
      [0x22, 0],
      [0x22, 1],
    ]);
    expect(delivered).toEqual([]);
  });

  test.each([
    [0x82, 0],
    [0x83, 5],
    [0x84, 0],
    [0x85, 0],
    [0x86, 0],
    [0x87, 0],
    [0x88, 4],
    [0x89, 5],
  ])('task management %i is answered %i', async (flags, answer) => {
    const { session, sent } = sessionOf();
    session.receive(request(0x02, flags));
    await settled();
    expect(sent[0]!.header[2]).toBe(answer);
  });

  test('logs out with commands outstanding: the answer is the last that it sends', async () => {
    const { session, sent, release, events } = sessionOf({ agreed: { ...DEFAULTS, maxSend: 512 }, hold: true });
    session.receive(command(1, READ_8, 4096));
    await settled();
    session.receive(request(0x06, 0x80, (header) => header.writeUInt32BE(9, 16)));
    session.receive(command(2, READ_8, 4096));
    release();
    await settled();
    expect(sent.map(({ header }) => header[0])).toEqual([0x25, 0x26]);
    expect(sent[1]!.header.readUInt32BE(16)).toBe(9);
    expect(events).toEqual(['end']);
  });

  test('ends after a login request', () => {
    const { session, sent, events } = sessionOf();
    session.receive(request(0x03, 0x87));
    session.receive(command(1, '00', 0));
    expect(sent.map(({ header }) => header[0])).toEqual([0x3f]);
    expect(events).toEqual(['end']);
  });

  test('returns the bytes of a NOP-Out, cut to what the initiator takes, and answers none without a tag', async () => {
    const { session, sent } = sessionOf({ agreed: { ...DEFAULTS, maxSend: 512 } });
    session.receive(request(0x00, 0x80, (header) => header.writeUInt32BE(5, 16), 'x'.repeat(600)));
    session.receive(request(0x00, 0x80, (header) => header.writeUInt32BE(0xffffffff, 16)));
    await settled();
    expect(sent.map(({ header, data }) => [header[0], header.readUInt32BE(16), data.length])).toEqual([[0x20, 5, 512]]);
  });

  test('answers SendTargets, and rejects what does not fit into one PDU, is continued or comes meanwhile', async () => {
    const { session, sent } = sessionOf();
    session.receive(request(0x04, 0x80, undefined, 'SendTargets=All\0HeaderDigest=CRC32C\0'));
    session.receive(request(0x04, 0x80, undefined, 'SendTargets=All\0'));
    await settled();
    session.receive(request(0x04, 0x40, undefined, 'SendTargets=All\0'));
    const many = sessionOf({ targets: 1000 });
    many.session.receive(request(0x04, 0x80, undefined, 'SendTargets=All\0'));
    await settled();
    expect(sent.map(({ header }) => [header[0], header[0] === 0x3f ? header[2] : undefined])).toEqual([
      [0x3f, 4],
      [0x24, undefined],
      [0x3f, 4],
    ]);
    expect(sent[1]!.data.toString()).toBe('TargetName=iqn.x:0\0TargetAddress=192.0.2.1:3260,1\0HeaderDigest=Reject\0');
    expect(many.sent.map(({ header }) => [header[0], header[2]])).toEqual([[0x3f, 5]]);
  });
});
