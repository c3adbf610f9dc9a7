import { describe, expect, it } from 'vitest';
import type { BenchEvent } from '../../../../contract/appliance.ts';
import type { ConsoleUrl } from '../../../../contract/console-url.ts';
import type { ErrorCode } from '../../../../contract/error-codes.ts';
import { bootSign, nextBoot, POST_MS, SAME_BOOT_MS, type Boot, type BootSign } from '../../../../main-services/console/session/boots.ts';
import { retryAfter } from '../../../../main-services/console/session/retry.ts';
import { BOOT_MS, JOB_RECHECK_MS, LINGER_MS, wanted, type ConsoleNeed } from '../../../../main-services/console/session/wanted.ts';

describe('wanted', () => {
  const now = 1_000_000_000;
  const none: ConsoleNeed = { now, viewers: 0, jobUnderWay: false, lastBootAt: undefined, lastUsedAt: undefined };

  it.each<[ConsoleUrl['kind']]>([['serial'], ['tcp'], ['telnet'], ['rfc2217']])('%s is always open', (kind) => {
    expect(wanted(kind, none)).toEqual({ open: true, reason: 'always', until: undefined });
  });

  const closed = { open: false, until: undefined };
  it.each<[string, Partial<ConsoleNeed>, object]>([
    ['nothing', {}, closed],
    ['a viewer', { viewers: 1 }, { open: true, reason: 'viewer', until: undefined }],
    ['a job', { jobUnderWay: true }, { open: true, reason: 'job', until: now + JOB_RECHECK_MS }],
    ['a boot now', { lastBootAt: now }, { open: true, reason: 'boot', until: now + BOOT_MS }],
    ['the last moment of a boot', { lastBootAt: now - BOOT_MS + 1 }, { open: true, reason: 'boot', until: now + 1 }],
    ['a boot that just ended', { lastBootAt: now - BOOT_MS }, { open: true, reason: 'linger', until: now + LINGER_MS }],
    ['a boot long ago', { lastBootAt: now - BOOT_MS - LINGER_MS }, closed],
    ['a viewer who just left', { lastUsedAt: now - 1 }, { open: true, reason: 'linger', until: now - 1 + LINGER_MS }],
    ['a viewer who left a minute ago', { lastUsedAt: now - LINGER_MS }, closed],
    ['a viewer during a boot', { viewers: 2, lastBootAt: now }, { open: true, reason: 'viewer', until: undefined }],
    [
      'a boot and an earlier viewer',
      { lastBootAt: now - BOOT_MS, lastUsedAt: now - 9 },
      { reason: 'linger', until: now + LINGER_MS, open: true },
    ],
  ])('sol and ssh with %s', (_what, need, decision) => {
    expect(wanted('sol', { ...none, ...need })).toEqual(decision);
    expect(wanted('ssh', { ...none, ...need })).toEqual(decision);
  });
});

describe('retryAfter', () => {
  it.each<[ConsoleUrl['kind'], ErrorCode, number, number | undefined]>([
    ['tcp', 'E_CONSOLE_UNREACHABLE', 1, 1000],
    ['tcp', 'E_CONSOLE_UNREACHABLE', 2, 2000],
    ['tcp', 'E_CONSOLE_UNREACHABLE', 5, 16_000],
    ['tcp', 'E_CONSOLE_UNREACHABLE', 6, 30_000],
    ['sol', 'E_CONSOLE_GONE', 5000, 30_000],
    ['serial', 'E_CONSOLE_GONE', 1, 50],
    ['serial', 'E_CONSOLE_GONE', 2, 1000],
    ['serial', 'E_CONSOLE_UNREACHABLE', 1, 1000],
    ['serial', 'E_CONSOLE_UNREACHABLE', 500, 1000],
    ['serial', 'E_CONSOLE_BUSY', 1, 30_000],
    ['sol', 'E_CONSOLE_BUSY', 9, 30_000],
    ['serial', 'E_CONSOLE_PERMISSION', 1, 30_000],
    ['ssh', 'E_CONSOLE_AUTH', 1, undefined],
    ['sol', 'E_BMC_AUTH', 1, undefined],
    ['ssh', 'E_CONSOLE_HOST_KEY', 1, undefined],
    ['ssh', 'E_BAD_INPUT', 1, undefined],
    ['sol', 'E_NO_BMC', 1, undefined],
    ['sol', 'E_NO_SECRET', 1, 30_000],
    ['tcp', 'E_INTERNAL', 1, 1000],
  ])('%s, %s for the %ith time: %s ms', (kind, code, failures, ms) => {
    expect(retryAfter(kind, code, failures)).toBe(ms);
  });
});

