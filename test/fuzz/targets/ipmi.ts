import type { Clock } from '../../../contract/runtime.ts';
import { silentLog } from '../../../contract/runtime.ts';
import { decodeFlags } from '../../../main-services/bmc/ipmi/boot-flags.ts';
import { decodeChassisStatus, healthOf } from '../../../main-services/bmc/ipmi/chassis.ts';
import { decodeDeviceId } from '../../../main-services/bmc/ipmi/device-id.ts';
import { uuidOf } from '../../../main-services/bmc/ipmi/guid.ts';
import { activateSol, solOwner } from '../../../main-services/bmc/ipmi/sol.ts';
import { offersIpmi2 } from '../../../main-services/bmc/ipmi/wire/capabilities.ts';
import { COMMAND, PAYLOAD } from '../../../main-services/bmc/ipmi/wire/codes.ts';
import { judgeOpen, judgeRakp2, judgeRakp4, type Secrets } from '../../../main-services/bmc/ipmi/wire/handshake.ts';
import { decodeResponse } from '../../../main-services/bmc/ipmi/wire/message.ts';
import { decodeOpenResponse, decodeRakp2, decodeRakp4 } from '../../../main-services/bmc/ipmi/wire/rakp.ts';
import { decodeDatagram, encodePlain, encodeProtected, encodeV15, type Datagram } from '../../../main-services/bmc/ipmi/wire/rmcp.ts';
import { Session } from '../../../main-services/bmc/ipmi/wire/session.ts';
import { SolLink } from '../../../main-services/bmc/ipmi/wire/sol-link.ts';
import { decodeSol } from '../../../main-services/bmc/ipmi/wire/sol-packet.ts';
import { encrypt, sessionKeys, sign, SUITES } from '../../../main-services/bmc/ipmi/wire/suites.ts';
import { IPMI_TIMING } from '../../../main-services/bmc/ipmi/wire/timing.ts';
import type { Exchange, Transport } from '../../../main-services/bmc/ipmi/wire/transport.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { must, type Target } from '../engine/target.ts';
import { joinPieces, pieces } from './pieces.ts';

const CONSOLE_ID = 0x01020304;
const KEYS = sessionKeys(SUITES[3], Buffer.alloc(20, 7));
const SECRETS: Secrets = {
  suite: SUITES[3],
  username: Buffer.from('ADMIN'),
  password: Buffer.from('secret'),
  role: 4,
  consoleId: CONSOLE_ID,
  managedId: 9,
  consoleRandom: Buffer.alloc(16, 1),
  managedRandom: Buffer.alloc(16, 2),
  guid: Buffer.alloc(16, 3),
};

/** The first byte chooses what a BMC sends: datagrams, payloads of the handshake, data of answers, answers in a session, SOL. */
export const target: Target = {
  maxLength: 2048,
  words: ['\x06\0\xff\x07', '\x06\xc0', '\x06\x12'],
  seeds,
  run: async (input) => {
    const parts = [...pieces(input.subarray(1))];
    switch ((input[0] ?? 0) % 4) {
      case 0:
        for (const part of parts) datagram(part);
        return;
      case 1:
        for (const part of parts) data(part);
        return;
      case 2:
        await session(parts);
        return;
      default:
        await sol(parts);
    }
  },
};

function datagram(bytes: Uint8Array): void {
  const decoded = decodeDatagram(bytes);
  if (decoded.kind === 'v15') decodeResponse(decoded.message);
  if (decoded.kind !== 'plus') return;
  must(decoded.payload.length <= bytes.length, 'a payload is in its datagram');
  const open = decodeOpenResponse(decoded.payload);
  if (open) judgeOpen(open, SUITES[3]);
  const rakp2 = decodeRakp2(decoded.payload);
  if (rakp2) must(judgeRakp2(rakp2, SECRETS) !== undefined, 'no one proves what he does not know');
  const rakp4 = decodeRakp4(decoded.payload);
  if (rakp4) must(judgeRakp4(rakp4, SECRETS) !== undefined, 'no one proves what he does not know');
}

function data(bytes: Uint8Array): void {
  decodeFlags(bytes);
  decodeDeviceId(bytes);
  uuidOf(bytes);
  offersIpmi2(bytes);
  const status = decodeChassisStatus(bytes);
  if (status) healthOf(status);
  decodeResponse(bytes);
}

/** Time passes when it is waited for. */
function quickClock(): Clock {
  let now = 0;
  const after: Clock['after'] = (ms, run) => {
    const timer = setImmediate(() => {
      now += ms;
      run();
    });
    return () => clearImmediate(timer);
  };
  return { now: () => now, monotonic: () => now, after };
}

