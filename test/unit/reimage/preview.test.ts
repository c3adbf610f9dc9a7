import { afterEach, describe, expect, it } from 'vitest';
import type { BmcIdentity, BmcStatus } from '../../../contract/bmc.ts';
import type { BootbenchError } from '../../../contract/errors.ts';
import { LOCAL_BOOT, type HostFacts, type ImageIndex } from '../../../contract/inventory.ts';
import type { JobInput, JobPreview } from '../../../contract/jobs.ts';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';
import { openReimage, type ReimageFixture } from './reimage-fixture.ts';

let fixture: ReimageFixture;
afterEach(() => fixture.dispose());

const preview = (hosts: string[], wish: Partial<JobInput> = {}): JobPreview[] => fixture.runner.preview({ hosts, ...wish });
const withoutMedia = () => new ScriptedBmc({ protocol: 'ipmi', media: false });
/** A machine that is not r1. */
const OTHER: BmcIdentity = { ...new ScriptedBmc({ serial: 'SN2' }).identity };
const LARGE = { size: 5 * 2 ** 30 };
const DEBIAN = { profile: { id: 'debian', title: 'Debian', arch: [] } };
const BIOS: HostFacts = { firmwareArch: 0 };

interface Case {
  readonly bmc?: ScriptedBmc;
  readonly facts?: HostFacts;
  readonly index?: Partial<ImageIndex>;
  readonly wish?: Partial<JobInput>;
  /** Changes the assignment that every machine of the fixture has. */
  readonly assign?: 'virtual-media' | 'iscsi' | 'kernel' | 'local boot' | 'nothing';
  readonly expected: string;
}

describe('a preview and the start of the same job', () => {
  it.each<[string, Case]>([
    ['a BMC with media', { bmc: new ScriptedBmc(), expected: 'virtual-media' }],
    ['a BMC without media', { bmc: withoutMedia(), expected: 'pxe' }],
    [
      'virtual media requested, BMC without media',
      { bmc: withoutMedia(), wish: { method: 'virtual-media' }, expected: 'E_BMC_UNSUPPORTED' },
    ],
    ['virtual media assigned, BMC without media', { bmc: withoutMedia(), assign: 'virtual-media', expected: 'E_BMC_UNSUPPORTED' }],
    ['an ISO that no machine can netboot', { bmc: withoutMedia(), index: DEBIAN, expected: 'E_BOOT_METHOD' }],
    ['PXE requested for it', { bmc: new ScriptedBmc(), index: DEBIAN, wish: { method: 'pxe' }, expected: 'E_BOOT_METHOD' }],
    ['an ISO that this machine cannot read over HTTP', { bmc: withoutMedia(), facts: BIOS, index: LARGE, expected: 'pxe' }],
    ['iSCSI assigned', { bmc: new ScriptedBmc(), assign: 'iscsi', expected: 'pxe' }],
    ['a kernel assigned that the ISO does not have', { bmc: new ScriptedBmc(), assign: 'kernel', expected: 'E_BOOT_METHOD' }],
    ['no BMC', { expected: 'by-hand' }],
    ['no BMC, PXE requested', { wish: { method: 'pxe' }, expected: 'E_NO_BMC' }],
    ['no BMC, tasks that need one', { wish: { tasks: ['power-off'] }, expected: 'E_NO_BMC' }],
    ['no assignment', { bmc: new ScriptedBmc(), assign: 'nothing', expected: 'E_NO_SOURCE' }],
    [
      'no assignment, tasks that boot nothing',
      { bmc: new ScriptedBmc(), assign: 'nothing', wish: { tasks: ['power-off'] }, expected: 'pxe' },
    ],
    ['assigned to its own disk', { bmc: new ScriptedBmc(), assign: 'local boot', expected: 'E_NO_SOURCE' }],
    ['an ISO without a boot catalogue', { bmc: new ScriptedBmc(), index: { biosBootable: false, uefiBootable: false }, expected: 'pxe' }],
  ])('agree: %s', async (_name, { bmc, facts = {}, index, wish = {}, assign, expected }) => {
    fixture = await openReimage(index);
    fixture.addMachine('r1', 1, bmc);
    fixture.data.inventory.recordFacts('r1', facts);
    if (assign === 'nothing') fixture.data.inventory.unassign('r1');
    else if (assign === 'local boot') fixture.data.inventory.assign('r1', { image: LOCAL_BOOT, mode: 'once' });
    else if (assign) fixture.data.inventory.assign('r1', { image: 'lab', mode: 'once', method: assign });
    const [planned] = preview(['r1'], wish);
    if (expected.startsWith('E_')) {
      expect(planned!.refusal).toMatchObject({ code: expected });
      expect(() => fixture.start({ hosts: ['r1'], ...wish })).toThrow(
        expect.objectContaining({ code: expected, message: planned!.refusal!.message }) as BootbenchError,
      );
      expect(fixture.runner.list()).toEqual([]);
      return;
    }
    expect(planned).toMatchObject({ host: 'r1', method: expected });
    expect(planned).not.toHaveProperty('refusal');
    const [job] = fixture.start({ hosts: ['r1'], ...wish });
    expect(planned).toMatchObject({ method: job!.method, reason: job!.reason, steps: job!.steps.map(({ name }) => name) });
  });

  it('says over what the machine will boot, and why', async () => {
    fixture = await openReimage(LARGE);
    fixture.addMachine('r1', 1, withoutMedia());
    fixture.data.inventory.recordFacts('r1', BIOS);
    expect(preview(['r1'])[0]?.reason).toMatch(
      /over HTTP the machine’s 32-bit iPXE reads media under 4 GiB only\. .*own loader is tried over iSCSI/,
    );
    fixture.data.inventory.assign('r1', { image: 'lab', mode: 'once', method: 'iscsi' });
    expect(preview(['r1'])[0]?.reason).toMatch(/Boot method iscsi is selected\. .*iBFT/);
  });

  it('agree where a job is running, and for a host that does not exist', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc());
    fixture.start({ hosts: ['r1'] });
    expect(preview(['r1', 'r9', 'r1']).map(({ host, refusal }) => [host, refusal?.code])).toEqual([
      ['r1', 'E_JOB_RUNNING'],
      ['r9', 'E_NOT_FOUND'],
    ]);
    for (const [host, code] of [
      ['r1', 'E_JOB_RUNNING'],
      ['r9', 'E_NOT_FOUND'],
    ] as const)
      expect(() => fixture.start({ hosts: [host] })).toThrow(expect.objectContaining({ code }) as BootbenchError);
  });
});

