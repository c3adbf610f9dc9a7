import { describe, expect, it } from 'vitest';
import { Direction, PERFECT, randomFrom, type Impairment } from '../../lab/impairment.ts';

function cable(impairment: Partial<Impairment>): { direction: Direction; out: number[] } {
  const out: number[] = [];
  const direction = new Direction({ ...PERFECT, ...impairment }, 0, (frame) => {
    out.push(frame.readUInt32BE(0));
    return true;
  });
  return { direction, out };
}

/** Frame n as its own number. */
function frame(n: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(n);
  return buffer;
}

function sendAll(direction: Direction, count: number): void {
  for (let n = 0; n < count; n++) direction.take(frame(n), n);
  direction.release(1e9);
}

describe('one direction of a cable', () => {
  it('carries every frame in order, without delay, when it is perfect', () => {
    const { direction, out } = cable({});
    for (let n = 0; n < 5; n++) direction.take(frame(n), 0);
    expect(out).toEqual([0, 1, 2, 3, 4]);
    expect(direction.dueIn(0)).toBe(Infinity);
  });

  it('loses the same frames for the same seed, others for another', () => {
    const runs = [7, 7, 8].map((seed) => {
      const { direction, out } = cable({ seed, loss: 0.3 });
      sendAll(direction, 200);
      return out.join();
    });
    expect(runs[0]).toBe(runs[1]);
    expect(runs[0]).not.toBe(runs[2]);
  });

  it('loses about the configured share, and counts the losses', () => {
    const { direction, out } = cable({ loss: 0.05 });
    sendAll(direction, 10_000);
    expect(direction.counts.lost).toBeGreaterThan(400);
    expect(direction.counts.lost).toBeLessThan(600);
    expect(out.length).toBe(10_000 - direction.counts.lost);
  });

  it('lets a reordered frame pass right after its successor, and loses none', () => {
    const { direction, out } = cable({ reorder: 0.2 });
    sendAll(direction, 1000);
    expect([...out].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    expect(direction.counts.reordered).toBeGreaterThan(100);
    out.forEach((n, i) => {
      expect(Math.abs(n - i)).toBeLessThanOrEqual(1);
    });
  });

  it('does not hold a frame back for ever when none follows', () => {
    const { direction, out } = cable({ reorder: 1 });
    direction.take(frame(1), 100);
    expect(out).toEqual([]);
    expect(direction.dueIn(101)).toBe(4);
    direction.release(105);
    expect(out).toEqual([1]);
  });

  it('doubles frames', () => {
    const { direction, out } = cable({ duplicate: 1 });
    sendAll(direction, 3);
    expect(out).toEqual([0, 0, 1, 1, 2, 2]);
    expect(direction.counts.duplicated).toBe(3);
  });

  it('delays each frame by the same time', () => {
    const { direction, out } = cable({ delayMs: 1.5 });
    direction.take(frame(1), 10);
    direction.take(frame(2), 11);
    direction.release(11.4);
    expect(out).toEqual([]);
    direction.release(11.5);
    expect(out).toEqual([1]);
    expect(direction.dueIn(11.5)).toBe(1);
    direction.release(12.5);
    expect(out).toEqual([1, 2]);
  });

  it('keeps a copy of what it delays: the receive buffer is used again', () => {
    const { direction, out } = cable({ delayMs: 1 });
    const buffer = frame(1);
    direction.take(buffer, 0);
    buffer.writeUInt32BE(99);
    direction.release(1);
    expect(out).toEqual([1]);
  });

  it('counts what the other side did not take', () => {
    const direction = new Direction(PERFECT, 0, () => false);
    direction.take(frame(1), 0);
    expect(direction.counts).toMatchObject({ carried: 0, dropped: 1 });
  });
});

describe('randomFrom', () => {
  it('is the known sequence of mulberry32, between 0 and 1', () => {
    const random = randomFrom(1);
    expect([random(), random(), random()].map((x) => x.toFixed(6))).toEqual(['0.627074', '0.002736', '0.527447']);
  });
});
