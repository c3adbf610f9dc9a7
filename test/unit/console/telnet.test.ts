import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeComPort, encodeBare, encodeBaud, encodeByte } from '../../../main-services/console/network/com-port.ts';
import {
  encodeCommand,
  encodeData,
  encodeOption,
  encodeSubnegotiation,
  TelnetDecoder,
  type TelnetItem,
} from '../../../main-services/console/network/telnet-codec.ts';
import {
  INITIAL,
  isOn,
  receive,
  request,
  type Negotiation,
  type Request,
} from '../../../main-services/console/network/telnet-negotiation.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The items of a stream in pieces; runs of data are joined, because their division means nothing. */
function decode(pieces: readonly Uint8Array[], binary: boolean): (TelnetItem | string)[] {
  const items: (TelnetItem | string)[] = [];
  const decoder = new TelnetDecoder((item) => {
    const last = items.at(-1);
    if (item.kind !== 'data') items.push(item);
    else if (typeof last === 'string') items[items.length - 1] = last + hex(item.bytes);
    else items.push(hex(item.bytes));
  });
  decoder.binary = binary;
  for (const piece of pieces) decoder.push(piece);
  return items;
}
const inPieces = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
const text = (from: string): string => Buffer.from(from, 'latin1').toString('hex');

describe('the decoder', () => {
  it.each([
    ['text', 'login: ', [text('login: ')]],
    ['an escaped 255', 'a\xff\xffb', [text('a\xffb')]],
    ['255 twice', '\xff\xff\xff\xff', [text('\xff\xff')]],
    ['CR NUL is CR', 'a\r\0b', [text('a\rb')]],
    ['CR LF stays', 'a\r\nb', [text('a\r\nb')]],
    ['CR, then another CR NUL', '\r\r\0', [text('\r\r')]],
    ['NUL alone', 'a\0b', [text('a\0b')]],
    ['CR, then a command', '\r\xff\xf1\0', [text('\r'), { kind: 'command', code: 241 }, text('\0')]],
    ['WILL ECHO', 'a\xff\xfb\x01b', [text('a'), { kind: 'option', verb: 'will', option: 1 }, text('b')]],
    ['DONT of option 255', '\xff\xfe\xff', [{ kind: 'option', verb: 'dont', option: 255 }]],
    [
      'SB 44 with an escaped 255',
      '\xff\xfa\x2c\x01\xff\xff\0\xff\xf0x',
      [{ kind: 'subnegotiation', option: 44, bytes: Uint8Array.of(1, 255, 0) }, text('x')],
    ],
    [
      'SB without SE, then WILL',
      '\xff\xfa\x2c\x01\xff\xfb\x03',
      [
        { kind: 'subnegotiation', option: 44, bytes: Uint8Array.of(1) },
        { kind: 'option', verb: 'will', option: 3 },
      ],
    ],
    ['an SB that is too long is dropped', `\xff\xfa\x2c${'x'.repeat(5000)}\xff\xf0y`, [text('y')]],
    ['an unfinished command', 'a\xff', [text('a')]],
  ] as const)('%s, in pieces of any size', (_, stream, items) => {
    const bytes = Buffer.from(stream, 'latin1');
    for (const size of [1, 2, 3, 7, bytes.length]) expect(decode(inPieces(bytes, size), false)).toEqual(items);
  });
  it('in BINARY, CR NUL is two bytes', () => {
    expect(decode([Buffer.from('a\r\0b')], true)).toEqual([text('a\r\0b')]);
  });
  it('BINARY holds from the next byte on, in the middle of a piece', () => {
    const got: string[] = [];
    const decoder = new TelnetDecoder((item) => {
      if (item.kind === 'option') decoder.binary = true;
      if (item.kind === 'data') got.push(hex(item.bytes));
    });
    decoder.push(Buffer.from('\r\0\xff\xfb\0\r\0', 'latin1'));
    expect(got.join('')).toBe(text('\r\r\0'));
  });
  it('never throws, and gives a bounded amount, for any bytes in any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), fc.boolean(), (pieces, binary) => {
        const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
        expect(JSON.stringify(decode(pieces, binary)).length).toBeLessThan(100 * size + 10);
      }),
    );
  });
});

it('any bytes, encoded in any pieces and cut anywhere on the way, come out the same', () => {
  const special = fc.constantFrom(0, 10, 13, 240, 250, 251, 255);
  const bytes = fc.array(fc.oneof(special, fc.nat(255)), { maxLength: 400 });
  fc.assert(
    fc.property(bytes, fc.boolean(), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), (sent, binary, out, wire) => {
      const encoded = Buffer.concat(inPieces(Uint8Array.from(sent), out).map((piece) => encodeData(piece, binary)));
      expect(decode(inPieces(encoded, wire), binary)).toEqual(sent.length === 0 ? [] : [hex(Uint8Array.from(sent))]);
    }),
    { numRuns: 500 },
  );
});