describe('bootSign', () => {
  const pxe = 'PXEClient:Arch:00007:UNDI:003016';
  it.each<[BenchEvent['type'], BenchEvent['data'], BootSign | undefined]>([
    ['bmc.power', { action: 'on' }, 'power'],
    ['bmc.power', { action: 'cycle' }, 'power'],
    ['bmc.power', { action: 'reset' }, 'power'],
    ['bmc.power', { action: 'off' }, undefined],
    ['bmc.power', { step: 'power-on' }, undefined],
    ['job.step', { step: 'power-on', state: 'running' }, 'power'],
    ['job.step', { step: 'power-cycle', state: 'running' }, 'power'],
    ['job.step', { step: 'power-on', state: 'done' }, undefined],
    ['job.step', { step: 'power-off', state: 'running' }, undefined],
    ['dhcp.discover', { vendorClass: pxe, ipxe: false }, 'firmware'],
    ['dhcp.discover', { vendorClass: 'HTTPClient:Arch:00016', ipxe: false }, 'firmware'],
    ['dhcp.discover', { vendorClass: pxe, ipxe: true }, undefined],
    ['dhcp.discover', { vendorClass: 'udhcp 1.36.1', ipxe: false }, undefined],
    ['dhcp.discover', { ipxe: false }, undefined],
    ['dhcp.ack', { vendorClass: pxe }, undefined],
    ['script.served', {}, 'script'],
    ['iso.file-read', {}, 'reading'],
    ['config.served', {}, 'reading'],
  ])('%s %j is %s', (type, data, sign) => {
    expect(bootSign({ type, data })).toBe(sign);
  });
});

describe('nextBoot', () => {
  const t = 1_000_000;
  const boot = (part: Partial<Boot>): Boot => ({ startedAt: t, netbootAt: undefined, hasRead: false, ...part });
  it.each<[string, Boot | undefined, BootSign, number, boolean]>([
    ['power on is a boot', undefined, 'power', t, true],
    ['every power cycle is another', boot({}), 'power', t + 1, true],
    ['firmware after a long self-test is the boot that power on started', boot({}), 'firmware', t + POST_MS, false],
    ['firmware long after the last power on was reset by something else', boot({}), 'firmware', t + POST_MS + 1, true],
    ['firmware tries its next port', boot({ netbootAt: t }), 'firmware', t + SAME_BOOT_MS, false],
    ['firmware after a pause starts over', boot({ netbootAt: t }), 'firmware', t + SAME_BOOT_MS + 1, true],
    ['firmware after the system read its files is the next boot', boot({ netbootAt: t, hasRead: true }), 'firmware', t + 60_000, true],
    ['the script belongs to the firmware before it', boot({ netbootAt: t }), 'script', t + 20_000, false],
    ['a script without firmware, of iPXE on a stick', undefined, 'script', t, true],
    ['a script again during the installation is the same boot', boot({ netbootAt: t, hasRead: true }), 'script', t + 60_000, false],
    ['reading is never another boot', boot({ netbootAt: t }), 'reading', t + 86_400_000, false],
    ['reading of an unknown boot', undefined, 'reading', t, false],
  ])('%s', (_what, before, sign, at, isNew) => {
    expect(nextBoot(before, sign, at).isNew).toBe(isNew);
  });

  it('moves with repeated requests: a firmware that tries for ten minutes is one boot', () => {
    let state: Boot | undefined;
    const starts: boolean[] = [];
    for (let minute = 0; minute < 10; minute++) {
      const { boot: after, isNew } = nextBoot(state, 'firmware', t + minute * 60_000);
      state = after;
      starts.push(isNew);
    }
    expect(starts.filter(Boolean)).toHaveLength(1);
  });
});
