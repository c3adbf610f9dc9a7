import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
    return countsOf(this.#running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.stop();
    await this.#ns[Symbol.asyncDispose]();
  }
}

/**
 * A cable from a virtual machine to a bridge: QEMU's `-netdev stream` on one end (no tap needed), a port of the bridge on the
 * other. `netdev` is for MachineOptions.net; `plugged` resolves when the machine has connected.
 */
export async function cableToMachine(
  ns: Namespace,
  bridge: string,
  impairment: Partial<Impairment> = {},
): Promise<{ netdev: string; plugged: () => Promise<void>; carrier: Running }> {
  const dev = 'to-machine';
  // The path of a UNIX socket has at most 107 bytes, which a folder of the project may exceed.
  const socket = join(mkdtempSync(join(tmpdir(), 'lab-')), 'cable');
  await cable({ ns, dev, bridge }, { ns, dev: 'machine-end' });
  for (const end of [dev, 'machine-end', bridge]) await ns.offloadsOff(end);
  const carrier = spawnRelay(ns, { left: { dev: 'machine-end' }, right: { stream: socket }, impairment: { ...PERFECT, ...impairment } });
  void carrier.exited.then(() => {
    rmSync(dirname(socket), { recursive: true, force: true });
  });
  await carrier.waitFor(/"listening"/, 10_000);
  const plugged = async (): Promise<void> => {
    await carrier.waitFor(/"ready"/, 10_000);
  };
  return { netdev: `stream,id=n,server=off,addr.type=unix,addr.path=${socket}`, plugged, carrier };
}

/** The newest counts that a carrying process has said, each way. */
export function countsOf(carrier: Running): { right: Counts; left: Counts } {
  const last = carrier.lines.findLast((line) => line.text.includes('"counts"'));
  const none = { carried: 0, lost: 0, duplicated: 0, reordered: 0, dropped: 0 };
  return last ? (JSON.parse(last.text) as { right: Counts; left: Counts }) : { right: none, left: none };
}

/** Starts the carrying process in `ns`. With a stream place it says "listening" before, and "ready" after QEMU has connected. */
export function spawnRelay(ns: Namespace, job: { left: Place; right: Place; impairment: Impairment }): Running {
  const text: Job = job;
  return ns.spawn([NODE, join(import.meta.dirname, 'frame-relay-process.ts'), JSON.stringify(text)]);
}
