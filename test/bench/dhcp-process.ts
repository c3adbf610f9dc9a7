import { createHash } from 'node:crypto';
import { DhcpSocket, Unanswered } from '../lab/machines/dhcp-socket.ts';
import type { Speaker } from '../lab/machines/dhcp-wire.ts';

/** `dhcp-process '<DhcpJob as JSON>'`, run in the client's namespace: DISCOVER to ACK of many machines; prints DhcpSums as JSON. */
export interface DhcpJob {
  /** Its first four bytes; the last two count from `first`. */
  readonly mac: string;
  readonly first: number;
  readonly count: number;
  readonly atOnce: number;
  /** How often each machine asks, one after the other. */
  readonly passes: number;
  readonly speaker: Speaker;
}

export interface DhcpSums {
  readonly exchanges: number;
  readonly seconds: number;
  /** Messages that were not answered in time. */
  readonly repeats: number;
  /** Exchanges that were given up after the last repeat. */
  readonly unanswered: number;
  readonly addresses: number;
  /** Of each machine with its address and boot file. */
  readonly sha256: string;
}

async function main({ mac: prefix, first, count, atOnce, passes, speaker }: DhcpJob): Promise<DhcpSums> {
  const socket = await DhcpSocket.open('eth0');
  const got = new Map<string, string>();
  const addresses = new Set<string>();
  const macs = Array.from({ length: count }, (_, index) => macOf(prefix, first + index));
  const waiting = Array.from({ length: passes }, () => macs).flat();
  let [exchanges, unanswered] = [0, 0];
  const started = performance.now();
  const machine = async (): Promise<void> => {
    for (let mac = waiting.pop(); mac !== undefined; mac = waiting.pop()) {
      try {
        const { address, bootFile } = await socket.lease(speaker, mac);
        got.set(mac, `${address} ${bootFile}`);
        addresses.add(address);
        exchanges++;
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        unanswered++;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, machine));
  const seconds = (performance.now() - started) / 1000;
  socket.close();
  const words = [...got].map(([mac, what]) => `${mac} ${what}\n`).toSorted();
  const sha256 = createHash('sha256').update(words.join('')).digest('hex');
  return { exchanges, seconds, repeats: socket.repeats, unanswered, addresses: addresses.size, sha256 };
}

function macOf(prefix: string, index: number): string {
  return `${prefix}:${[index >> 8, index & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}

console.log(JSON.stringify(await main(JSON.parse(process.argv[2] ?? '') as DhcpJob)));
