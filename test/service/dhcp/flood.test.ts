import type dgram from 'node:dgram';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Log } from '../../../contract/runtime.ts';
import { silentLog } from '../../../contract/runtime.ts';
import { decodePacket, encodePacket } from '../../../main-services/dhcp/packet.ts';
import type { DeviceSockets } from '../../../main-services/network/types.ts';
import { CAPTURES, datagramsOf } from '../../fixtures/captures/pcap.ts';
import { hostWith, request } from '../../unit/dhcp/dhcp-fixture.ts';
import { bindingTo, serviceBench } from './loopback.ts';

/** Small, fast, and the same on every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

class FakeSocket extends EventEmitter {
  readonly sent: Uint8Array[] = [];
  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }
  address() {
    return { address: '127.0.0.1', family: 'IPv4', port: 67 };
  }
  close(): void {
    this.removeAllListeners();
  }
}

function fakes() {
  const opened: FakeSocket[] = [];
  const sockets: DeviceSockets = {
    udp: () => {
      const socket = new FakeSocket();
      opened.push(socket);
      return Promise.resolve(socket as unknown as dgram.Socket);
    },
    listen: () => Promise.reject(new Error('no TCP')),
  };
  return { opened, sockets };
}

const FIRMWARE = CAPTURES.flatMap((capture) => datagramsOf(capture).filter(({ target }) => target.port === 67 || target.port === 4011)).map(
  ({ payload }) => payload,
);

/** Nothing but noise, or a real message with some bytes changed, cut short or made longer. */
function datagram(random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256));
  const real = Uint8Array.from(FIRMWARE[below(FIRMWARE.length)] ?? []);
  switch (below(5)) {
    case 0:
      return noise(below(600));
    case 1:
      return real.subarray(0, below(real.length));
    case 2:
      return Buffer.concat([real.subarray(0, 240), noise(below(300))]);
    case 3:
      real.set(noise(6), 28);
      return real;
    default:
      for (let times = below(8); times >= 0; times -= 1) real[below(real.length)] = below(256);
      return real;
  }
}

describe('100,000 random and damaged datagrams', () => {
  it.each(['full', 'proxy'] as const)(
    'in %s mode: no throw, no error in the log, and it still answers',
    async (dhcp) => {
      const errors: unknown[] = [];
      const log: Log = { ...silentLog, error: (fields) => errors.push(fields) };
      const { opened, sockets } = fakes();
      const { service, events, hosts } = await serviceBench({ dhcp, unknown: 'wait' }, { sockets, log });
      await service.start(bindingTo());
      const [main] = opened as [FakeSocket];
      const targets = opened.filter((socket) => socket.listenerCount('message') > 0);
      const random = seeded(2026);
      for (let count = 0; count < 100_000; count += 1) {
        const target = targets[count % targets.length] ?? main;
        target.emit('message', Buffer.from(datagram(random)), { address: '127.0.0.9', port: 68 });
        if (count % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(errors).toEqual([]);
      expect(events.length).toBeGreaterThanOrEqual(100);
      hosts.set('52:54:00:88:07:07', hostWith({ ip: '127.0.1.200' }, '52:54:00:88:07:07'));
      const question = request({ client: 'bios', mac: '52:54:00:88:07:07', xid: 42 });
      main.emit('message', Buffer.from(encodePacket(question).bytes), { address: '127.0.0.9', port: 68 });
      // Replies to strangers may still come in between.
      const answers = () =>
        main.sent.map((bytes) => decodePacket(bytes)).filter((each) => each.kind === 'packet' && each.packet.xid === 42);
      await expect.poll(() => answers().length).toBe(1);
      const file = { file: 'undionly.kpxe', yiaddr: dhcp === 'full' ? '127.0.1.200' : '0.0.0.0' };
      expect(answers()).toMatchObject([{ kind: 'packet', packet: file }]);
    },
    120_000,
  );
});
