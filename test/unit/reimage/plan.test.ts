import { describe, expect, it } from 'vitest';
import type { BmcIdentity } from '../../../contract/bmc.ts';
import { Host, type ImageIndex } from '../../../contract/inventory.ts';
import type { JobMethod, StepName } from '../../../contract/jobs.ts';
import { bootOnceOf, chooseMethod, planSteps } from '../../../main-services/reimage/plan.ts';
import { compareMachine, factsToTake, mustBeSameMachine, newFacts } from '../../../main-services/reimage/same-machine.ts';
import { netbootNoProgress } from '../../../main-services/reimage/no-progress.ts';
import { IMAGE_INDEX } from '../../fixtures/data-fixture.ts';

const MAC = '52:54:00:00:00:01';
const hostOf = (more: Record<string, unknown> = {}) =>
  Host.parse({ name: 'r1', interfaces: [{ mac: MAC }], createdAt: 1, updatedAt: 1, ...more });
const image = (index: Partial<ImageIndex> = {}) => ({ name: 'lab', index: { ...IMAGE_INDEX, ...index } });
const assigned = (method: string) => ({ assignment: { image: 'lab', method, state: 'armed', armedAt: 1 } });
const FEDORA = { id: 'fedora', title: 'Fedora', arch: [], kernel: { path: 'vmlinuz', initrds: ['initrd'] } };
const UUID = '4c4c4544-0011-2233-8000-00000000000a';

describe('steps', () => {
  it.each<[JobMethod, StepName[] | undefined, string]>([
    ['virtual-media', undefined, 'preflight power-off eject insert boot-once power-on watch finish'],
    ['pxe', undefined, 'preflight boot-once power-cycle watch finish'],
    ['by-hand', undefined, 'preflight wake ask watch finish'],
    ['pxe', ['power-off', 'eject'], 'preflight power-off eject'],
    ['pxe', ['power-on', 'preflight', 'clean-up'], 'preflight power-on'],
  ])('%s %j', (method, tasks, steps) => expect(planSteps(method, tasks).join(' ')).toBe(steps));
});

describe('method', () => {
  const cases: [string, Parameters<typeof chooseMethod>, string][] = [
    ['a BMC with media', [hostOf(), image(), { media: true }, {}], 'virtual-media'],
    ['a BMC that may have media', [hostOf(), image(), { media: undefined }, {}], 'virtual-media'],
    ['a BMC without media', [hostOf(), image(), { media: false }, {}], 'pxe'],
    ['no BMC', [hostOf(), image(), undefined, {}], 'by-hand'],
    ['by hand though there is a BMC', [hostOf(), image(), { media: true }, { method: 'by-hand' }], 'by-hand'],
    ['PXE was asked for', [hostOf(), image(), { media: true }, { method: 'pxe' }], 'pxe'],
    ['the assignment wants to netboot', [hostOf(assigned('kernel')), image({ profile: FEDORA }), { media: true }, {}], 'pxe'],
    ['h1: the assignment wants a kernel, and there is none', [hostOf(assigned('kernel')), image(), { media: true }, {}], 'E_BOOT_METHOD'],
    ['the assignment wants a medium', [hostOf(assigned('virtual-media')), image(), { media: undefined }, {}], 'virtual-media'],
    ['a medium was asked for, and there is none', [hostOf(), image(), { media: false }, { method: 'virtual-media' }], 'E_BMC_UNSUPPORTED'],
    [
      'h1: PXE over HTTP of an ISO over 4 GiB on a BIOS machine, before it is touched',
      [hostOf({ ...assigned('http-san'), facts: { firmwareArch: 0 } }), image({ size: 5 * 2 ** 30 }), { media: false }, {}],
      'E_BOOT_METHOD',
    ],
    ['h1: the same over iSCSI', [hostOf({ facts: { firmwareArch: 0 } }), image({ size: 5 * 2 ** 30 }), { media: false }, {}], 'pxe'],
    ['the assignment wants iSCSI', [hostOf(assigned('iscsi')), image(), { media: true }, {}], 'pxe'],
    ['h1: the same on UEFI', [hostOf({ facts: { firmwareArch: 7 } }), image({ size: 5 * 2 ** 30 }), { media: false }, {}], 'pxe'],
    ['PXE was asked for without a BMC', [hostOf(), image(), undefined, { method: 'pxe' }], 'E_NO_BMC'],
    ['no firmware starts the image', [hostOf(), image({ biosBootable: false, uefiBootable: false }), { media: true }, {}], 'pxe'],
    ['tasks with media', [hostOf(), image(), { media: true }, { tasks: ['eject', 'insert'] }], 'virtual-media'],
    ['tasks with power', [hostOf(), image(), { media: true }, { tasks: ['power-off'] }], 'pxe'],
    ['tasks for hands', [hostOf(), image(), undefined, { tasks: ['wake', 'watch'] }], 'by-hand'],
    ['tasks that need a BMC', [hostOf(), image(), undefined, { tasks: ['power-off'] }], 'E_NO_BMC'],
  ];
  it.each(cases)('%s', (_words, args, expected) => {
    if (expected.startsWith('E_')) expect(() => chooseMethod(...args)).toThrow(expect.objectContaining({ code: expected }));
    else {
      const { method, reason } = chooseMethod(...args);
      expect(method).toBe(expected);
      expect(reason).toMatch(/\.$/);
    }
  });
});

