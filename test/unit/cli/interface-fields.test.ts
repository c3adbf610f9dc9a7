import { describe, expect, it } from 'vitest';
import { nameOf } from '../../../cli/commands/images.ts';
import { UsageError } from '../../../cli/command.ts';
import { hostPatchOf } from '../../../cli/interface-fields.ts';
import type { Host } from '../../../contract/inventory.ts';

const A = '52:54:00:00:00:0a';
const B = '52:54:00:00:00:0b';
const host = (macs: string[]): Host => ({
  name: 'h',
  interfaces: macs.map((mac) => ({ mac, allowPXE: true, facility: 'lab' })),
  localBoot: { kind: 'exit' },
  vars: {},
  facts: {},
  createdAt: 0,
  updatedAt: 0,
});

describe('host set', () => {
  it.each([
    ['ip=10.0.0.5', { ip: '10.0.0.5' }],
    ['allow-pxe=false', { allowPXE: false }],
    ['allowPXE=false', { allowPXE: false }],
    ['leaseTime=600', { leaseTime: 600 }],
    ['lease-time=ten', { leaseTime: 'ten' }],
    ['vlan=12', { vlan: 12 }],
    ['name-servers=1.1.1.1,9.9.9.9', { nameServers: ['1.1.1.1', '9.9.9.9'] }],
    [
      'classless-routes=10.1.0.0/16=10.0.0.1,10.2.0.0/16=10.0.0.2',
      {
        classlessRoutes: [
          { destination: '10.1.0.0/16', router: '10.0.0.1' },
          { destination: '10.2.0.0/16', router: '10.0.0.2' },
        ],
      },
    ],
    ['extra-args=console=ttyS0 quiet', { extraArgs: 'console=ttyS0 quiet' }],
    ['source-iso=http://a/b.iso?x=1', { sourceISO: 'http://a/b.iso?x=1' }],
    ['boot-file=snp.efi', { bootFile: 'snp.efi' }],
  ])('%s', (assignment, fields) => {
    expect(hostPatchOf(host([A]), undefined, [assignment])).toEqual({
      interfaces: [{ mac: A, allowPXE: true, facility: 'lab', ...fields }],
    });
  });

  it('an empty value removes the field', () => {
    expect(hostPatchOf(host([A]), undefined, ['facility='])).toEqual({ interfaces: [{ mac: A, allowPXE: true }] });
  });

  it('keeps the other interfaces as they are', () => {
    expect(hostPatchOf(host([A, B]), B, ['vlan=5'])).toEqual({
      interfaces: [
        { mac: A, allowPXE: true, facility: 'lab' },
        { mac: B, allowPXE: true, facility: 'lab', vlan: 5 },
      ],
    });
  });

  it.each([
    [
      ['iscsi.device=disk', 'iscsi.keep-san=true', 'ISCSI.initiatorName='],
      { iscsi: { device: 'disk', keepSan: true, initiatorName: null } },
    ],
    [['localBoot=sanboot'], { localBoot: { kind: 'sanboot', file: null } }],
    [['local-boot=efi:\\EFI\\debian\\grubx64.efi'], { localBoot: { kind: 'efi', file: '\\EFI\\debian\\grubx64.efi' } }],
    [['vars.role=web', 'vars.old='], { vars: { role: 'web', old: null } }],
    [['arch=aarch64'], { arch: 'aarch64' }],
  ])('%j is of the host itself', (assignments, patch) => {
    expect(hostPatchOf(host([A, B]), undefined, assignments)).toEqual(patch);
  });

  it.each([
    ['a field that there is not', [A], undefined, 'colour=red', /unknown field "colour"/],
    ['no value', [A], undefined, 'ip', /key=value/],
    ['two interfaces and no MAC', [A, B], undefined, 'ip=10.0.0.5', /several interfaces/],
    ['another machine’s MAC', [A], B, 'ip=10.0.0.5', /has no interface/],
    ['an iSCSI field that there is not', [A], undefined, 'iscsi.lun=1', /iscsi\.device, iscsi\.keepSan, iscsi\.initiatorName/],
    ['a local boot that there is not', [A], undefined, 'localBoot=efi:', /exit, sanboot or efi:FILE/],
  ])('%s is wrong usage', (_name, macs, mac, assignment, sentence) => {
    expect(() => hostPatchOf(host(macs), mac, [assignment])).toThrow(UsageError);
    expect(() => hostPatchOf(host(macs), mac, [assignment])).toThrow(sentence);
  });
});

it.each([
  ['/isos/Fedora Server 43.iso', 'Fedora-Server-43'],
  ['https://example.org/d/debian-13.ISO?x=1', 'debian-13'],
  ['coreos-live.iso', 'coreos-live'],
])('%s is named %s', (path, name) => {
  expect(nameOf(path)).toBe(name);
});
