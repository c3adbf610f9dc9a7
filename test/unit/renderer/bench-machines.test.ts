import { describe, expect, it } from 'vitest';
import type { BenchEvent, EventType } from '../../../contract/appliance.ts';
import type { Discovered, Host } from '../../../contract/inventory.ts';
import type { Job } from '../../../contract/jobs.ts';
import { movingLabels } from '../../../renderer/features/bench/labels.ts';
import { liveMachines, type MachinesKnown } from '../../../renderer/features/bench/machines.ts';

const NOW = 1_800_000_000_000;
const MAC = '52:54:00:00:00:01';
const host = (name: string, mac: string, more: Partial<Host> = {}): Host => ({
  name,
  interfaces: [{ mac, allowPXE: true }],
  localBoot: { kind: 'exit' },
  vars: {},
  facts: {},
  createdAt: 0,
  updatedAt: 0,
  ...more,
});
const stranger = (mac: string): Discovered => ({ mac, facts: {}, firstSeen: NOW, lastSeen: NOW - 5000 });
const event = (seq: number, type: EventType, more: Partial<BenchEvent> = {}): BenchEvent => ({
  seq,
  at: NOW - 10_000,
  type,
  message: 'a sentence',
  data: {},
  ...more,
});
const live = (known: Partial<MachinesKnown>) =>
  liveMachines({ hosts: {}, discovered: {}, leases: {}, events: [], lastEvents: {}, progress: [], jobs: {}, ...known }, NOW);
const keys = (known: Partial<MachinesKnown>): string[] => live(known).machines.map(({ key }) => key);

describe('who is live', () => {
  it('a host by its name, its MAC, or the lease of its address', () => {
    const hosts = { a: host('a', MAC) };
    const lease = { ip: '10.0.0.9', mac: MAC, state: 'bound' as const, startedAt: 0, expiresAt: 0 };
    for (const who of [{ host: 'a' }, { mac: MAC }, { ip: '10.0.0.9' }])
      expect(live({ hosts, leases: { [lease.ip]: lease }, events: [event(1, 'tftp.started', who)] }).machines[0]?.boot.word).toBe(
        'reading boot file',
      );
  });

  it('a host that nobody heard of is only counted', () => {
    expect(live({ hosts: { a: host('a', MAC) } })).toEqual({ machines: [], quiet: 1 });
  });

  it('an old word is not live, an armed assignment is', () => {
    const old = event(1, 'boot.complete', { host: 'a', at: NOW - 2 * 86_400_000 });
    expect(keys({ hosts: { a: host('a', MAC) }, lastEvents: { a: old } })).toEqual([]);
    const assignment = { image: 'f', mode: 'once', state: 'armed', armedAt: NOW, evidence: [] } as const;
    expect(keys({ hosts: { a: host('a', MAC, { assignment: { ...assignment, evidence: [] } }) } })).toEqual(['a']);
  });

  it('trouble first, then what boots, then the rest, by name within', () => {
    const names = ['n1', 'n2', 'n10', 'n3'];
    const hosts = Object.fromEntries(names.map((name, index) => [name, host(name, `52:54:00:00:00:0${index}`)]));
    const events = [
      event(1, 'boot.complete', { host: 'n1' }),
      event(2, 'iso.opened', { host: 'n10' }),
      event(3, 'iso.opened', { host: 'n2' }),
      event(4, 'boot.mismatch', { host: 'n3' }),
    ];
    expect(keys({ hosts, events, discovered: { [MAC]: stranger(MAC) } })).toEqual(['n3', 'n2', 'n10', 'n1', MAC]);
  });

  it('a stranger has asked to boot, and does not inherit what a former host of that MAC did', () => {
    const [machine] = live({
      discovered: { [MAC]: stranger(MAC) },
      events: [event(1, 'boot.complete', { host: 'gone', mac: MAC })],
    }).machines;
    expect(machine?.boot).toMatchObject({ word: 'boot requested', heardAt: NOW - 5000 });
  });

  it('shows so many, and counts the rest', () => {
    const hosts = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`n${n}`, host(`n${n}`, MAC)]));
    const events = Object.keys(hosts).map((name, seq) => event(seq, 'iso.opened', { host: name }));
    const { machines, quiet } = live({ hosts, events });
    expect([machines.length, quiet]).toEqual([60, 40]);
  });
});

describe('numbers in words', () => {
  it('says nothing of what is not known', () => {
    expect(movingLabels({ done: 1 })).toEqual([]);
  });
});

describe('a machine with a job', () => {
  const job = (state: Job['state'], more: Partial<Job> = {}): Job =>
    ({ id: 'j', host: 'a', state, steps: [], dryRun: false, createdAt: NOW - 60_000, ...more }) as unknown as Job;
  const hosts = { a: host('a', MAC), b: host('b', '52:54:00:00:00:02') };
  const known = (its: Job, events: BenchEvent[] = []): Partial<MachinesKnown> => ({ hosts, jobs: { j: its }, events });

  it('is live while nobody else says a word of it', () => {
    expect(live(known(job('running'))).machines).toMatchObject([{ key: 'a', job: { id: 'j' } }]);
  });

  it('stands first when it waits for somebody', () => {
    expect(keys(known(job('waiting'), [event(1, 'iso.opened', { host: 'b' })]))).toEqual(['a', 'b']);
  });

  it('keeps a failure until the machine is heard of again', () => {
    const failed = job('failed', { endedAt: NOW - 30_000 });
    expect(live(known(failed)).machines[0]?.job).toBe(failed);
    expect(live(known(failed, [event(1, 'iso.opened', { host: 'a' })])).machines[0]?.job).toBeUndefined();
  });

  it('that is over, or was dry, is not shown with it', () => {
    expect(live(known(job('done'))).machines).toEqual([]);
    expect(live(known(job('running', { dryRun: true }))).machines).toEqual([]);
  });
});
