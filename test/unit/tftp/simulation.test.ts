import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockCount, GIVE_UP_AFTER_MS, MAX_WAIT_MS, startTransfer, stepTransfer, type Step } from '../../../main-services/tftp/transfer.ts';

/** What the network does with one packet: how many copies arrive, each how many milliseconds later. */
type Fate = readonly number[];

interface Scene {
  readonly size: number;
  readonly blksize: number;
  readonly windowsize: number;
  readonly oack: boolean;
  readonly fates: readonly Fate[];
}

interface Result {
  readonly server: string;
  readonly client: 'complete' | 'gave up';
  readonly same: boolean;
  readonly packets: number;
  readonly time: number;
}

const PATIENCE = 12_000;
const CLIENT_RETRY = 1000;

/** A client as RFC 1350 and RFC 7440 describe it: takes blocks in order, acknowledges windows, repeats its last ACK. */
class Client {
  readonly bytes: number[] = [];
  next = 1;
  done = false;
  inWindow = 0;
  lastAck: number | undefined;
  heardAt = 0;
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** The wire numbers of the ACKs that the packet causes. */
  receive(packet: { kind: 'oack' } | { kind: 'data'; wire: number; bytes: readonly number[] }, now: number): number[] {
    this.heardAt = now;
    if (packet.kind === 'oack') return this.next === 1 ? this.#ack(0) : [];
    if (packet.wire !== (this.next & 0xffff)) return this.#outOfOrder(packet.wire);
    this.bytes.push(...packet.bytes);
    this.next++;
    this.done = packet.bytes.length < this.#scene.blksize;
    this.inWindow++;
    return this.done || this.inWindow === this.#scene.windowsize ? this.#ack(packet.wire) : [];
  }

  #outOfOrder(_wire: number): number[] {
    return this.#ack((this.next - 1) & 0xffff);
  }

  #ack(wire: number): number[] {
    this.inWindow = 0;
    this.lastAck = wire;
    return [wire];
  }
}

function simulate(scene: Scene): Result {
  const file = Array.from({ length: scene.size }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
  const plan = { size: scene.size, blksize: scene.blksize, windowsize: scene.oack ? scene.windowsize : 1, oack: scene.oack };
  const client = new Client({ ...scene, windowsize: plan.windowsize });
  const queue: { at: number; order: number; run: () => void }[] = [];
  let now = 0;
  let order = 0;
  let packets = 0;
  let server: string | undefined;
  let step: Step = startTransfer(plan, 0);
  let armed = 0;

  const later = (ms: number, run: () => void): void => {
    queue.push({ at: now + ms, order: order++, run });
  };
  const carry = (deliver: () => void): void => {
    const fate = scene.fates[packets++ % Math.max(1, scene.fates.length)] ?? [1];
    for (const delay of fate) later(delay, deliver);
  };
  const apply = (): void => {
    const { action } = step;
    if (action.kind === 'nothing') return;
    if (action.kind === 'over') {
      server = action.outcome.kind;
      return;
    }
    if (action.kind === 'oack') carry(() => toClient({ kind: 'oack' }));
    else
      for (let block = action.first; block <= action.last; block++) {
        const bytes = file.slice((block - 1) * scene.blksize, block * scene.blksize);
        carry(() => toClient({ kind: 'data', wire: block & 0xffff, bytes }));
      }
    const mine = ++armed;
    later(step.state.wait, () => {
      if (mine !== armed || server !== undefined) return;
      step = stepTransfer(step.state, { kind: 'timeout' }, now);
      apply();
    });
  };
  const toClient = (packet: Parameters<Client['receive']>[0]): void => {
    // After its last ACK a client answers repeats of the last block for a while (RFC 1350 §6, "dallying").
    for (const wire of client.receive(packet, now)) carry(() => toServer(wire));
  };
  const toServer = (block: number): void => {
    if (server !== undefined) return;
    step = stepTransfer(step.state, { kind: 'ack', block }, now);
    apply();
  };
  const clientTimer = (): void => {
    if (client.done || now - client.heardAt > PATIENCE) return;
    if (client.lastAck !== undefined && now - client.heardAt >= CLIENT_RETRY) carry(() => toServer(client.lastAck ?? 0));
    later(CLIENT_RETRY, clientTimer);
  };

  apply();
  later(CLIENT_RETRY, clientTimer);
  while (queue.length > 0) {
    queue.sort((a, b) => a.at - b.at || a.order - b.order);
    const event = queue.shift();
    if (!event) break;
    now = event.at;
    event.run();
    if (packets > 200_000) throw new Error('no end');
  }
  const same = client.bytes.length === file.length && client.bytes.every((byte, at) => byte === file[at]);
  return { server: server ?? 'running', client: client.done ? 'complete' : 'gave up', same, packets, time: now };
}

const delay = fc.integer({ min: 1, max: 40 });
/** Mostly one copy, sometimes none, sometimes two or three, some of them late enough to overtake. */
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(fc.constant(1)) },
  { weight: 3, arbitrary: fc.tuple(delay) },
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.tuple(delay, delay) },
  { weight: 1, arbitrary: fc.tuple(fc.constant(1), delay, fc.integer({ min: 100, max: 3000 })) },
);
const scene = fc.record({
  size: fc.integer({ min: 0, max: 1200 }),
  blksize: fc.integer({ min: 8, max: 64 }),
  windowsize: fc.integer({ min: 1, max: 20 }),
  oack: fc.boolean(),
  fates: fc.array(fate, { minLength: 1, maxLength: 80 }),
});

