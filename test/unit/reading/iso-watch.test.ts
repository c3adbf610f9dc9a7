import { beforeEach, describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import { IsoWatch, type Reader } from '../../../main-services/reading/iso-watch.ts';
import { protectionOf } from '../../fixtures/protection.ts';
import { RefusalLog } from '../../../main-services/reading/refusal-log.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { testView } from '../../fixtures/view.ts';
import { Recorder } from '../../fixtures/recorder.ts';
import { HandClock } from './hand-clock.ts';

const VIEW = testView({
  token: 'abcdef0123456789',
  host: 'node-1',
  mac: '52:54:00:88:00:02',
  image: 'hook',
  source: memorySource(new Uint8Array(1000)),
  patched: [{ offset: 500, length: 10 }],
});
const YEAR = 365 * 86_400_000;
const BMC = { ip: '10.0.0.9', userAgent: 'httpfs2.c 0.1.4' };

let clock: HandClock;
let activity: Recorder;
let watch: IsoWatch;
beforeEach(() => {
  clock = new HandClock();
  activity = new Recorder(clock.now);
  watch = new IsoWatch(activity, clock);
});
const read = (offset: number, length: number, reader: Reader = BMC) => {
  watch.opened(VIEW, reader);
  watch.delivered(VIEW, reader.ip, offset, length);
};

describe('evidence of a machine that reads its ISO', () => {
  it('is opened once, patched sectors once, completed once', () => {
    read(0, 100);
    read(100, 400);
    expect(activity.types()).toEqual(['iso.opened']);
    expect(activity.events[0]).toMatchObject({
      host: 'node-1',
      mac: VIEW.mac,
      ip: BMC.ip,
      data: { userAgent: BMC.userAgent, image: 'hook' },
    });
    read(509, 100);
    read(500, 10);
    expect(activity.types()).toEqual(['iso.opened', 'iso.patched-read']);
    read(609, 391);
    expect(activity.types()).toEqual(['iso.opened', 'iso.patched-read', 'iso.completed']);
    read(0, 1000);
    expect(activity.types()).toHaveLength(3);
  });

  it.each([-YEAR, YEAR])('b7: begins again with the next boot, and not before, where the clock was set by %d ms', (step) => {
    read(0, 100);
    clock.ahead = step;
    clock.advance(299_000);
    read(100, 100);
    expect(activity.types()).toEqual(['iso.opened']);
    expect(watch.silenceOf('node-1')).toBe(0);
    clock.advance(300_000);
    expect(watch.silenceOf('node-1')).toBe(300_000);
    read(0, 100);
    expect(activity.types()).toEqual(['iso.opened', 'iso.opened']);
  });

  it('does not take a read beside the patch for one of it', () => {
    read(0, 500);
    read(510, 490);
    expect(activity.types()).toEqual(['iso.opened']);
  });

  it('is kept apart by address', () => {
    read(0, 500);
    read(500, 500, { ...BMC, ip: '10.0.0.10' });
    expect(activity.types()).toEqual(['iso.opened', 'iso.opened', 'iso.patched-read']);
  });

  it.each([
    ['a new script', { type: 'script.served', mac: VIEW.mac, message: '' }],
    ['a re-armed assignment', { type: 'assignment.armed', host: 'node-1', message: '' }],
  ] as const)('begins anew after %s', (_, event) => {
    read(0, 10);
    activity.record(event);
    read(0, 10);
    expect(activity.types()).toEqual(['iso.opened', event.type, 'iso.opened']);
  });

  it('does not count what a session from before the arming goes on reading', () => {
    const old = { ...BMC, since: watch.lastSeq };
    read(0, 10, old);
    activity.record({ type: 'assignment.armed', host: 'node-1', message: '' });
    read(10, 10, old);
    expect(activity.types()).toEqual(['iso.opened', 'assignment.armed']);
    read(0, 10, { ...BMC, since: watch.lastSeq });
    expect(activity.types()).toEqual(['iso.opened', 'assignment.armed', 'iso.opened']);
  });

  it('does not begin anew for another machine’s script', () => {
    read(0, 10);
    activity.record({ type: 'script.served', mac: '52:54:00:88:00:03', host: 'node-2', message: '' });
    read(0, 10);
    expect(activity.types()).toEqual(['iso.opened', 'script.served']);
  });

  it('begins anew after five silent minutes', () => {
    read(0, 10);
    clock.advance(299_999);
    read(0, 10);
    expect(activity.types()).toHaveLength(1);
    clock.advance(300_000);
    read(0, 10);
    expect(activity.types()).toHaveLength(2);
  });
});

describe('progress of a machine that reads its ISO', () => {
  it('tells distinct bytes, total and rate, at most four times a second', () => {
    watch.opened(VIEW, BMC);
    for (let count = 0; count < 100; count += 1) {
      clock.advance(10);
      watch.delivered(VIEW, BMC.ip, (count % 50) * 10, 10);
    }
    expect(activity.shown).toHaveLength(4);
    expect(activity.shown.at(-1)).toMatchObject({ key: `iso:${VIEW.token}`, done: 500, total: 1000, rate: 1000, finished: false });
  });

  it('ends when everything was read', () => {
    read(0, 1000);
    expect(activity.shown).toMatchObject([{ done: 1000, finished: true }]);
  });

  it('ends when the reader fell silent, and when the service stops', () => {
    watch.opened(VIEW, BMC);
    clock.advance(300);
    watch.delivered(VIEW, BMC.ip, 0, 10);
    expect(activity.shown).toMatchObject([{ finished: false }]);
    clock.advance(65_000);
    expect(activity.shown.at(-1)).toMatchObject({ finished: true });
    watch.delivered(VIEW, BMC.ip, 10, 10);
    watch.endAll();
    expect(activity.shown.at(-1)).toMatchObject({ finished: true });
    expect(clock.timers).toEqual([]);
  });
});

describe('refusals', () => {
  it('of one address are 20 events a minute, whatever it asks for', () => {
    const log = new RefusalLog(protectionOf(activity, clock).strangers);
    const ask = (ip: string, name: number) => log.record('bootfile.refused', ip, new BootbenchError('E_NOT_FOUND', `no ${name}`));
    for (let name = 0; name < 600; name += 1) ask('10.0.0.9', name);
    ask('10.0.0.10', 0);
    const refusals = () => activity.types().filter((type) => type === 'bootfile.refused');
    expect(refusals()).toHaveLength(21);
    clock.advance(60_000);
    ask('10.0.0.9', 601);
    expect(refusals()).toHaveLength(22);
  });

  it.each([-YEAR, YEAR])('b7: are events again a minute later, where the clock was set by %d ms', (step) => {
    const log = new RefusalLog(protectionOf(activity, clock).strangers);
    const refuse = () => log.record('iso.refused', '10.0.0.9', new BootbenchError('E_VIEW_GONE', 'gone'));
    refuse();
    clock.ahead = step;
    clock.advance(59_999);
    refuse();
    expect(activity.events).toHaveLength(1);
    clock.advance(1);
    refuse();
    expect(activity.events).toHaveLength(2);
  });

  it('are one event a minute for the same reason and address', () => {
    const log = new RefusalLog(protectionOf(activity, clock).strangers);
    const gone = new BootbenchError('E_VIEW_GONE', 'gone');
    for (let count = 0; count < 10; count += 1) log.record('iso.refused', '10.0.0.9', gone);
    log.record('iso.refused', '10.0.0.10', gone);
    log.record('iso.refused', '10.0.0.9', new BootbenchError('E_NOT_FOUND', 'x'));
    clock.advance(60_000);
    log.record('iso.refused', '10.0.0.9', gone);
    expect(activity.events.map(({ ip, data }) => `${ip} ${String(data?.code)}`)).toEqual([
      '10.0.0.9 E_VIEW_GONE',
      '10.0.0.10 E_VIEW_GONE',
      '10.0.0.9 E_NOT_FOUND',
      '10.0.0.9 E_VIEW_GONE',
    ]);
  });
});
