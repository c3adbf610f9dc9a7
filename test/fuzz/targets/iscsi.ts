import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { Clock } from '../../../contract/runtime.ts';
import { Connection } from '../../../main-services/iscsi/connection.ts';
import { Reservations } from '../../../main-services/iscsi/scsi/reservations.ts';
import { encodePdu, HEADER_BYTES, headerOf, NO_DIGESTS, PduReader } from '../../../main-services/iscsi/wire/pdu.ts';
import { loginRequest, readRequest } from '../../fixtures/iscsi-initiator.ts';
import { TARGET_NAME } from '../../fixtures/iscsi-target.ts';
import { must, type Target } from '../engine/target.ts';
import { joinPieces, pieces } from './pieces.ts';

const MEDIUM = Buffer.alloc(64 * 512, 'medium');
/** Time does not pass. */
const CLOCK: Clock = { now: () => 0, monotonic: () => 0, after: () => () => undefined };
/** SCSI commands that the target knows, and some that it does not. */
const COMMANDS = [
  0x00, 0x03, 0x12, 0x15, 0x1a, 0x1b, 0x1e, 0x23, 0x25, 0x28, 0x2a, 0x2f, 0x35, 0x42, 0x43, 0x46, 0x4a, 0x51, 0x55, 0x5a, 0x5e, 0x5f, 0x88,
  0x8f, 0x93, 0x9e, 0xa0, 0xa3, 0xa8, 0xad, 0xff,
];

/** The first byte says whether a login goes first, and whether command numbers are put right; then pieces as they come over TCP. */
export const target: Target = {
  maxLength: 8192,
  words: [
    'InitiatorName=iqn.a:b\0',
    `TargetName=${TARGET_NAME}\0`,
    'SessionType=Discovery\0',
    'AuthMethod=CHAP\0',
    'CHAP_A=5\0',
    'SendTargets=All\0',
    'HeaderDigest=CRC32C\0',
    'DataDigest=CRC32C,None\0',
    'MaxRecvDataSegmentLength=512\0',
  ],
  seeds,
  run: async (input) => {
    const flags = input[0] ?? 0;
    const wire = new Wire();
    let failures = 0;
    const source = { size: MEDIUM.length, read: (offset: number, length: number) => Promise.resolve(readMedium(offset, length)) };
    const connection = new Connection(wire as unknown as Socket, {
      clock: CLOCK,
      admit: () => Promise.resolve({ kind: 'admitted', chap: (flags & 8) === 0 ? undefined : { name: 'user', secret: 'secret secret' } }),
      open: () =>
        Promise.resolve({
          unit: { device: (flags & 4) === 0 ? 'disk' : 'cd', size: MEDIUM.length, serial: '0123456789abcdef' },
          source,
          reservations: new Reservations(),
        }),
      targets: () => Promise.resolve([{ name: TARGET_NAME, portal: '127.0.0.1:3260,1' }]),
      tsih: () => 1,
      failed: () => (failures += 1),
      readFailed: (error) => {
        throw error;
      },
    });
    if ((flags & 1) === 0) wire.push(loginRequest());
    let commandNumber = 1;
    for (const piece of pieces(input.subarray(1))) {
      const bytes = Buffer.from(piece);
      if ((flags & 2) === 0 && bytes.length >= HEADER_BYTES) {
        if (bytes.length < HEADER_BYTES + bytes.readUIntBE(5, 3)) bytes.writeUIntBE(0, 5, 3);
        bytes.writeUInt32BE(commandNumber, 24);
        if (((bytes[0] ?? 0) & 0x40) === 0) commandNumber += 1;
      }
      if (bytes.length > 0) wire.push(bytes);
      await turn();
    }
    await turn();
    connection.close();
    must(failures <= 1, 'a connection fails once');
    check(wire.written);
  },
};

function readMedium(offset: number, length: number): Buffer {
  must(offset >= 0 && length >= 0 && offset + length <= MEDIUM.length, `a read is inside the medium: ${offset}+${length}`);
  return MEDIUM.subarray(offset, offset + length);
}

/** Everything that was sent is a PDU: no digests are agreed unless the input asks for them, then only the lengths cannot be checked. */
function check(written: readonly Buffer[]): void {
  const bytes = Buffer.concat(written);
  must(bytes.length <= 4 * 1024 * 1024, 'answers are bounded');
  const reader = new PduReader({ maxData: 0xffffff });
  for (const pdu of reader.push(bytes)) {
    if ('problem' in pdu) return;
    must(
      [0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3f].includes(pdu.opcode) || bytes.includes('CRC32C'),
      `an answer of a target: ${pdu.opcode}`,
    );
  }
}

/** A socket without a network. */
class Wire extends Duplex {
  readonly written: Buffer[] = [];
  override _read(): void {
    // Pushed from outside.
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function seeds(): Uint8Array[] {
  const commands = COMMANDS.map((code) => {
    const header = headerOf(0x01, 0xc0);
    header.writeUInt32BE(code + 1, 16);
    header.writeUInt32BE(512, 20);
    header[32] = code;
    header[36] = 1;
    header[40] = 1;
    return header;
  });
  const text = Buffer.concat(encodePdu(headerOf(0x04), Buffer.from('SendTargets=All\0'), NO_DIGESTS));
  const others = [0x00, 0x02, 0x05, 0x06, 0x10].map((code) => Buffer.concat(encodePdu(headerOf(code), Buffer.from('abcd'), NO_DIGESTS)));
  const keys: readonly Record<string, string>[] = [
    { HeaderDigest: 'CRC32C', DataDigest: 'CRC32C' },
    { AuthMethod: 'CHAP,None' },
    { SessionType: 'Discovery' },
  ];
  const logins = keys.map((pairs) => loginRequest(pairs));
  const ask = (flags: number, parts: readonly Uint8Array[]): Buffer => Buffer.concat([Uint8Array.of(flags), joinPieces(parts)]);
  return [
    ...commands.map((header, at) => ask((at & 1) * 4, [header, readRequest(9, 1, 2)])),
    ...others.map((pdu) => ask(0, [pdu, text])),
    ...logins.map((pdu, at) => ask(1 + (at === 1 ? 8 : 0), [pdu, text])),
  ];
}
