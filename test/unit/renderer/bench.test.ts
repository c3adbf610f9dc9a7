import { describe, expect, it } from 'vitest';
import type { BenchEvent, Nic } from '../../../contract/appliance.ts';
import type { Change } from '../../../contract/changes.ts';
import type { Host } from '../../../contract/inventory.ts';
import { isTrouble } from '../../../renderer/features/events/event-filter.ts';
import { hostStatus } from '../../../renderer/features/hosts/host-status.ts';
import { nicLabel, nicState } from '../../../renderer/features/network/labels.ts';
import { selectable } from '../../../renderer/features/network/nic-rules.ts';
import { createAppStore } from '../../../renderer/store/store.ts';

const host = (name: string, assignment?: Host['assignment']): Host => ({
  name,
  interfaces: [{ mac: '52:54:00:00:00:01', allowPXE: true }],
  localBoot: { kind: 'exit' },
  vars: {},
  facts: {},
  createdAt: 0,
  updatedAt: 0,
  ...(assignment && { assignment }),
});
const assigned = (more: Partial<NonNullable<Host['assignment']>>) =>
  host('h', { image: 'fedora', mode: 'once', state: 'armed', armedAt: 0, evidence: [], ...more });
const change = (seq: number, op: Change['op'], name: string): Change => ({ seq, kind: 'host', op, name, object: host(name) });
const event = (seq: number, more: Partial<BenchEvent> = {}): BenchEvent => ({
  seq,
  at: 0,
  type: 'host.facts',
  message: `event ${seq}`,
  data: {},
  ...more,
});
const nic = (more: Partial<Nic> = {}): Nic => ({
  name: 'enp3s0',
  mac: '52:54:00:aa:bb:cc',
  index: 3,
  addresses: [{ address: '10.0.0.1', netmask: '255.255.255.0', linkLocal: false }],
  up: true,
  carrier: true,
  wireless: false,
  loopback: false,
  defaultRoute: false,
  mtu: 1500,
  ...more,
});

describe('the page’s store', () => {
  const begun = () => {
    const bench = createAppStore();
    const snapshot = { seq: 3, hosts: [host('a')], images: [], configs: [], leases: [], discovered: [], jobs: [] };
    bench.getState().begin({ snapshot, events: [event(5, { host: 'a' }), event(4)], status: { services: [], version: '1' }, nics: [] });
    return bench;
  };

  it('begins with a snapshot and is live', () => {
    const { link, hosts, events, lastEvents } = begun().getState();
    expect(link).toEqual({ state: 'live' });
    expect(Object.keys(hosts)).toEqual(['a']);
    expect(events.map(({ seq }) => seq)).toEqual([5, 4]);
    expect(lastEvents.a?.seq).toBe(5);
  });

  it('applies changes in order, and keeps the objects that did not change', () => {
    const bench = begun();
    const before = bench.getState().hosts.a;
    bench
      .getState()
      .applyChanges([change(4, 'ADDED', 'b'), change(5, 'MODIFIED', 'b'), change(6, 'ADDED', 'c'), change(7, 'DELETED', 'c')]);
    expect(Object.keys(bench.getState().hosts)).toEqual(['a', 'b']);
    expect(bench.getState().hosts.a).toBe(before);
  });

  it('puts new events first, keeps at most 300, and the newest of each host', () => {
    const bench = begun();
    bench.getState().addEvents(Array.from({ length: 400 }, (_one, index) => event(6 + index, { host: index === 0 ? 'a' : 'b' })));
    const { events, lastEvents } = bench.getState();
    expect(events).toHaveLength(300);
    expect(events[0]?.seq).toBe(405);
    expect([lastEvents.a?.seq, lastEvents.b?.seq]).toEqual([6, 405]);
    bench.getState().recall([event(1, { host: 'a' }), event(2, { host: 'z' })]);
    expect([bench.getState().lastEvents.a?.seq, bench.getState().lastEvents.z?.seq]).toEqual([6, 2]);
  });

  it('keeps what it knew while the appliance is away, and begins anew after', () => {
    const bench = begun();
    bench.getState().setAway({ message: 's', next: 'n' });
    expect(bench.getState().link.state).toBe('away');
    expect(Object.keys(bench.getState().hosts)).toEqual(['a']);
    bench.getState().begin({
      snapshot: { seq: 9, hosts: [host('z')], images: [], configs: [], leases: [], discovered: [], jobs: [] },
      events: [],
      status: { services: [], version: '1' },
      nics: [],
    });
    expect(Object.keys(bench.getState().hosts)).toEqual(['z']);
    expect(bench.getState().lastEvents).toEqual({});
  });
});

describe('words', () => {
  it.each([
    [host('h'), 'local'],
    [assigned({ image: 'localboot' }), 'local'],
    [assigned({}), 'armed'],
    [assigned({ state: 'done' }), 'done'],
  ])('the status of a host', (of, status) => {
    expect(hostStatus(of, false)).toBe(status);
    expect(hostStatus(of, true)).toBe('reading');
  });

  it.each([
    [nic({ speed: 1000 }), 'enp3s0 · 10.0.0.1/24 · 1 Gbit/s', 'ready'],
    [nic({ speed: 100 }), 'enp3s0 · 10.0.0.1/24 · 100 Mbit/s', 'ready'],
    [nic({ carrier: false }), 'enp3s0 · 10.0.0.1/24 · no link', 'needs'],
    [nic({ addresses: [] }), 'enp3s0 · no address', 'needs'],
    [nic({ addresses: [{ address: '169.254.1.1', netmask: '255.255.0.0', linkLocal: true }] }), 'enp3s0 · no address', 'needs'],
    [nic({ wireless: true, defaultRoute: true }), 'enp3s0 · 10.0.0.1/24 · Wi-Fi · has the default route', 'ready'],
  ])('a network port', (of, label, state) => {
    expect(nicLabel(of)).toBe(label);
    expect(nicState(of).state).toBe(state);
  });

  it('the picker leaves loopback out, and keeps the chosen port that is gone', () => {
    const names = (list: Nic[]) => list.map(({ name }) => name);
    expect(names(selectable([nic({ name: 'lo', loopback: true }), nic()], undefined))).toEqual(['enp3s0']);
    expect(names(selectable([nic()], nic({ name: 'usb0' })))).toEqual(['usb0', 'enp3s0']);
  });

  it('some types of events are problems', () => {
    expect(isTrouble(event(1, { type: 'dhcp.nak' }))).toBe(true);
    expect(isTrouble(event(1, { type: 'dhcp.ack' }))).toBe(false);
  });
});