describe('boot once', () => {
  it.each([
    [{ method: 'virtual-media', wanted: {} }, {}, {}, { device: 'cdrom', efi: true }],
    [{ method: 'virtual-media', wanted: {} }, {}, { uefiBootable: false }, { device: 'cdrom', efi: false }],
    [{ method: 'virtual-media', wanted: {} }, { facts: { firmwareArch: 0 } }, {}, { device: 'cdrom', efi: false }],
    [{ method: 'pxe', wanted: {} }, {}, { uefiBootable: false }, { device: 'pxe', efi: true }],
    [{ method: 'pxe', wanted: { bootDevice: 'disk', efi: false } }, {}, {}, { device: 'disk', efi: false }],
  ] as const)('%j %j %j → %j', (job, host, index, expected) => expect(bootOnceOf(job, hostOf(host), image(index))).toEqual(expected));
});

const FILL_IN = '03000200-0400-0500-0006-000700080009';

describe('the wrong-machine guard', () => {
  const bmc = (told: Partial<BmcIdentity>): BmcIdentity => ({
    protocol: 'redfish',
    vendor: 'Lab',
    macs: [],
    media: true,
    bootDevices: [],
    powerActions: [],
    ...told,
  });
  it.each<[string, Record<string, unknown>, Partial<BmcIdentity>, string]>([
    ['the same UUID', { uuid: UUID }, { uuid: UUID.toUpperCase() }, 'same'],
    ['the same UUID in the other byte order', { uuid: UUID }, { uuid: '44454c4c-1100-3322-8000-00000000000a' }, 'same'],
    ['the same UUID, another serial (a board’s)', { uuid: UUID, serial: 'TAG' }, { uuid: UUID, serial: 'CNBOARD' }, 'same'],
    [
      'another UUID, though a MAC is shared',
      { uuid: UUID },
      { uuid: UUID.replace('a', 'b').replace('4c4c', '4c4d'), macs: [MAC] },
      'unknown',
    ],
    ['a shared MAC', {}, { macs: ['52:54:00:00:00:99', MAC] }, 'same'],
    ['no UUID, other MACs', {}, { macs: ['52:54:00:00:00:99'] }, 'unknown'],
    ['other MACs but the same serial', { serial: 'sn1' }, { macs: ['52:54:00:00:00:99'], serial: 'SN1' }, 'same'],
    ['another serial', { serial: 'SN1' }, { serial: 'SN2' }, 'other'],
    ['a placeholder serial on both sides', { serial: 'To be filled by O.E.M.' }, { serial: 'To be filled by O.E.M.' }, 'unknown'],
    ['an unset UUID', { uuid: UUID }, { uuid: '00000000-0000-0000-0000-000000000000' }, 'unknown'],
    ['nothing on either side', {}, {}, 'unknown'],
  ])('%s', (_words, facts, told, kind) => {
    const compared = compareMachine(hostOf({ facts }), bmc(told));
    expect(compared.kind).toBe(kind);
    expect(compared.message).toMatch(/r1/);
  });

  it.each<[string, Record<string, unknown>, Partial<BmcIdentity>, boolean]>([
    ['nothing to compare, as IPMI often has', {}, {}, true],
    ['the right MAC', {}, { macs: [MAC] }, true],
    ['r4: a default UUID on both, other MACs', { uuid: FILL_IN }, { uuid: FILL_IN, macs: ['52:54:00:00:00:99'] }, false],
    ['r4: a default UUID against a true one, the right MAC', { uuid: UUID }, { uuid: FILL_IN, macs: [MAC] }, true],
    ['f10: only MACs, and the host’s is not listed', {}, { uuid: UUID, macs: ['52:54:00:00:00:99'] }, false],
    [
      'a MAC of this host and the UUID of another machine',
      { uuid: UUID },
      { uuid: '3f1c9a52-0b7e-4d21-9c55-7a1de0c0ffee', macs: [MAC] },
      false,
    ],
  ])('lets nothing through that differs: %s', (_words, facts, told, passes) => {
    const guard = () => mustBeSameMachine(hostOf({ facts }), bmc(told));
    if (passes) expect(guard()).toMatch(/r1/);
    else expect(guard).toThrow(expect.objectContaining({ code: 'E_BMC_WRONG_MACHINE' }) as Error);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, Partial<BmcIdentity>, RegExp]>([
    ['the BMC reports the UUID of another host', {}, { facts: { uuid: UUID } }, { uuid: UUID }, /reports the UUID .* of r2/],
    ['… its serial number', {}, { facts: { serial: 'SN2' } }, { serial: 'sn2' }, /serial number .* of r2/],
    [
      'another host has the same BMC',
      { bmc: { address: 'redfish://192.0.2.7' } },
      { bmc: { address: '192.0.2.7' } },
      {},
      /r2 has the same/,
    ],
  ])('f10: a host without facts is no other host’s machine: %s', (_words, own, others, told, words) => {
    const [host, other] = [hostOf(own), { ...hostOf({ interfaces: [{ mac: '52:54:00:00:00:0f' }], ...others }), name: 'r2' }];
    expect(mustBeSameMachine(host, bmc(told), [host])).toMatch(/r1/);
    const guard = () => mustBeSameMachine(host, bmc(told), [host, other]);
    expect(guard).toThrow(
      expect.objectContaining({ code: 'E_BMC_WRONG_MACHINE', message: expect.stringMatching(words) as string }) as Error,
    );
  });

  it('the facts of a machine that has the MAC of another host are not taken over', () => {
    const other = { ...hostOf({ interfaces: [{ mac: '52:54:00:00:00:02' }] }), name: 'r2' };
    const take = () => factsToTake(hostOf(), bmc({ uuid: UUID, macs: ['52:54:00:00:00:02'] }), [hostOf(), other]);
    expect(take).toThrow(expect.objectContaining({ code: 'E_EXISTS', message: expect.stringContaining('MAC') as string }) as Error);
    expect(factsToTake(hostOf(), bmc({ uuid: UUID, macs: [MAC] }), [hostOf(), other])).toMatchObject({ uuid: UUID });
  });

  it('two machines of one BMC, each named by its address, are two', () => {
    const [host, other] = ['1', '2'].map((id) => ({
      ...hostOf({ bmc: { address: `192.0.2.7/redfish/v1/Systems/${id}` }, interfaces: [{ mac: `52:54:00:00:00:0${id}` }] }),
      name: `r${id}`,
    }));
    expect(mustBeSameMachine(host!, bmc({ system: { path: '/redfish/v1/Systems/1', others: 1, isNamed: true } }), [host!, other!])).toMatch(
      /r1/,
    );
  });

  it('new facts are those that the record lacks', () => {
    expect(newFacts(hostOf({ facts: { serial: 'S' } }), bmc({ uuid: UUID, serial: 'T' }))).toEqual({ uuid: UUID, manufacturer: 'Lab' });
    expect(newFacts(hostOf({ facts: { uuid: UUID, serial: 'S', manufacturer: 'M', product: 'P' } }), bmc({ model: 'X' }))).toBeUndefined();
  });
});

describe('a netboot that came to nothing', () => {
  it.each([
    [[], 'did not request an address'],
    [['dhcp.discover'], 'got none'],
    [['dhcp.discover', 'dhcp.offer'], 'spanning tree'],
    [['dhcp.ack', 'tftp.completed'], 'Secure Boot may reject'],
    [['tftp.completed', 'script.served'], 'does not read the ISO'],
    [['dhcp.ack', 'boot.secure-boot-suspected'], 'does not boot: text'],
  ] as const)('%j', (types, words) => {
    expect(
      netbootNoProgress(
        'r1',
        types.map((type) => ({ type, message: 'text' })),
      ),
    ).toContain(words);
  });
});
