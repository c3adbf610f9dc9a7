import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { STRIP_PIECES, type ReceiptFile } from '../../../contract/views.ts';
import { IsoWatch } from '../../../main-services/reading/iso-watch.ts';
import { extentsOf, openIsoFile } from '../../../main-services/iso/files/iso-file.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { buildIso, placeOf } from '../iso/build-iso.ts';
import { testView } from '../../fixtures/view.ts';
import { Recorder } from '../../fixtures/recorder.ts';
import { HandClock } from './hand-clock.ts';

const KERNEL = Buffer.alloc(20_000, 'k');
const ISO = buildIso({
  files: [
    { path: 'boot/grub/grub.cfg', bytes: Buffer.from('linux /vmlinuz\n') },
    { path: 'ks.cfg', bytes: Buffer.from('lang en_US\n') },
    { path: 'vmlinuz', bytes: KERNEL },
    { path: 'initrd.img', bytes: Buffer.alloc(9000, 'i') },
    { path: 'big.squashfs', bytes: Buffer.alloc(4 * 1024 * 1024, 's') },
    ...Array.from({ length: 70 }, (_, at) => ({ path: `loader/entries/${at}.conf`, bytes: Buffer.from(`title ${at}\n`) })),
    { path: 'README', bytes: Buffer.from('read me') },
  ],
  tail: 32,
});
const at = (text: string) => placeOf(ISO, text);
const own = (path: string, what: ReceiptFile['what'], offset: number, after: number): ReceiptFile => ({
  path,
  where: 'iso',
  what,
  offset,
  before: 0,
  after,
});
const VIEW = testView({
  token: 'abcdef0123456789',
  host: 'node-1',
  mac: '52:54:00:88:00:02',
  image: 'fedora',
  source: memorySource(ISO),
  base: memorySource(ISO),
  receipt: [own('boot/grub/grub.cfg', 'in place', at('linux /vmlinuz'), 15), own('ks.cfg', 'injected', at('lang en_US'), 11)],
  patched: [
    { offset: 32_768, length: 2048 },
    { offset: at('linux /vmlinuz'), length: 15 },
    { offset: at('lang en_US'), length: 11 },
  ],
});
const IP = '10.0.0.9';

let clock: HandClock;
let activity: Recorder;
let watch: IsoWatch;
beforeEach(async () => {
  clock = new HandClock();
  activity = new Recorder(clock.now);
  watch = new IsoWatch(activity, clock);
  watch.opened(VIEW, { ip: IP, userAgent: undefined });
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
});
const read = (offset: number, length: number) => {
  watch.opened(VIEW, { ip: IP, userAgent: undefined });
  watch.delivered(VIEW, IP, offset, length);
};
const readKernel = () => read(at('kkkk'), KERNEL.length);
const told = (type: string) => activity.events.filter((event) => event.type === type);

describe('files that a machine reads', () => {
  it('are told when they are whole: boot configurations, kernels, initrds, own and large ones', () => {
    read(at('linux /vmlinuz'), 15);
    read(at('kkkk'), 10_000);
    readKernel();
    read(at('iiii'), 9000);
    read(at('ssss'), 4 * 1024 * 1024);
    read(at('read me'), 7);
    expect(told('iso.file-read').map(({ message: text, data }) => [text, data?.bytes])).toEqual([
      ['node-1 has read boot/grub/grub.cfg.', 15],
      ['node-1 has read vmlinuz.', 20_000],
      ['node-1 has read initrd.img.', 9000],
      ['node-1 has read big.squashfs.', 4 * 1024 * 1024],
    ]);
  });

  it('are told 64 times at most in one boot, kernel and own files among them, and counted beyond', () => {
    read(0, ISO.length);
    expect(told('iso.file-read').map(({ data }) => data?.file)).toEqual(expect.arrayContaining(['vmlinuz', 'initrd.img', 'ks.cfg']));
    expect(told('iso.file-read').length).toBeLessThanOrEqual(64);
    expect(told('iso.completed')[0]?.data).toMatchObject({ files: 75 });
  });

  it('count when they were read before the ISO’s tree was known', async () => {
    const early = { ...VIEW, token: 'early', base: memorySource(ISO) };
    watch.opened(early, { ip: IP, userAgent: undefined });
    watch.delivered(early, IP, 0, ISO.length);
    expect(told('iso.file-read')).toEqual([]);
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    expect(told('iso.file-read').length).toBeGreaterThan(10);
    expect(told('iso.config-read')).toHaveLength(1);
  });

  it('are the part of the progress', () => {
    clock.advance(300);
    read(at('ssss'), 1024 * 1024);
    const { part, strip } = activity.shown.at(-1) ?? {};
    expect(part).toEqual({ name: 'big.squashfs', done: 1024 * 1024, total: 4 * 1024 * 1024 });
    expect(strip).toHaveLength(STRIP_PIECES);
    expect(strip).toMatch(/^0+[1-9]9+[1-8]?0+$/);
    clock.advance(300);
    read(at('read me'), 3);
    expect(activity.shown.at(-1)?.part).toEqual({ name: 'README', done: 3, total: 7 });
  });

  it('are counted by their places when they are fetched one by one', async () => {
    const extents = extentsOf(await openIsoFile(VIEW.source, 'VMLINUZ')) ?? [];
    watch.deliveredOfFile(VIEW, IP, extents, 0, 15_000);
    expect(watch.of('node-1')?.files).toMatchObject([{ path: 'vmlinuz', read: 15_000 }]);
    watch.deliveredOfFile(VIEW, IP, extents, 15_000, 5000);
    expect(told('iso.file-read')).toHaveLength(1);
    watch.deliveredOfFile(
      VIEW,
      IP,
      [
        { offset: 0, length: 10 },
        { offset: 100, length: 10 },
      ],
      5,
      10,
    );
    expect(watch.of('node-1')?.covered).toBe(20_000 + 10);
  });
});

