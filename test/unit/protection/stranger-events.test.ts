import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BenchEvent, NewEvent } from '../../../contract/appliance.ts';
import { limitStrangerEvents } from '../../../main-services/protection/stranger-events.ts';
import { openData, type DataFixture } from '../../fixtures/data-fixture.ts';

const HOST = '52:54:00:88:00:01';
let bench: DataFixture;
beforeEach(() => (bench = openData()));
afterEach(() => bench.dispose());

function opened() {
  const limited: string[] = [];
  const seen: BenchEvent[] = [];
  const limits = { limited: (kind: string, subject: string) => void limited.push(`${kind} ${subject}`) };
  const activity = limitStrangerEvents(bench.activity, { isHost: (mac) => mac === HOST, limits, clock: bench.clock });
  activity.subscribe((event) => seen.push(event));
  const flood = (event: Omit<NewEvent, 'message'>, count: number): BenchEvent[] =>
    Array.from({ length: count }, () => activity.record({ ...event, message: 'x' }));
  return { activity, limited, seen, flood };
}

describe('b5: events of unknown machines', () => {
  it.each(['dhcp.discover', 'host.discovered', 'script.refused', 'tftp.completed'] as const)('%s: recorded at a bounded rate', (type) => {
    const { limited, seen, flood } = opened();
    flood({ type, mac: '02:00:00:00:00:01', ip: '10.0.0.9' }, 5000);
    expect([seen.length, limited.length]).toEqual([2000, 3000]);
    expect(limited[0]).toMatch(/^unknown-machines /);
    bench.clock.advance(10_000);
    flood({ type }, 5000);
    expect(seen).toHaveLength(2100);
  });

  it('do not take the place of those of hosts, by name or by MAC, or of Bootbench’s own', () => {
    const { seen, flood } = opened();
    flood({ type: 'dhcp.discover' }, 3000);
    flood({ type: 'dhcp.os-lease', host: 'node1' }, 100);
    flood({ type: 'dhcp.ignored', mac: HOST }, 100);
    flood({ type: 'tftp.completed', host: 'node1' }, 3000);
    flood({ type: 'dhcp.other-server' }, 3000);
    expect(seen).toHaveLength(2000 + 6200);
  });

  it('of one host: its DHCP events are recorded at a bounded rate, one type does not push out another, and the limit names it', () => {
    const { limited, seen, flood } = opened();
    flood({ type: 'dhcp.discover', host: 'node1', mac: HOST }, 3000);
    expect(seen).toHaveLength(100);
    expect(new Set(limited)).toEqual(new Set(['stranger-events node1']));
    flood({ type: 'dhcp.os-lease', host: 'node1', mac: HOST }, 1);
    flood({ type: 'dhcp.discover', host: 'node2' }, 1);
    bench.clock.advance(60_000);
    flood({ type: 'dhcp.discover', host: 'node1', mac: HOST }, 3000);
    expect(seen).toHaveLength(100 + 2 + 30);
  });

  it('that are not recorded take no number, and those that are recorded are in the history', () => {
    const { activity, flood } = opened();
    const events = flood({ type: 'dhcp.discover' }, 2003);
    expect(events.slice(1999).map(({ seq }) => seq)).toEqual(Array(4).fill(activity.lastSeq()));
    expect(activity.history({ limit: 3000 })).toHaveLength(2000);
  });
});
