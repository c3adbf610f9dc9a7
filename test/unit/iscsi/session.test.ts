import { describe, expect, test } from 'vitest';
import { DEFAULTS, type Agreed } from '../../../main-services/iscsi/login/negotiate.ts';
import { Reservations } from '../../../main-services/iscsi/scsi/reservations.ts';
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

interface Options {
  readonly agreed?: Agreed;
  /** Nothing more is taken until the release. */
  readonly hold?: boolean;
  /** Reads wait for the release. */
  readonly isSlow?: boolean;
  readonly fails?: boolean;
  readonly targets?: number;
  readonly reservations?: Reservations;
  readonly initiator?: string;
}

/** A session whose connection is a list. */
function sessionOf(options: Options = {}) {
  const {
    agreed = DEFAULTS,
    hold = false,
    isSlow = false,
    fails = false,
    targets = 1,
    reservations,
    initiator = 'iqn.x:initiator',
  } = options;
  const sent: Sent[] = [];
  const events: string[] = [];
  const releases: (() => void)[] = [];
  const delivered: string[] = [];
  const session = new Session({
    medium: {
      unit: { device: 'disk', size: BYTES.length, serial: '0123456789abcdef' },
      source: {
        size: BYTES.length,
        read: async (offset, length) => {
          if (isSlow) await new Promise<void>((resolve) => releases.push(resolve));
          if (fails) throw new Error('gone');
          return BYTES.subarray(offset, offset + length);
        },
      },
      reservations,
      delivered: (offset, length) => delivered.push(`${offset}+${length}`),
    },
    initiator,
    agreed,
    sequence: new Sequence({ statSn: 0xffffffff, expCmdSn: 0xfffffffe }),
    targets: () => Promise.resolve(Array.from({ length: targets }, (_, index) => ({ name: `iqn.x:${index}`, portal: '192.0.2.1:3260,1' }))),
    send: (header, data, taken) => {
      sent.push({ header: Buffer.from(header), data: Buffer.from(data as Uint8Array) });
      if (!hold) taken?.();
      return hold ? new Promise<void>((resolve) => releases.push(resolve)) : undefined;
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
    const { session, sent, release, delivered } = sessionOf({ isSlow: true });
    session.receive(command(1, READ_8, 4096));
    await settled();
    const abort = (tag: number): Pdu => request(0x02, 0x81, (header) => header.writeUInt32BE(tag, 20));
    session.receive(abort(1));
    session.receive(abort(1));
    release();
    await settled();
    expect(sent.map(({ header }) => [header[0], header[2]])).toEqual([
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
    const { session, sent, release, events } = sessionOf({ isSlow: true });
    session.receive(command(1, READ_8, 4096));
    await settled();
    session.receive(request(0x06, 0x80, (header) => header.writeUInt32BE(9, 16)));
    session.receive(command(2, READ_8, 4096));
    release();
    await settled();
    expect(sent.map(({ header }) => header[0])).toEqual([0x26]);
    expect(sent[0]!.header.readUInt32BE(16)).toBe(9);
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

  const textRequest = (text: string, { flags = 0x80, tag = 0xffffffff } = {}): Pdu =>
    request(0x04, flags, (header) => header.writeUInt32BE(tag, 20), text);
  const textOf = ({ header, data }: Sent): [flags: number, tag: number, text: string] => [
    header[1]!,
    header.readUInt32BE(20),
    data.toString(),
  ];

  test('answers SendTargets, and rejects what comes meanwhile', async () => {
    const { session, sent } = sessionOf();
    session.receive(textRequest('SendTargets=All\0HeaderDigest=CRC32C\0'));
    session.receive(textRequest('SendTargets=All\0'));
    await settled();
    expect(sent.map(({ header }) => [header[0], header[0] === 0x3f ? header[2] : undefined])).toEqual([
      [0x3f, 4],
      [0x24, undefined],
    ]);
    expect(sent[1]!.data.toString()).toBe('TargetName=iqn.x:0\0TargetAddress=192.0.2.1:3260,1\0HeaderDigest=Reject\0');
  });

  test('continues an answer that is longer than a segment of the initiator', async () => {
    const { session, sent } = sessionOf({ targets: 1000, agreed: { ...DEFAULTS, maxSend: 8192 } });
    session.receive(textRequest('SendTargets=All\0'));
    await settled();
    const tag = sent[0]!.header.readUInt32BE(20);
    expect(tag).not.toBe(0xffffffff);
    while ((sent.at(-1)!.header[1]! & 0x40) !== 0) {
      session.receive(textRequest('', { tag }));
      await settled();
    }
    const answers = sent.map(textOf);
    expect(answers.map(([flags]) => flags)).toEqual([...answers.slice(1).map(() => 0x40), 0x80]);
    expect(answers.slice(0, -1).every(([, its]) => its === tag)).toBe(true);
    expect(answers.at(-1)![1]).toBe(0xffffffff);
    const text = answers.map(([, , part]) => part).join('');
    expect(text.match(/TargetName=iqn\.x:\d+\0TargetAddress=192\.0\.2\.1:3260,1\0/g)).toHaveLength(1000);
    // That exchange is over.
    session.receive(textRequest('', { tag }));
    await settled();
    expect([sent.at(-1)!.header[0], sent.at(-1)!.header[2]]).toEqual([0x3f, 4]);
  });

  test('a new request gives up an answer that was not taken', async () => {
    const { session, sent } = sessionOf({ targets: 1000 });
    session.receive(textRequest('SendTargets=All\0'));
    await settled();
    session.receive(textRequest('SendTargets=iqn.x:7\0'));
    await settled();
    expect(textOf(sent[1]!)).toEqual([0x80, 0xffffffff, 'TargetName=iqn.x:7\0TargetAddress=192.0.2.1:3260,1\0']);
  });

  test('reads a request that is continued, up to 64 KiB', async () => {
    const { session, sent } = sessionOf();
    session.receive(textRequest('SendTarg', { flags: 0x40 }));
    await settled();
    const [flags, tag, text] = textOf(sent[0]!);
    expect([flags, text]).toEqual([0, '']);
    session.receive(textRequest('ets=All\0', { tag }));
    await settled();
    expect(textOf(sent[1]!)).toEqual([0x80, 0xffffffff, 'TargetName=iqn.x:0\0TargetAddress=192.0.2.1:3260,1\0']);
    for (let part = 0; part < 3; part++) {
      session.receive(textRequest('x'.repeat(30_000), { flags: 0x40, tag: part === 0 ? 0xffffffff : sent[2]!.header.readUInt32BE(20) }));
      await settled();
    }
    expect([sent.at(-1)!.header[0], sent.at(-1)!.header[2]]).toEqual([0x3f, 4]);
  });
});

describe('data of the initiator', () => {
  const WRITE = 0xa0;
  const compare = (tag: number, data: Buffer, expected = BYTES.length, cdb = '2f020000000000000800'): Pdu => ({
    ...command(tag, cdb, expected, WRITE),
    data,
  });
  const dataOut = (tag: number, offset: number, data: Buffer, { dataSn = 0, transfer = tag } = {}): Pdu => {
    const pdu = request(0x05, 0x80, (header) => {
      header.writeUInt32BE(tag, 16);
      header.writeUInt32BE(transfer, 20);
      header.writeUInt32BE(dataSn, 36);
      header.writeUInt32BE(offset, 40);
    });
    return { ...pdu, data, isImmediate: false };
  };
  const senseOf = ({ header, data }: Sent): (number | string)[] => [
    header[3]!,
    data.subarray(2).toString('hex', 2, 3),
    data.toString('hex', 14, 16),
  ];

  test('is compared with the medium', async () => {
    const { session, sent } = sessionOf();
    session.receive(compare(1, BYTES));
    session.receive(compare(2, Buffer.alloc(BYTES.length)));
    session.receive(compare(3, BYTES.subarray(0, 512), 512, '2f060000000000000100'));
    session.receive(compare(4, BYTES.subarray(1, 513), 512, '2f060000000000000200'));
    await settled();
    expect(sent.map(senseOf)).toEqual([
      [0, '', ''],
      [2, '0e', '1d00'],
      [0, '', ''],
      [2, '0e', '1d00'],
    ]);
    expect(residualOf(sent[0]!)).toEqual([0, 0]);
  });

  test('is asked for where it does not come with the command, and taken in order', async () => {
    const { session, sent } = sessionOf();
    session.receive(compare(7, BYTES.subarray(0, 1000)));
    await settled();
    const [{ header: r2t }] = sent as [Sent];
    expect([r2t[0], r2t[1], ...[16, 20, 36, 40, 44].map((at) => r2t.readUInt32BE(at))]).toEqual([0x31, 0x80, 7, 7, 0, 1000, 3096]);
    session.receive(dataOut(7, 1000, BYTES.subarray(1000, 2000)));
    session.receive(dataOut(7, 2000, BYTES.subarray(2000), { dataSn: 1 }));
    await settled();
    expect(senseOf(sent[1]!)).toEqual([0, '', '']);
    // An R2T has the number of the next status.
    expect(sent[1]!.header.readUInt32BE(24)).toBe(r2t.readUInt32BE(24));
  });

  test.each([
    ['in another order', 1, 0],
    ['with another number', 0, 3],
    ['longer than what was asked for', 0, 0, 5000],
  ])('%s ends the command', async (_, offset, dataSn, length = 100) => {
    const { session, sent } = sessionOf();
    session.receive(compare(7, Buffer.alloc(0)));
    session.receive(dataOut(7, offset, Buffer.alloc(length), { dataSn }));
    await settled();
    expect(sent.slice(1).map(senseOf)).toEqual([[2, '0b', '4b00']]);
  });

  test('is too little, or nobody asked for it', async () => {
    const { session, sent } = sessionOf();
    session.receive(compare(1, BYTES.subarray(0, 512), 512));
    session.receive(dataOut(9, 0, Buffer.alloc(100)));
    session.receive(dataOut(1, 0, Buffer.alloc(100), { transfer: 0xffffffff }));
    await settled();
    expect(sent.map(senseOf)).toEqual([[2, '05', '0e03']]);
    expect(residualOf(sent[0]!)).toEqual([0x04, 3584]);
  });

  test('that is kept has 1 MiB', async () => {
    const { session, sent } = sessionOf({ isSlow: true });
    for (let tag = 1; tag <= 300; tag++) session.receive(compare(tag, BYTES));
    await settled();
    expect(sent.filter(({ header }) => header[3] === BUSY)).toHaveLength(300 - 256);
    const large = sessionOf({ isSlow: true });
    for (let tag = 1; tag <= 20; tag++) large.session.receive(compare(tag, Buffer.alloc(65_536)));
    await settled();
    expect(large.sent.filter(({ header }) => header[3] === BUSY)).toHaveLength(4);
  });

  test('that never comes does not outlive an abort', async () => {
    const { session, sent } = sessionOf();
    for (let tag = 1; tag <= 8; tag++) session.receive(compare(tag, Buffer.alloc(0)));
    session.receive(command(9, READ_8, 4096));
    await settled();
    expect(sent.map(({ header }) => header[0])).toEqual(Array.from({ length: 8 }, () => 0x31));
    session.receive(request(0x02, 0x81, (header) => header.writeUInt32BE(1, 20)));
    await settled();
    expect(sent.slice(8).map(({ header }) => header[0])).toEqual([0x22, 0x25]);
  });

  test('registers and reserves, which another initiator is told of, and which its session does not outlive by RESERVE', async () => {
    const reservations = new Reservations();
    const one = sessionOf({ reservations, initiator: 'iqn.x:one' });
    const other = sessionOf({ reservations, initiator: 'iqn.x:other' });
    one.session.receive(command(1, '16', 0));
    other.session.receive(command(1, '00', 0));
    one.session.close();
    other.session.receive(command(2, '00', 0));
    const parameters = Buffer.alloc(24);
    parameters[15] = 7;
    other.session.receive({ ...command(3, '5f000000000000001800', 24, WRITE), data: parameters });
    await settled();
    other.session.receive(command(4, '5e000000000000001000', 16));
    expect(other.sent.map(({ header }) => header[3])).toEqual([0x18, 0, 0, 0]);
    expect(other.sent[3]!.data.toString('hex')).toBe('0000000100000008' + '0000000000000007');
  });
});
