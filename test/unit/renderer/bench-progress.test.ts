import { describe, expect, it } from 'vitest';
import type { BenchEvent, EventType, Progress } from '../../../contract/appliance.ts';
import type { Assignment } from '../../../contract/inventory.ts';
import { bootProgress, type BootProgress } from '../../../renderer/features/bench/boot-progress.ts';

const NOW = 1_800_000_000_000;
const ARMED: Assignment = { image: 'fedora', config: 'ks', mode: 'once', state: 'armed', armedAt: NOW - 100_000, evidence: [] };
const PXE = { vendorClass: 'PXEClient:Arch:00007:UNDI:003016', ipxe: false };
const IPXE = { vendorClass: 'PXEClient:Arch:00007:UNDI:003010', ipxe: true };

type Said = EventType | [EventType, BenchEvent['data']];

const eventsOf = (said: readonly Said[]): BenchEvent[] =>
  said.map((each, index) => {
    const [type, data] = typeof each === 'string' ? [each, {}] : each;
    return { seq: index + 1, at: NOW - 60_000 + index * 1000, type, data, message: `the sentence of ${type}`, host: 'r750-03' };
  });
const reading = (key: string, done: number, total = 1000): Progress => ({ key, message: 'reads', done, total, rate: 100, at: NOW });
const of = (said: readonly Said[], more: { assignment?: Assignment | undefined; progress?: Progress[]; now?: number } = {}): BootProgress =>
  bootProgress({ events: eventsOf(said), progress: [], assignment: ARMED, now: NOW, ...more });
const marks = ({ steps }: BootProgress): string =>
  steps.map(({ name, mark }) => `${name} ${{ done: '✓', now: '◐', todo: '○' }[mark]}`).join(', ');

const UP_TO_SCRIPT: Said[] = [
  ['dhcp.discover', PXE],
  'dhcp.offer',
  'dhcp.ack',
  'tftp.started',
  'tftp.completed',
  ['dhcp.discover', IPXE],
  'dhcp.offer',
  'dhcp.ack',
  'script.served',
];