describe('what is its own', () => {
  it('was read with its boot configuration, not with a descriptor or folder that differs too', () => {
    read(32_768, 2048);
    expect(told('iso.patched-read')).toEqual([]);
    read(at('linux /vmlinuz') + 14, 1);
    expect(told('iso.patched-read')).toHaveLength(1);
  });

  it('is a file that was put in, where no boot configuration differs', () => {
    const view = { ...VIEW, token: 'files only', receipt: VIEW.receipt.slice(1) };
    watch.opened(view, { ip: IP, userAgent: undefined });
    watch.delivered(view, IP, at('linux /vmlinuz'), 15);
    expect(told('iso.patched-read')).toEqual([]);
    watch.delivered(view, IP, at('lang en_US'), 11);
    expect(told('iso.patched-read')).toHaveLength(1);
  });
});

describe('the config on the medium', () => {
  it('was read when a request begins with it', () => {
    clock.advance(1000);
    read(at('lang en_US'), 2048);
    expect(told('iso.config-read')).toMatchObject([{ message: 'node-1 read its config ks.cfg from fedora.', data: { file: 'ks.cfg' } }]);
    expect(watch.of('node-1')).toMatchObject({ configReadAt: 1000 });
    read(at('lang en_US'), 2048);
    expect(told('iso.config-read')).toHaveLength(1);
  });

  it('was not, when a boot loader’s large request happened to hold it; after the kernel any request counts', () => {
    read(at('linux /vmlinuz'), at('lang en_US') - at('linux /vmlinuz') + 2048);
    expect(told('iso.config-read')).toEqual([]);
    readKernel();
    read(at('lang en_US') - 2048, 4096);
    expect(told('iso.config-read')).toHaveLength(1);
  });
});

describe('a machine that stops reading', () => {
  it('has stalled 45 s after its kernel, told once per silence, until it goes on', () => {
    readKernel();
    clock.advance(44_000);
    expect(told('iso.stalled')).toEqual([]);
    clock.advance(6000);
    expect(told('iso.stalled')).toMatchObject([
      { message: 'node-1 loaded its kernel, then read nothing for 45 s.', host: 'node-1', data: { since: 0 } },
    ]);
    expect(watch.of('node-1')).toMatchObject({ stalledSince: 0, rate: 0 });
    expect(activity.shown.at(-1)).toMatchObject({ message: 'node-1 loaded its kernel, then read nothing for 45 s.', finished: false });
    clock.advance(60_000);
    expect(told('iso.stalled')).toHaveLength(1);
    read(at('iiii'), 100);
    expect(watch.of('node-1')?.stalledSince).toBeUndefined();
    expect(activity.shown.at(-1)).toMatchObject({ message: 'node-1 reads fedora', finished: false });
    clock.advance(60_000);
    expect(told('iso.stalled')).toHaveLength(2);
  });

  it('has not, before its kernel is whole', () => {
    read(at('kkkk'), 19_999);
    clock.advance(120_000);
    expect(told('iso.stalled')).toEqual([]);
  });

  it('has not, when it has read everything', () => {
    read(0, ISO.length);
    clock.advance(120_000);
    expect(told('iso.stalled')).toEqual([]);
  });

  it.each(['assignment.done', 'boot.complete', 'config.served'] as const)('has not, after %s', (type) => {
    readKernel();
    activity.record({ type, host: 'node-1', message: '' });
    clock.advance(120_000);
    expect(told('iso.stalled')).toEqual([]);
  });

  it('has, when its initrd leased an address and its config is still on the medium', () => {
    readKernel();
    activity.record({ type: 'dhcp.os-lease', mac: VIEW.mac, message: '' });
    clock.advance(60_000);
    expect(told('iso.stalled')).toHaveLength(1);
  });
});

describe('what a host has read', () => {
  it('is nothing before its first read', () => {
    expect(watch.of('node-2')).toBeUndefined();
  });

  it('is its latest boot’s: size, pieces, files in their order, and whether they are its own', () => {
    clock.advance(1000);
    readKernel();
    clock.advance(500);
    read(at('lang en_US'), 11);
    expect(watch.of('node-1')).toMatchObject({
      image: 'fedora',
      token: VIEW.token,
      ip: IP,
      size: ISO.length,
      covered: 20_011,
      startedAt: 0,
      lastAt: 1500,
      files: [
        { path: 'vmlinuz', size: 20_000, read: 20_000, firstAt: 1000, lastAt: 1000, own: false },
        { path: 'ks.cfg', size: 11, read: 11, firstAt: 1500, own: true },
      ],
    });
    const { strip } = watch.of('node-1')!;
    expect(strip).toHaveLength(STRIP_PIECES);
    expect(strip.reduce((sum, part) => sum + part, 0)).toBeCloseTo((20_011 / ISO.length) * STRIP_PIECES, 1);
  });

  it('stays known after a new script and after the service stopped', () => {
    readKernel();
    activity.record({ type: 'script.served', mac: VIEW.mac, message: '' });
    expect(watch.of('node-1')).toMatchObject({ covered: 20_000 });
    read(0, 100);
    expect(watch.of('node-1')).toMatchObject({ covered: 100 });
    watch.endAll();
    expect(watch.of('node-1')).toMatchObject({ covered: 100 });
  });
});