describe('the machine and a client over a network that loses, doubles, delays and reorders', () => {
  it('the file arrives as it was, or the transfer ends; both within bounds', () => {
    let complete = 0;
    fc.assert(
      fc.property(scene, (of) => {
        const result = simulate(of);
        const blocks = blockCount({ ...of, windowsize: 1 });
        expect(result.server).not.toBe('running');
        if (result.client === 'complete') expect(result.same).toBe(true);
        if (result.server === 'completed') expect(result.client).toBe('complete');
        // Silence ends it; each block may cost a few waits.
        expect(result.time).toBeLessThan((blocks + 1) * (GIVE_UP_AFTER_MS + MAX_WAIT_MS));
        if (result.client === 'complete') complete++;
      }),
      { numRuns: 600, seed: 69 },
    );
    expect(complete).toBeGreaterThan(300);
  });

  it('a clean network needs one packet per block and one ACK per window', () => {
    fc.assert(
      fc.property(scene, (of) => {
        const clean = { ...of, fates: [[1]] };
        const blocks = blockCount({ ...of, windowsize: 1 });
        const acks = Math.ceil(blocks / (of.oack ? of.windowsize : 1));
        expect(simulate(clean)).toMatchObject({
          server: 'completed',
          client: 'complete',
          same: true,
          packets: blocks + acks + (of.oack ? 2 : 0),
        });
      }),
      { numRuns: 200 },
    );
  });

  it('every packet doubled costs a small multiple, not a power (Sorcerer’s Apprentice)', () => {
    const doubled = { size: 6400, blksize: 64, windowsize: 1, oack: true, fates: [[1, 2]] };
    const result = simulate(doubled);
    expect(result).toMatchObject({ server: 'completed', same: true });
    expect(result.packets).toBeLessThan(4 * 101);
  });

  it('a file of more than 65,535 blocks rolls over, with and without windows', () => {
    const long = { size: 8 * 66_000 + 3, blksize: 8, oack: true, fates: [[1]] };
    expect(simulate({ ...long, windowsize: 1 })).toMatchObject({ server: 'completed', same: true });
    expect(simulate({ ...long, windowsize: 64 })).toMatchObject({ server: 'completed', same: true });
  });

  it('a dead network ends in silence', () => {
    expect(simulate({ size: 99, blksize: 8, windowsize: 4, oack: true, fates: [[]] })).toMatchObject({
      server: 'silent',
      client: 'gave up',
    });
  });
});