describe('the encoder', () => {
  it.each([
    ['data', encodeData(Buffer.from('ls\r'), false), '6c730d00'],
    ['data in BINARY', encodeData(Uint8Array.of(13, 255, 10), true), '0dffff0a'],
    ['WILL COM-PORT-OPTION', encodeOption('will', 44), 'fffb2c'],
    ['break', encodeCommand(243), 'fff3'],
    ['a subnegotiation with 255', encodeSubnegotiation(44, Uint8Array.of(1, 255)), 'fffa2c01fffffff0'],
    ['SET-BAUDRATE 9600', encodeBaud(9600), 'fffa2c0100002580fff0'],
    ['SET-BAUDRATE 115200', encodeBaud(115200), 'fffa2c010001c200fff0'],
    ['SET-BAUDRATE 65280: 255 doubled', encodeBaud(65280), 'fffa2c010000ffff00fff0'],
    ['SET-CONTROL break on', encodeByte(5, 5), 'fffa2c0505fff0'],
    ['SET-MODEMSTATE-MASK 255', encodeByte(11, 255), 'fffa2c0bfffffff0'],
    ['FLOWCONTROL-SUSPEND', encodeBare(8), 'fffa2c08fff0'],
  ])('%s', (_, bytes, expected) => {
    expect(hex(bytes)).toBe(expected);
  });
});

it.each([
  ['6500002580', { kind: 'ack', command: 1, value: 9600 }],
  ['6500', { kind: 'other' }],
  ['6608', { kind: 'ack', command: 2, value: 8 }],
  ['6905', { kind: 'ack', command: 5, value: 5 }],
  ['6a02', { kind: 'line', overrun: true }],
  ['6a60', { kind: 'line', overrun: false }],
  ['6bb0', { kind: 'modem', cts: true, dsr: true, dcd: true }],
  ['6b40', { kind: 'modem', cts: false, dsr: false, dcd: false }],
  ['6c', { kind: 'suspend' }],
  ['6d', { kind: 'resume' }],
  ['7003', { kind: 'ack', command: 12, value: 3 }],
  ['01', { kind: 'other' }],
  ['', { kind: 'other' }],
  ['64736572326e6574', { kind: 'other' }],
])('COM-PORT-OPTION %s', (bytes, message) => {
  expect(decodeComPort(Buffer.from(bytes, 'hex'))).toEqual(message);
});

describe('negotiation', () => {
  /** The answers to requests in order, such as "do 1". */
  const answers = (requests: readonly Request[], comPort = false, from: Negotiation = INITIAL) => {
    let state = from;
    const sent: string[] = [];
    for (const received of requests) {
      const result = receive(state, received, comPort);
      state = result.state;
      if (result.send) sent.push(`${result.send.verb} ${result.send.option}`);
    }
    return { sent, state };
  };

  it.each([
    ['the server’s SGA, ECHO and BINARY', ['will 3', 'will 1', 'will 0', 'do 0', 'do 3'], ['do 3', 'do 1', 'do 0', 'will 0', 'will 3']],
    ['a repeated offer gets no second answer', ['will 1', 'will 1', 'will 1'], ['do 1']],
    [
      'what Bootbench does not do is refused, once',
      ['do 24', 'do 31', 'do 1', 'will 5', 'do 24', 'will 5'],
      ['wont 24', 'wont 31', 'wont 1', 'dont 5'],
    ],
    ['off again', ['will 1', 'wont 1', 'dont 3', 'wont 1'], ['do 1', 'dont 1']],
    ['COM-PORT-OPTION of telnet:// is refused', ['do 44'], ['wont 44']],
  ])('%s', (_, requests, expected) => {
    expect(answers(requests.map(parse)).sent).toEqual(expected);
  });
  it('the answers to Bootbench’s own requests end there', () => {
    let state = INITIAL;
    const sent: unknown[] = [];
    for (const wanted of [
      { verb: 'will', option: 44 },
      { verb: 'do', option: 0 },
      { verb: 'do', option: 0 },
    ] as const) {
      const result = request(state, wanted);
      state = result.state;
      if (result.send) sent.push(result.send);
    }
    expect(sent).toHaveLength(2);
    const after = answers([parse('do 44'), parse('wont 0'), parse('do 44')], true, state);
    expect(after.sent).toEqual([]);
    expect([isOn(after.state, 'local', 44), isOn(after.state, 'remote', 0)]).toEqual([true, false]);
  });
  it('a hostile peer gets a bounded number of answers', () => {
    const verbs = fc.constantFrom('will', 'wont', 'do', 'dont');
    fc.assert(
      fc.property(fc.array(fc.record({ verb: verbs, option: fc.nat(255) }), { maxLength: 2000 }), (requests) => {
        expect(answers(requests as Request[]).sent.length).toBeLessThanOrEqual(100);
      }),
    );
    const toggles = Array.from({ length: 1000 }, (_, index) => parse(index % 2 === 0 ? 'will 1' : 'wont 1'));
    expect(answers(toggles).sent).toHaveLength(100);
  });
  it('two sides that both follow it never answer each other for ever', () => {
    const option = fc.constantFrom(0, 1, 3, 24, 44);
    const first = fc.array(fc.record({ verb: fc.constantFrom('will', 'do'), option }), { maxLength: 10 });
    fc.assert(
      fc.property(first, (offers) => {
        const sides = [INITIAL, INITIAL];
        let pending: Request[] = offers;
        let rounds = 0;
        for (let side = 0; pending.length > 0 && rounds < 10; side = 1 - side, rounds++) {
          const next = answers(pending, side === 0, sides[side]);
          sides[side] = next.state;
          pending = next.sent.map(parse);
        }
        expect([rounds, pending.length]).toEqual([expect.any(Number), 0]);
      }),
    );
  });
});

function parse(words: string): Request {
  const [verb = '', option = ''] = words.split(' ');
  return { verb: verb as Request['verb'], option: Number(option) };
}
