import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Direction, type Impairment } from './impairment.ts';
import { acceptStreamPort, makeWaiter, openPacketPort, type FramePort } from './packet-socket.ts';

/**
 * Carries frames between two places until it is ended by a signal: `node frame-relay-process.ts '<Job as JSON>'`.
 * It polls without ever returning to Node's event loop, so it runs in a process of its own.
 */
export interface Job {
  left: Place;
  right: Place;
  impairment: Impairment;
}
/** An interface of this namespace, or a UNIX socket path where QEMU's `-netdev stream` will connect. */
export type Place = { dev: string } | { stream: string };

const BURST = 64;
const REPORT_EVERY_MS = 200;

function main(job: Job): void {
  const left = open(job.left);
  const right = open(job.right);
  const rightward = new Direction(job.impairment, 0, (frame) => right.send(frame));
  const leftward = new Direction(job.impairment, 7919, (frame) => left.send(frame));
  const wait = makeWaiter([left, right]);
  const report = makeReport(rightward, leftward);
  say({ event: 'ready' });
  while (!left.ended && !right.ended) {
    wait(Math.min(REPORT_EVERY_MS, rightward.dueIn(performance.now()), leftward.dueIn(performance.now())));
    const now = performance.now();
    left.receive(BURST, (frame) => rightward.take(frame, now));
    right.receive(BURST, (frame) => leftward.take(frame, now));
    rightward.release(performance.now());
    leftward.release(performance.now());
    report(now);
  }
}

function open(place: Place): FramePort {
  if ('dev' in place) return openPacketPort(place.dev);
  return acceptStreamPort(place.stream, () => say({ event: 'listening' }));
}

/** Prints the counts when they changed, a few times a second. */
function makeReport(rightward: Direction, leftward: Direction): (now: number) => void {
  let nextAt = 0;
  let last = '';
  return (now) => {
    if (now < nextAt) return;
    nextAt = now + REPORT_EVERY_MS;
    const counts = { event: 'counts', right: rightward.counts, left: leftward.counts };
    const text = JSON.stringify(counts);
    if (text !== last) say(counts);
    last = text;
  };
}

function say(message: object): void {
  writeSync(1, JSON.stringify(message) + '\n');
}

main(JSON.parse(process.argv[2] ?? '') as Job);
