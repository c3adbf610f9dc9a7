import { describe, expect, it } from 'vitest';
import type { BmcIdentity, BmcStatus } from '../../../contract/bmc.ts';
import type { Host, Image } from '../../../contract/inventory.ts';
import type { Job, JobPreview } from '../../../contract/jobs.ts';
import { bmcTitle, nextBoot, sensorValue } from '../../../renderer/features/bmc/labels.ts';
import { powerActionsOf } from '../../../renderer/features/bmc/power-actions.ts';
import { reimageTitle } from '../../../renderer/features/reimage/labels.ts';
import {
  concurrencies,
  currentSystem,
  overwritesDisks,
  plannedMachines,
  previewRevision,
  startable,
} from '../../../renderer/features/reimage/planned-machines.ts';

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
  ({ name: 'Fedora-43', kind: 'install', updatedAt: 0, index: { biosBootable: true, uefiBootable: true }, ...more }) as Image;
const preview = (of: string, more: Partial<JobPreview> = {}): JobPreview => ({
  host: of,
  method: 'pxe',
  reason: 'r',
  steps: [],
  coverage: [],
  ...more,
});
const assigned = (part: Partial<NonNullable<Host['assignment']>>): Host => {
  const { assignment } = host();
  return host({ ...(assignment && { assignment: { ...assignment, ...part } }) });
};

describe('the machines of the sheet', () => {
  const hosts = { a: host(), b: host({ name: 'b' }) };
  const refusal = { code: 'E_IN_USE' as const, title: 'In use', message: 'b has a job.', next: 'Wait.' };

  it('are shown before the appliance has answered, and started only after', () => {
    const machines = plannedMachines(['a', 'b', 'gone'], hosts);
    expect(machines.map(({ host: { name }, preview: planned }) => [name, planned])).toEqual([
      ['a', undefined],
      ['b', undefined],
    ]);
    expect(startable(machines)).toEqual([]);
  });

  it('are started unless the appliance refuses them', () => {
    const machines = plannedMachines(['a', 'b'], hosts, [preview('b', { refusal }), preview('a')]);
    expect(startable(machines).map(({ host: { name } }) => name)).toEqual(['a']);
    expect(machines[1]?.preview?.refusal).toBe(refusal);
  });

  it('are previewed again when host, image, BMC or jobs change, and not otherwise', () => {
    const images = { 'Fedora-43': image() };
    const base = { hosts, images, jobs: {}, bmcs: {} };
    const job = (of: string): Job => ({ id: 'j', host: of, state: 'running' }) as Job;
    const before = previewRevision(['a'], base);
    const after = [
      { ...base, hosts: { ...hosts, a: host({ updatedAt: 1 }) } },
      { ...base, images: { 'Fedora-43': image({ updatedAt: 1 }) } },
      { ...base, bmcs: { a: STATUS } },
      { ...base, jobs: { j: job('a') } },
    ];
    for (const changed of after) expect(previewRevision(['a'], changed)).not.toBe(before);
    expect(previewRevision(['a'], { ...base, jobs: { j: job('b') }, bmcs: { b: STATUS } })).toBe(before);
  });

  it('overwrite disks unless all of them boot live images', () => {
    const machines = plannedMachines(['a'], hosts);
    expect(overwritesDisks(machines, { 'Fedora-43': image() })).toBe(true);
    expect(overwritesDisks(machines, { 'Fedora-43': image({ kind: 'live' }) })).toBe(false);
  });

  it('have a current system where it is known', () => {
    expect(currentSystem(assigned({ state: 'done' }), undefined)).toBe('Fedora-43');
    expect(currentSystem(host(), undefined)).toBeUndefined();
  });

  it('are counted', () => {
    expect([1, 3].map(reimageTitle)).toEqual(['Reimage 1 machine', 'Reimage 3 machines']);
    expect([1, 2, 5, 100].map(concurrencies)).toEqual([[1], [1, 2], [1, 2, 4, 8], [1, 2, 4, 8, 16, 32, 64]]);
  });
});

describe('a BMC in words', () => {
  it('who it is and what it can do', () => {
    expect(bmcTitle(IDENTITY)).toBe('Dell Inc. PowerEdge R750 via Redfish');
    expect(powerActionsOf(IDENTITY).map(({ action }) => action)).toEqual(['on', 'off']);
    expect(powerActionsOf(undefined)).toHaveLength(5);
    expect(sensorValue({ name: 'x', value: 61.42, unit: '°C' })).toBe('61.4 °C');
  });

  it('what it boots next', () => {
    expect(nextBoot(undefined)).toBe('In the machine’s own boot order');
    expect(nextBoot({ device: 'cdrom', once: true, efi: true })).toBe('Once from CD (UEFI)');
    expect(nextBoot({ device: 'pxe', once: false })).toBe('Every time from the network');
  });
});