describe('how far a boot is', () => {
  it.each<[string, Said[], BootProgress['state'], string, string]>([
    ['nothing heard, armed', [], 'off', 'waiting for power-on', ''],
    ['firmware asked', [['dhcp.discover', PXE]], 'working', 'boot requested', 'address ◐, boot file ○'],
    ['it was offered an address', [['dhcp.discover', PXE], 'dhcp.offer'], 'working', 'address offered', 'address ◐, boot file ○'],
    ['it took the address', [['dhcp.discover', PXE], 'dhcp.offer', 'dhcp.ack'], 'working', 'address assigned', 'address ✓, boot file ◐'],
    ['it reads the boot file', UP_TO_SCRIPT.slice(0, 4), 'working', 'reading boot file', 'address ✓, boot file ◐, script ○'],
    ['the loader runs', UP_TO_SCRIPT.slice(0, 6), 'working', 'iPXE is requesting its script', 'boot file ✓, script ◐'],
    ['it got its script', UP_TO_SCRIPT, 'working', 'boot script loaded', 'script ✓, ISO ◐, config ○, done ○'],
    ['it reads the ISO', [...UP_TO_SCRIPT, 'iso.opened', 'iso.patched-read'], 'working', 'reading the ISO', 'script ✓, ISO ◐, config ○'],
    ['it got its config', [...UP_TO_SCRIPT, 'iso.opened', 'config.served'], 'working', 'config served', 'ISO ✓, config ✓, done ◐'],
    ['it phoned home', [...UP_TO_SCRIPT, 'iso.opened', 'config.served', 'boot.complete'], 'ready', 'phoned home', 'config ✓, done ✓'],
    [
      'its installer leases too',
      [...UP_TO_SCRIPT, 'iso.opened', ['dhcp.discover', { ipxe: false }], 'dhcp.ack'],
      'working',
      'reading the ISO',
      'ISO ◐',
    ],
    [
      'the firmware boots by HTTP',
      [['dhcp.discover', { vendorClass: 'HTTPClient' }], 'bootfile.served'],
      'working',
      'boot file loaded',
      'boot file ✓, script ◐',
    ],
  ])('%s', (_name, said, state, word, steps) => {
    const boot = of(said);
    expect({ state: boot.state, word: boot.word }).toEqual({ state, word });
    expect(marks(boot).replaceAll('file ', 'boot file ').replaceAll('iso', 'ISO')).toContain(steps);
  });

  it.each<[EventType, string]>([
    ['boot.mismatch', 'identity mismatch'],
    ['boot.secure-boot-suspected', 'Secure Boot rejected the boot file'],
    ['script.refused', 'refused'],
    ['iso.refused', 'ISO refused'],
    ['config.refused', 'config refused'],
    ['tftp.aborted', 'boot file transfer aborted'],
    ['dhcp.conflict', 'address problem'],
  ])('%s needs somebody and says why', (type, word) => {
    const boot = of([...UP_TO_SCRIPT.slice(0, 5), type]);
    expect(boot).toMatchObject({ state: 'needs', word, reason: `the sentence of ${type}` });
  });

  it('what goes on clears what was wrong', () => {
    const boot = of([...UP_TO_SCRIPT.slice(0, 4), 'tftp.aborted', 'tftp.started', 'tftp.completed']);
    expect(boot).toMatchObject({ state: 'working', word: 'boot file loaded' });
    expect(boot.reason).toBeUndefined();
  });

  it('firmware that asks again begins anew', () => {
    const boot = of([...UP_TO_SCRIPT, 'iso.opened', ['dhcp.discover', PXE]]);
    expect(boot.word).toBe('boot requested');
    expect(boot.steps.filter(({ mark }) => mark === 'done')).toEqual([]);
  });

  it('arming it again forgets the former boot', () => {
    expect(of([...UP_TO_SCRIPT, 'assignment.armed'])).toMatchObject({ state: 'off', word: 'waiting for power-on', steps: [] });
  });

  it('the pool being full needs somebody, being ignored for another reason only while it asks', () => {
    expect(of([['dhcp.ignored', { code: 'E_DHCP_POOL_FULL' }]])).toMatchObject({ state: 'needs', word: 'no address assigned' });
    expect(of([['dhcp.discover', PXE], 'dhcp.ignored'])).toMatchObject({ state: 'needs', word: 'boot request not answered' });
    expect(of([...UP_TO_SCRIPT, 'dhcp.ignored'])).toMatchObject({ state: 'working', word: 'boot script loaded' });
  });

  it.each<[string, Assignment | undefined]>([
    ['no assignment', undefined],
    ['localboot', { ...ARMED, image: 'localboot' }],
    ['a done one', { ...ARMED, state: 'done', doneAt: NOW - 90_000 }],
  ])('a script with %s boots the own disk', (_name, assignment) => {
    expect(of(UP_TO_SCRIPT, { assignment })).toMatchObject({ state: 'ready', word: 'booting its own disk', steps: [] });
  });

  it('without a config there is no such step', () => {
    const { config: _none, ...assignment } = ARMED;
    expect(marks(of(UP_TO_SCRIPT, { assignment }))).toBe('address ✓, file ✓, script ✓, iso ◐, done ○');
  });

  it('tells per cent, rate and time left of what moves', () => {
    const boot = of([...UP_TO_SCRIPT, 'iso.opened'], { progress: [reading('iso:abc', 710)] });
    expect(boot).toMatchObject({ word: 'reading the ISO 71 %', moving: { done: 710, total: 1000, rate: 100, left: 2.9 }, heardAt: NOW });
  });

  it('what moves tells the step even where no event is known any more', () => {
    expect(of([], { progress: [reading('iso:abc', 10)] })).toMatchObject({ state: 'working', word: 'reading the ISO 1 %' });
    expect(of([], { progress: [reading('tftp:10.0.0.2:1', 500)] })).toMatchObject({ word: 'reading boot file 50 %' });
  });

  it.each<[EventType, string]>([
    ['config.served', 'config served'],
    ['boot.complete', 'phoned home'],
    ['assignment.done', 'done'],
  ])('a transfer that stood still before %s is over', (type, word) => {
    const boot = of([...UP_TO_SCRIPT, 'iso.opened', type], { progress: [{ ...reading('iso:abc', 340), at: NOW - 60_000 }] });
    expect(boot.word).toBe(word);
    expect(boot).not.toHaveProperty('moving');
  });

  it('names the file that is read, with its own per cent, and passes the strip on', () => {
    const part = { name: 'images/install.img', done: 710, total: 1000 };
    const boot = of([], { progress: [{ ...reading('iso:abc', 5, 2000), part, strip: '0099' }] });
    expect(boot).toMatchObject({ word: 'reading install.img 71 %', moving: { done: 5, part, strip: '0099' } });
  });

  it('a machine that has stopped reading needs somebody, until it reads on', () => {
    const stalled: Said[] = ['iso.opened', 'iso.stalled'];
    const still = { ...reading('iso:abc', 500), rate: 0 };
    const boot = of(stalled, { progress: [still] });
    expect(boot).toMatchObject({
      state: 'needs',
      word: 'stopped reading',
      reason: 'the sentence of iso.stalled',
      moving: { done: 500 },
    });
    expect(of(stalled, { progress: [{ ...still, rate: 5 }] })).toMatchObject({ state: 'working', word: 'reading the ISO 50 %' });
    expect(of([...stalled, 'iso.file-read'])).toMatchObject({ state: 'working', word: 'reading the ISO' });
  });

  it('what paused keeps its per cent and has no rate', () => {
    const boot = of([...UP_TO_SCRIPT, 'iso.opened'], { progress: [{ ...reading('iso:abc', 340), at: NOW - 15_000 }] });
    expect(boot.word).toBe('reading the ISO 34 %');
    expect(boot.moving).toEqual({ done: 340, total: 1000 });
  });

  it('a rate of nothing gives no time, and more than all is 100 %', () => {
    const boot = of([], { progress: [{ ...reading('iso:abc', 1010), rate: 0 }] });
    expect(boot.word).toBe('reading the ISO 100 %');
    expect(boot.moving).not.toHaveProperty('left');
  });

  it('who was silent for long is not said to be working', () => {
    const boot = of([...UP_TO_SCRIPT, 'iso.opened'], { now: NOW + 3_600_000 });
    expect(boot).toMatchObject({ state: 'off', word: 'reading the ISO, then no activity' });
  });

  it('the order in which events are handed over does not matter', () => {
    const events = eventsOf([...UP_TO_SCRIPT, 'iso.opened']);
    const ask = (list: BenchEvent[]) => bootProgress({ events: list, progress: [], assignment: ARMED, now: NOW });
    expect(ask(events.toReversed())).toEqual(ask(events));
  });
});
