import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isUnderWay, JobInput, type Job, type StepName } from '../../../contract/jobs.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { jobRows } from '../../../db/jobs.ts';
import { watchEvidence } from '../../../main-services/boot/evidence.ts';
import type { View } from '../../../main-services/boot/boot.ts';
import type { BmcProvider } from '../../../main-services/bmc/provider.ts';
import { JobRunner } from '../../../main-services/reimage/runner.ts';
import { TIMING } from '../../../main-services/reimage/timing.ts';
import { hostInput, LAB_IMAGE, openBench, type DataBench } from '../../fixtures/bench.ts';
import type { FakeBmc } from '../../fixtures/redfish-bmc/fake-bmc.ts';
import type { Faults } from '../../fixtures/redfish-bmc/faults.ts';
import { PROFILE_NAMES, type ProfileName } from '../../fixtures/redfish-bmc/profiles.ts';
import { bench as startBmc, endBmcs } from '../bmc/redfish/bench.ts';

/** The job runner over HTTP against BMCs of every vendor, in a hundredth of the time. */
const UUID = '4c4c4544-0042-3510-8056-b4c04f564433';
const URL = 'http://192.168.77.1:7080/iso/52-54-00-00-00-01/token/lab.iso';
const QUICK_JOB = { ...TIMING, pause: 5, look: 5, insertRead: 10, firstRead: 500, silence: 3000, left: 50, leaving: 5000 };

let bench: DataBench;
let unwatch: () => void;
beforeEach(async () => {
  bench = openBench();
  unwatch = watchEvidence(bench.activity, bench.inventory);
  await bench.inventory.addImage(LAB_IMAGE);
  bench.inventory.addHost({ ...hostInput('r1'), bmc: { address: 'redfish://10.0.0.1', username: 'root' } });
  bench.inventory.recordFacts('r1', { uuid: UUID });
  bench.inventory.assign('r1', { image: 'lab', mode: 'once' });
});
afterEach(async () => {
  unwatch();
  await endBmcs();
  bench.dispose();
});

/** What is done to the BMC before the job. */
type Before = (bmc: FakeBmc, client: BmcProvider) => Promise<void>;

/** One job to its end; the machine reads its medium and its system shows itself when it is started from it. */
async function reimage(profile: ProfileName, faults: Partial<Faults> = {}, before?: Before): Promise<{ job: Job; bmc: FakeBmc }> {
  const { bmc, client } = await startBmc({
    profile,
    faults,
    basic: faults.loseSession !== true,
    machine: { UUID },
    onPower: (on, { cdUrl, bootDevice }) => {
      if (!on || bootDevice !== 'cdrom' || cdUrl !== URL) return;
      bench.activity.record({ type: 'iso.opened', host: 'r1', ip: '10.0.0.1', text: 'r1 began to read lab.' });
      bench.activity.record({ type: 'dhcp.os-lease', host: 'r1', text: 'The system of r1 has an address.' });
    },
  });
  await before?.(bmc, client);
  const runner = new JobRunner({
    rows: jobRows(bench.db),
    inventory: bench.inventory,
    activity: bench.activity,
    bmc: { provider: () => Promise.resolve(client), known: () => ({ media: true }) },
    boot: {
      mediaUrl: () => Promise.resolve({ url: URL, token: 'token' }),
      view: () => Promise.resolve({ source: { size: 4096, read: () => Promise.resolve(new Uint8Array(2048)) } } as unknown as View),
      netboot: () => Promise.resolve({ methodReason: 'It can be read over the network.' } as View),
    },
    readings: { of: () => undefined },
    wake: () => Promise.reject(new Error('nobody wakes it')),
    notify: () => Promise.resolve(),
    clock: systemClock,
    log: silentLog,
    timing: QUICK_JOB,
    newId: () => 'job',
  });
  runner.start(JobInput.parse({ hosts: ['r1'], method: 'virtual-media' }));
  await expect.poll(() => isUnderWay(runner.get('job')), { timeout: 20_000 }).toBe(false);
  return { job: runner.get('job'), bmc };
}

const failedStep = ({ steps }: Job) => steps.find(({ state }) => state === 'failed');

