import { describe, expect, it } from 'vitest';
import type { BmcIdentity, BmcStatus } from '../../../contract/bmc.ts';
import { LOCAL_BOOT, type Host, type Image } from '../../../contract/inventory.ts';
import type { Job } from '../../../contract/jobs.ts';
import { bmcTitle, bootWords, changedCertificate, sensorWords, verbsFor } from '../../../renderer/features/bmc/bmc-labels.ts';
import { reimageTitle } from '../../../renderer/features/reimage/labels.ts';
import { concurrencies, overwrites, planOf, runsNow } from '../../../renderer/features/reimage/reimage-plan.ts';

const IDENTITY: BmcIdentity = {
  protocol: 'redfish',
  vendor: 'Dell Inc.',
  model: 'PowerEdge R750',
  serial: 'ABC1234',
  macs: [],
  media: true,
  bootDevices: ['cdrom'],
  powerActions: ['on', 'off'],
};
const STATUS: BmcStatus = { host: 'a', address: '10.0.0.9', identity: IDENTITY, power: 'on', hasPassword: true, checkedAt: 0 };
const host = (more: Partial<Host> = {}): Host => ({
  name: 'a',
  interfaces: [{ mac: '52:54:00:00:00:01', allowPXE: true }],
  localBoot: { kind: 'exit' },
  vars: {},
  facts: { serial: 'abc1234' },
  bmc: { address: '10.0.0.9' },
  assignment: { image: 'Fedora-43', mode: 'once', state: 'armed', armedAt: 0, evidence: [] },
  createdAt: 0,
  updatedAt: 0,
  ...more,
});
const image = (more: Partial<Image> = {}): Image =>
  ({ name: 'Fedora-43', kind: 'install', index: { biosBootable: true, uefiBootable: true }, ...more }) as Image;
const plan = (given: Host, { status, jobs = {}, of = image() }: { status?: BmcStatus; jobs?: Record<string, Job>; of?: Image } = {}) =>
  planOf(given, { images: { 'Fedora-43': of }, jobs, bmcs: status ? { a: status } : {} });
const assigned = (part: Partial<NonNullable<Host['assignment']>>): Host => {
  const { assignment } = host();
  return host({ ...(assignment && { assignment: { ...assignment, ...part } }) });
};