/** Answers are what the input says, signed as a BMC does that knows the password. */
async function session(parts: readonly Uint8Array[]): Promise<void> {
  let sequence = 0;
  const waiting = [...parts];
  const transport: Transport = {
    exchange: <T>({ accept, packet }: Exchange<T>): Promise<T | undefined> => {
      packet();
      for (let part = waiting.shift(); part; part = waiting.shift()) {
        const answer = accept(signed(part, PAYLOAD.message, (sequence += 1)));
        if (answer !== undefined) return Promise.resolve(answer);
      }
      return Promise.resolve(undefined);
    },
    send: () => undefined,
    listen: () => () => undefined,
    close: () => Promise.resolve(),
  };
  const clock = quickClock();
  const one = new Session({
    transport,
    bmc: 'bmc',
    keys: KEYS,
    consoleId: CONSOLE_ID,
    managedId: 9,
    guid: Buffer.alloc(16),
    timing: IPMI_TIMING,
    clock,
    log: silentLog,
  });
  for (const step of [
    () => one.request(COMMAND.deviceId),
    () => activateSol(one, { takeOver: true, clock, signal: new AbortController().signal }),
    () => solOwner(one),
  ]) {
    await step().catch((error: unknown) => must(error instanceof BootbenchError, `only BootbenchError: ${String(error)}`));
  }
  await one.close();
}

function signed(part: Uint8Array, payloadType: number, sequence: number): Datagram {
  const bytes = encodeProtected({
    payloadType,
    sessionId: CONSOLE_ID,
    sequence,
    payload: encrypt(KEYS, withChecksums(part), Buffer.alloc(16, sequence)),
    sign: (all) => sign(KEYS, all),
  });
  const decoded = decodeDatagram(bytes);
  must(decoded.kind === 'plus', 'what is encoded can be decoded');
  return decoded;
}

/** A message with right checksums, where it is long enough to have them. */
function withChecksums(part: Uint8Array): Uint8Array {
  if (part.length < 8) return part;
  const bytes = Buffer.from(part);
  const sum = (from: number, to: number): number => -bytes.subarray(from, to).reduce((all, byte) => all + byte, 0) & 0xff;
  bytes[2] = sum(0, 2);
  bytes[bytes.length - 1] = sum(3, bytes.length - 1);
  return bytes;
}

async function sol(parts: readonly Uint8Array[]): Promise<void> {
  let held = 0;
  let ends = 0;
  const link = new SolLink({
    events: {
      send: () => undefined,
      data: (characters) => (held += characters.length),
      report: () => undefined,
      check: () => Promise.resolve(true),
      ended: () => (ends += 1),
    },
    clock: quickClock(),
    mostCharacters: 64,
    room: 256,
  });
  link.write(Buffer.from('characters to the machine')).catch(() => undefined);
  let sent = 0;
  for (const part of parts.slice(0, 64)) {
    const packet = decodeSol(part);
    if (!packet) continue;
    sent += packet.characters.length;
    if (part.length % 7 === 0) link.pause();
    if (part.length % 5 === 0) link.resume();
    link.receive(packet);
    if (part.length % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  link.close();
  must(held <= sent, 'no character is delivered twice');
  must(ends <= 1, 'a link ends once');
}

function seeds(): Uint8Array[] {
  const open = Buffer.concat([
    Uint8Array.of(0, 0, 4, 0),
    Buffer.alloc(8, 1),
    Uint8Array.from([0, 0, 0, 8, 1, 0, 0, 0, 1, 0, 0, 8, 1, 0, 0, 0, 2, 0, 0, 8, 1, 0, 0, 0]),
  ]);
  const answer = (command: { netFn: number; code: number }, sequence: number, bytes: number[]): Buffer =>
    Buffer.from([0x81, (command.netFn + 1) << 2, 0, 0x20, sequence << 2, command.code, 0, ...bytes, 0]);
  const ids = answer(COMMAND.deviceId, 0, [0x20, 1, 2, 3, 2, 0xbf, 0x57, 1, 0, 1, 2, 0, 0, 0, 0]);
  const active = answer(COMMAND.activatePayload, 1, [0, 0, 0, 0, 0x80, 0, 0x80, 0, 0x6f, 0x02, 0, 0]);
  const owner = answer(COMMAND.payloadInstance, 2, [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  const asked = (kind: number, list: readonly Uint8Array[]): Buffer => Buffer.concat([Uint8Array.of(kind), joinPieces(list)]);
  return [
    asked(0, [
      encodePlain(PAYLOAD.openResponse, open),
      encodePlain(PAYLOAD.rakp2, Buffer.alloc(60)),
      encodeV15(ids),
      encodePlain(PAYLOAD.rakp4, Buffer.alloc(20)),
    ]),
    asked(1, [
      ids.subarray(7),
      Uint8Array.of(1, 5, 0x80, 4, 0, 0, 0),
      Buffer.alloc(16, 5),
      Uint8Array.of(1, 0x80, 4, 2),
      Uint8Array.of(0x41, 0x10, 0x40, 0x20),
    ]),
    asked(2, [ids, active, owner]),
    asked(3, [
      Buffer.from('\x01\0\0\0abc'),
      Buffer.from('\x02\x01\x05\x40defg'),
      Buffer.from('\0\x01\x10\0'),
      Buffer.from('\x03\0\0\x3cx'),
    ]),
  ];
}