describe('a warning', () => {
  const statusOf = (bmc: ScriptedBmc, more: Partial<BmcStatus> = {}): BmcStatus => ({
    host: 'r1',
    address: '10.0.0.1',
    identity: bmc.identity,
    power: 'on',
    hasPassword: true,
    checkedAt: 1,
    ...more,
  });
  const machine = async (identity: Partial<BmcIdentity> = {}, facts: HostFacts = {}, index?: Partial<ImageIndex>): Promise<ScriptedBmc> => {
    fixture = await openReimage(index);
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc(identity))!;
    fixture.data.inventory.recordFacts('r1', facts);
    return bmc;
  };

  it('is absent where nothing is known against it', async () => {
    const bmc = await machine();
    fixture.machines.statuses.set('r1', statusOf(bmc));
    expect(preview(['r1'])[0]).not.toHaveProperty('warning');
  });

  it.each<[string, Partial<BmcIdentity>, HostFacts, Partial<BmcStatus>, string]>([
    ['the serial number of another machine', {}, { serial: 'SN1' }, { identity: OTHER }, 'SN2'],
    ['the latest error', {}, {}, { error: { code: 'E_BMC_AUTH', message: 'Rejected: root.', next: '' } }, 'Rejected: root.'],
  ])('names %s', async (_name, identity, facts, status, part) => {
    const bmc = await machine(identity, facts);
    fixture.machines.statuses.set('r1', statusOf(bmc, status));
    const [planned] = preview(['r1']);
    expect(planned).toMatchObject({ method: 'virtual-media', warning: expect.stringContaining(part) as string });
    expect(planned).not.toHaveProperty('refusal');
  });

  it.each<[string, Partial<JobInput>, HostFacts, Partial<ImageIndex>, string]>([
    ['was requested', { method: 'virtual-media' }, {}, {}, 'NFS, CIFS'],
    ['is the only method for this ISO', {}, {}, DEBIAN, 'network'],
  ])('names a BMC that mounts other protocols only, where virtual media %s', async (_name, wish, facts, index, part) => {
    const bmc = await machine({ mediaProtocols: ['NFS', 'CIFS'] }, facts, index);
    fixture.machines.statuses.set('r1', statusOf(bmc));
    const [planned] = preview(['r1'], wish);
    expect(planned).toMatchObject({ method: 'virtual-media', warning: expect.stringContaining(part) as string });
    const [job] = fixture.start({ hosts: ['r1'], ...wish });
    await fixture.settle();
    expect(fixture.runner.get(job!.id).steps[0]?.error?.message).toBe(planned!.warning);
  });

  it('is absent where the job changes to PXE, which the preview tells as the job does', async () => {
    const bmc = await machine({ mediaProtocols: ['NFS', 'CIFS'] });
    fixture.machines.statuses.set('r1', statusOf(bmc));
    const [planned] = preview(['r1']);
    expect(planned).toMatchObject({ method: 'pxe', reason: expect.stringContaining('NFS, CIFS') as string });
    expect(planned).not.toHaveProperty('warning');
    const [started] = fixture.start({ hosts: ['r1'] });
    await fixture.settle();
    const { method, reason, steps } = fixture.runner.get(started!.id);
    expect(planned).toMatchObject({ method, reason, steps: steps.map(({ name }) => name).filter((name) => name !== 'clean-up') });
  });

  it('names a missing password', async () => {
    await machine();
    fixture.machines.bmcs.delete('r1');
    expect(preview(['r1'])[0]).toMatchObject({ warning: expect.stringContaining('password') as string });
  });

  it('sends nothing to a BMC, and stores nothing', async () => {
    const bmc = await machine();
    const before = fixture.data.inventory.snapshot();
    preview(['r1']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(bmc.calls).toEqual([]);
    expect(fixture.data.inventory.snapshot()).toEqual(before);
    expect(fixture.runner.list()).toEqual([]);
  });
});

describe('kernel arguments reach', () => {
  const row = (firmware: 'bios' | 'uefi') => ({ firmware, as: 'any' as const, loaders: [], configs: [], reached: true });
  it.each<[string, ScriptedBmc | undefined, HostFacts, number]>([
    ['the loaders of its firmware, from a medium', new ScriptedBmc(), BIOS, 1],
    ['all loaders, where its firmware is unknown', new ScriptedBmc(), {}, 2],
    ['the loaders that the network disk starts', withoutMedia(), {}, 2],
  ])('%s', async (_name, bmc, facts, count) => {
    fixture = await openReimage({ coverage: [row('bios'), row('uefi')] as unknown as ImageIndex['coverage'] });
    fixture.addMachine('r1', 1, bmc);
    fixture.data.inventory.recordFacts('r1', facts);
    expect(preview(['r1'])[0]!.coverage).toHaveLength(count);
  });
});