describe('how a machine would be reimaged', () => {
  it.each([
    ['by its virtual CD', host(), {}, 'virtual-media'],
    ['by hand without a BMC', host({ bmc: undefined }), {}, 'by-hand'],
    ['by network when that is chosen', assigned({ method: 'kernel' }), {}, 'pxe'],
    ['by its virtual CD when that is chosen', assigned({ method: 'virtual-media' }), {}, 'virtual-media'],
    ['by network where IPMI has no media', host({ bmc: { address: 'ipmi://10.0.0.9' } }), {}, 'pxe'],
    ['by network where its BMC says so', host(), { status: { ...STATUS, identity: { ...IDENTITY, media: false } } }, 'pxe'],
    [
      'by network without a boot catalogue',
      host(),
      { of: image({ index: { biosBootable: false, uefiBootable: false } as Image['index'] }) },
      'pxe',
    ],
  ] as const)('%s', (_name, given, sources, method) => {
    expect(plan(given, sources)).toMatchObject({ method });
    expect(plan(given, sources).blocked).toBeUndefined();
  });

  it.each([
    ['by virtual media', host(), undefined, 1],
    ['by hand, of a system that is not known', host({ bmc: undefined }), undefined, 1],
    ['by hand, of a system whose kernel can be booted', host({ bmc: undefined }), 'fedora', 0],
    ['by the kernel alone', assigned({ method: 'kernel' }), undefined, 0],
    ['by the network disk', assigned({ method: 'http-san' }), 'fedora', 1],
  ] as const)('j6: arguments by firmware are shown where the ISO’s own boot loader starts: %s', (_name, given, profile, rows) => {
    const row = { firmware: 'bios', as: 'any', loaders: [], configs: [], added: 1, reach: 'all', reason: 'Added.' } as const;
    const index = { biosBootable: true, uefiBootable: true, coverage: [row], ...(profile && { profile: { id: profile } }) };
    expect(plan(given, { of: image({ index: index as unknown as Image['index'] }) }).coverage).toHaveLength(rows);
  });

  it('and why it is left out', () => {
    const running = { id: 'j', host: 'a', state: 'running' } as Job;
    expect(plan(host({ assignment: undefined })).blocked).toMatch(/No ISO is assigned/);
    expect(plan(assigned({ image: LOCAL_BOOT })).blocked).toMatch(/its own disk/);
    expect(plan(assigned({ image: 'gone' })).blocked).toMatch(/gone is not in the library/);
    expect(plan(host(), { jobs: { j: running } }).blocked).toMatch(/under way/);
    expect(plan(host(), { jobs: { j: { ...running, host: 'b' } } }).blocked).toBeUndefined();
  });

  it('and what will probably stop it', () => {
    expect(plan(host(), { status: STATUS }).warning).toBeUndefined();
    expect(plan(host(), { status: { ...STATUS, hasPassword: false } }).warning).toMatch(/No password/);
    expect(plan(host(), { status: { ...STATUS, error: { code: 'E', message: 'It is silent.', next: '' } } }).warning).toBe('It is silent.');
    const row = {
      fact: 'serial' as const,
      host: ['OTHER'],
      machine: ['ABC'],
      verdict: 'other' as const,
      reason: 'different',
      decided: true,
    };
    const comparison = { kind: 'other' as const, rows: [row], message: 'r1 has serial number OTHER, but the BMC reports ABC.' };
    expect(plan(host(), { status: { ...STATUS, comparison } }).warning).toBe(comparison.message);
    expect(plan(host(), { status: { ...STATUS, comparison: { ...comparison, kind: 'same' as const } } }).warning).toBeUndefined();
  });

  it('in words', () => {
    expect([1, 3].map(reimageTitle)).toEqual(['Reimage 1 machine', 'Reimage 3 machines']);
    expect([1, 2, 5, 100].map(concurrencies)).toEqual([[1], [1, 2], [1, 2, 4, 8], [1, 2, 4, 8, 16, 32, 64]]);
    expect(overwrites([plan(host())], { 'Fedora-43': image() })).toBe(true);
    expect(overwrites([plan(host())], { 'Fedora-43': image({ kind: 'live' }) })).toBe(false);
    expect(runsNow(assigned({ state: 'done' }), undefined)).toBe('Fedora-43');
    expect(runsNow(host(), undefined)).toBeUndefined();
  });
});

describe('a BMC in words', () => {
  it('who it is and what it can do', () => {
    expect(bmcTitle(IDENTITY)).toBe('Dell Inc. PowerEdge R750 by Redfish');
    expect(verbsFor(IDENTITY).map(({ action }) => action)).toEqual(['on', 'off']);
    expect(verbsFor(undefined)).toHaveLength(5);
    expect(sensorWords({ name: 'x', value: 61.42, unit: '°C' })).toBe('61.4 °C');
  });

  it('what it boots next', () => {
    expect(bootWords(undefined)).toBe('Boots in its own order.');
    expect(bootWords({ device: 'cdrom', once: true, efi: true })).toBe('Its next boot is from its CD, by UEFI, once.');
    expect(bootWords({ device: 'pxe', once: false })).toBe('Every boot is from the network.');
  });

  it('another certificate: both of them, whichever way round it is told', () => {
    const print = (byte: string): string => Array.from({ length: 32 }, () => byte).join(':');
    const error = { code: 'E_BMC_CERTIFICATE', message: `It shows ${print('bb')} instead of ${print('AA')}.`, next: '' };
    expect(changedCertificate({ ...STATUS, error, pinnedCertificate: print('AA') })).toEqual({ pinned: print('AA'), shown: print('BB') });
    expect(changedCertificate({ ...STATUS, error: { ...error, message: 'It changed.' }, pinnedCertificate: print('AA') })).toEqual({
      pinned: print('AA'),
      shown: undefined,
    });
    expect(changedCertificate(STATUS)).toBeUndefined();
  });
});
