import { join } from 'node:path';
import { PERFECT, type Counts, type Impairment } from './impairment.ts';
import { cable, Namespace, NODE, type LinkEnd } from './namespace.ts';
import { pause, type Running } from './process.ts';
import type { Job, Place } from './frame-relay-process.ts';

export { PERFECT, type Impairment } from './impairment.ts';

/**
 * A cable that can lose, delay, double and reorder frames: left and right get a veth each, whose far ends meet in a
 * namespace of their own, where a process carries every frame from one to the other.
 */
export class FrameRelay implements AsyncDisposable {
  readonly #ns: Namespace;
  readonly #running: Running;

  private constructor(ns: Namespace, running: Running) {
    this.#ns = ns;
    this.#running = running;
  }

  /** Resolves when frames flow. Both ends are created by this call, with offloads off; `mtu` up to 9000. */
  static async start(left: LinkEnd, right: LinkEnd, impairment: Partial<Impairment> = {}, mtu = 1500): Promise<FrameRelay> {
    const ns = await Namespace.create('relay');
    await cable(left, { ns, dev: 'left' });
    await cable(right, { ns, dev: 'right' });
    for (const [place, dev] of [
      [ns, 'left'],
      [ns, 'right'],
      [left.ns, left.dev],
      [right.ns, right.dev],
    ] as const) {
      await place.ip('link', 'set', dev, 'mtu', String(mtu));
      await place.offloadsOff(dev);
    }
    const running = spawnRelay(ns, { left: { dev: 'left' }, right: { dev: 'right' }, impairment: { ...PERFECT, ...impairment } });
    await running.waitFor(/"ready"/, 10_000);
    return new FrameRelay(ns, running);
  }

  /** How many frames went each way and what befell them, up to a fifth of a second ago. */
  async counts(): Promise<{ right: Counts; left: Counts }> {
    await pause(300);
    const last = this.#running.lines.findLast((line) => line.text.includes('"counts"'));
    const none = { carried: 0, lost: 0, duplicated: 0, reordered: 0, dropped: 0 };
    return last ? (JSON.parse(last.text) as { right: Counts; left: Counts }) : { right: none, left: none };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.stop();
    await this.#ns[Symbol.asyncDispose]();
  }
}

/** Starts the carrying process in `ns`. With a stream place it says "listening" before, and "ready" after QEMU has connected. */
export function spawnRelay(ns: Namespace, job: { left: Place; right: Place; impairment: Impairment }): Running {
  const text: Job = job;
  return ns.spawn([NODE, join(import.meta.dirname, 'frame-relay-process.ts'), JSON.stringify(text)]);
}