describe('every vendor’s BMC passes the whole job', () => {
  it.each(PROFILE_NAMES.filter((name) => name !== 'nfs-only'))('%s', async (profile) => {
    const { job, bmc } = await reimage(profile);
    expect(failedStep(job)).toBeUndefined();
    expect(job.state).toBe('done');
    expect(bmc.starts).toEqual([{ cdUrl: URL, bootDevice: 'cdrom', efi: true }]);
    expect(bmc.slots().filter(({ Inserted }) => Inserted === true)).toEqual([]);
    expect(job.steps.filter(({ state, evidence }) => state === 'done' && evidence.length === 0)).toEqual([]);
  });
});

describe('what a BMC does wrong ends in its step, with its sentence', () => {
  it.each<[what: string, faults: Partial<Faults>, step: StepName, code: string, sentence: RegExp]>([
    ['a factory password', { passwordChange: true }, 'preflight', 'E_BMC_AUTH', /The factory password must be changed on the BMC first/],
    ['busy for good', { busy: 1e6 }, 'preflight', 'E_BMC_BUSY', /./],
    ['power that never follows', { settle: Infinity }, 'power-off', 'E_BMC_TIMEOUT', /Asked for off at .*, still on after/],
    ['a lying 204', { lyingInsert: true }, 'insert', 'E_BMC_TIMEOUT', /accepted http:.*its slot 1 is empty/],
    ['an ISO that it cannot read', { unreadable: true }, 'insert', 'E_BMC_REFUSED', /could not read http:.*Unable to locate the ISO/],
    ['no licence', { mediaForbidden: true }, 'insert', 'E_BMC_REFUSED', /iDRAC Enterprise/],
    ['an override that does not stay', { bootIgnored: true }, 'boot-once', 'E_BMC_TIMEOUT', /accepted a boot from cdrom, but/],
    ['an override that is refused', { bootRefused: true }, 'boot-once', 'E_BMC_REFUSED', /cannot be assigned a value/],
    ['409 to On for good', { refuseOn: 1e6 }, 'power-on', 'E_BMC_REFUSED', /still refuses power on after .*HTTP 409/],
  ])('%s', async (_what, faults, step, code, sentence) => {
    const { job, bmc } = await reimage('dell', faults);
    expect(job.state).toBe('failed');
    expect(failedStep(job)).toMatchObject({ name: step, error: { code, message: expect.stringMatching(sentence) as string } });
    expect(bmc.starts.filter(({ bootDevice }) => bootDevice === 'cdrom')).toEqual([]);
    expect(bmc.boot().BootSourceOverrideEnabled).toBe('Disabled');
  });

  it('an old medium that stays', async () => {
    const { job } = await reimage('hpe', {}, async (bmc, client) => {
      await client.insert(URL.replace('token', 'older'));
      bmc.faults.staleInserted = 60_000;
    });
    expect(failedStep(job)).toMatchObject({
      name: 'eject',
      error: { code: 'E_BMC_TIMEOUT', message: expect.stringMatching(/Slot 2 still shows http:.*older/) as string },
    });
  });

  it('NFS alone', async () => {
    const { job, bmc } = await reimage('nfs-only');
    expect(failedStep(job)).toMatchObject({
      name: 'insert',
      error: { code: 'E_BMC_UNSUPPORTED', message: expect.stringContaining('NFS only') as string },
    });
    expect(bmc.power()).toBe('On');
  });

  it.each<[what: string, profile: ProfileName, faults: Partial<Faults>]>([
    ['slow power', 'dell', { settle: 200 }],
    ['409 to On for a while', 'dell', { refuseOn: 3 }],
    ['a lost session', 'hpe', { loseSession: true }],
    ['busy for a moment', 'dell', { busy: 2 }],
    ['busy in the middle', 'dell', { busyAfter: 12 }],
    ['in POST for a while', 'hpe', { duringPost: 2 }],
    ['stale ETags', 'lenovo', { staleEtag: 1 }],
    ['a mode that it refuses by 500', 'hpe', { modeRefused: true }],
    ['a medium that is seen for a while after it is out', 'hpe', { staleInserted: 60 }],
    ['no override of the standard, but its own', 'hpe', { bootRefused: true }],
  ])('%s is no failure', async (_what, profile, faults) => {
    const { job, bmc } = await reimage(profile, faults);
    expect(failedStep(job)).toBeUndefined();
    expect(job.state).toBe('done');
    expect(bmc.starts.map(({ cdUrl, bootDevice }) => [cdUrl, bootDevice])).toEqual([[URL, 'cdrom']]);
  });
});
