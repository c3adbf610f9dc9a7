import { describe, expect, it } from 'vitest';
import type { BenchEvent, EventType } from '../../../contract/appliance.ts';
import { archLabel } from '../../../renderer/features/host/labels.ts';
import {
  advanced,
  cursorsFor,
  floorOf,
  inLane,
  LANES,
  merged,
  nextCursors,
  sourceOf,
} from '../../../renderer/features/host/timeline-events.ts';

const MAC = '52:54:00:12:34:56';
const event = (seq: number, type: EventType = 'dhcp.ack'): BenchEvent => ({ seq, at: seq, type, message: '', data: {} });
const host = { name: 'a', interfaces: [{ mac: MAC, allowPXE: true }] };

describe('the timeline’s filters', () => {
  it.each([
    ['dhcp.nak', ['all', 'DHCP', 'errors']],
    ['tftp.missed', ['all', 'boot files', 'errors']],
    ['script.served', ['all', 'boot files']],
    ['iso.completed', ['all', 'ISO']],
    ['config.refused', ['all', 'config', 'errors']],
    ['assignment.armed', ['all', 'assignment']],
    ['boot.complete', ['all', 'boot files', 'assignment']],
  ] as const)('%s is in %j', (type, lanes) => {
    expect(LANES.filter((lane) => inLane(event(1, type), lane))).toEqual(lanes);
  });
  it('names its source', () => {
    expect([sourceOf('tftp.started'), sourceOf('host.facts')]).toEqual(['TFTP', 'host']);
  });
});

describe('the timeline’s events', () => {
  it('are each there once, newest first', () => {
    expect(merged([event(3), event(1)], [event(4), event(3), event(2)]).map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
  });
  it('end where one question has not been answered further back, and that one is asked next', () => {
    const [byHost, byMac] = cursorsFor(host);
    const known = [advanced(byHost!, [event(9), event(5)], 2), advanced(byMac!, [event(8), event(7)], 2)];
    expect(floorOf(known)).toBe(7);
    expect(nextCursors(known).map(({ query }) => query)).toEqual([{ mac: MAC }]);
  });
  it('have no floor once every question came to its end', () => {
    const known = cursorsFor(host).map((cursor) => advanced(cursor, [event(5)], 2));
    expect(floorOf(known)).toBe(0);
    expect(nextCursors(known)).toEqual([]);
  });
  it('begin with every question', () => {
    expect(nextCursors(cursorsFor(host))).toHaveLength(2);
  });
});

describe('architecture in words', () => {
  it('what it said, what was set, or nothing', () => {
    expect([archLabel(7, undefined), archLabel(undefined, 'aarch64'), archLabel(undefined, undefined), archLabel(99, undefined)]).toEqual([
      'x86-64 UEFI (7)',
      'ARM 64, configured',
      undefined,
      'unknown firmware (99)',
    ]);
  });
});
