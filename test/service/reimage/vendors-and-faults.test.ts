import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isUnderWay, JobInput, type Job, type StepName } from '../../../contract/jobs.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { jobRows } from '../../../db/jobs.ts';
import { watchEvidence } from '../../../main-services/boot/evidence/evidence.ts';
import type { IsoEndpoint } from '../../../main-services/http/iso-endpoints.ts';
import type { View } from '../../../main-services/boot/boot.ts';
import { bmcReach } from '../../../main-services/bmc-media/media-base.ts';
import { openBmcConnections } from '../../../main-services/bmc/connections.ts';
import { mediaProtocolsOf } from '../../../main-services/bmc/media-memory.ts';
import type { BmcProvider } from '../../../main-services/bmc/provider.ts';
import { bmcActions } from '../../../main-services/reimage/bmc-actions.ts';
import { JobRunner } from '../../../main-services/reimage/runner.ts';
import { TIMING } from '../../../main-services/reimage/timing.ts';
import { hostInput, LAB_IMAGE, openData, type DataFixture } from '../../fixtures/data-fixture.ts';
import type { FakeBmc } from '../../fixtures/redfish-bmc/fake-bmc.ts';
import type { Faults } from '../../fixtures/redfish-bmc/faults.ts';
import { PROFILE_NAMES, type ProfileName } from '../../fixtures/redfish-bmc/profiles.ts';
import { object } from '../../fixtures/redfish-bmc/tree.ts';
import { connectFakeBmc as startBmc, endBmcs } from '../bmc/redfish/redfish-client.ts';

/** The job runner over HTTP against BMCs of every vendor, in a hundredth of the time. */
const UUID = '4c4c4544-0042-3510-8056-b4c04f564433';
const URL = 'http://192.168.77.1:7080/iso/52-54-00-00-00-01/token/lab.iso';
const QUICK_JOB = { ...TIMING, pause: 5, look: 5, insertRead: 10, firstRead: 500, silence: 3000, left: 50, leaving: 5000 };

let bench: DataFixture;
let unwatch: () => void;
beforeEach(async () => {
  bench = openData();
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
type Before = (bmc: FakeBmc, client: BmcProvider) => unknown;

/** Where ISOs are served, beside http. */
const HTTPS: IsoEndpoint = { nic: 'lab0', scheme: 'https', port: 7443 };

/** The BMC as the program knows it, and where it reads: by the program's own room and reach. */
function roomOf(client: BmcProvider, places: readonly IsoEndpoint[]) {
  const kept = new Map<string, string>();
  const memory = { get: (key: string) => kept.get(key), set: (key: string, value: string) => void kept.set(key, value) };
  const secrets = {
    get: () => Promise.resolve('calvin'),
    set: () => Promise.resolve({ stored: true }),
    has: () => true,
    remove: () => undefined,
  };
  const pins = { get: () => undefined, set: () => undefined, remove: () => undefined };
  const room = openBmcConnections({
    factories: { redfish: () => client, ipmi: () => client },
    secrets,
    pins,
    memory,
    hosts: () => bench.inventory.listHosts(),
    clock: systemClock,
  });
  const reach = bmcReach({
    settings: {},
    bootUrl: () => 'http://192.168.77.1:7080',
    chosenNic: () => 'lab0',
    endpoints: () => places,
    mediaProtocols: (host) => mediaProtocolsOf(memory, host),
    route: () => Promise.resolve({ kind: 'route', to: '10.0.0.1', source: '192.168.77.1', nic: 'lab0' }),
  });
  const mediaUrl = async (name: string) => {
    const base = await reach.base(bench.inventory.getHost(name));
    return { url: `${base}/iso/52-54-00-00-00-01/token/lab.iso`, token: 'token' };
  };
  return { room, mediaUrl };
}

/** One job to its end; the machine reads its medium and its system shows itself when it is started from it. */
async function reimage(
  profile: ProfileName,
  faults: Partial<Faults> = {},
  before?: Before,
  { https = false, wanted = {} }: { https?: boolean; wanted?: Partial<JobInput> } = {},
): Promise<{ job: Job; bmc: FakeBmc }> {
  const { bmc, client } = await startBmc({
    profile,
    faults,
    basic: faults.loseSession !== true,
    machine: { UUID },
    onPower: (on, { cdUrl, bootDevice }) => {
      if (!on || bootDevice !== 'cdrom' || cdUrl?.endsWith('/token/lab.iso') !== true) return;
      bench.activity.record({ type: 'iso.opened', host: 'r1', ip: '10.0.0.1', message: 'r1 started reading lab.' });
      bench.activity.record({ type: 'dhcp.os-lease', host: 'r1', message: 'The system of r1 has an address.' });
    },
  });
  await before?.(bmc, client);
  const http = { ...HTTPS, scheme: 'http', port: 7080 } as const;
  const { room, mediaUrl } = roomOf(client, https ? [http, HTTPS] : [http]);
  const { length } = bmc.changes();
  const runner = new JobRunner({
    rows: jobRows(bench.db),
    inventory: bench.inventory,
    activity: bench.activity,
    bmc: room,
    boot: {
      mediaUrl,
      view: () => Promise.resolve({ source: { size: 4096, read: () => Promise.resolve(new Uint8Array(2048)) } } as unknown as View),
      netboot: () => Promise.resolve({ methodReason: 'It can be read over the network.' } as View),
    },
    readings: { silenceOf: () => undefined },
    consoleLines: () => [],
    wake: () => Promise.reject(new Error('nobody wakes it')),
    notify: () => Promise.resolve(),
    clock: systemClock,
    log: silentLog,
    timing: QUICK_JOB,
    newId: () => 'job',
  });
  void runner.resume();
  runner.start(JobInput.parse({ hosts: ['r1'], method: 'virtual-media', ...wanted }));
  await expect.poll(() => isUnderWay(runner.get('job')), { timeout: 20_000 }).toBe(false);
  bmc.requests.splice(0, length === 0 ? 0 : bmc.requests.indexOf(bmc.changes()[length - 1]!) + 1);
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
  it.each<[what: string, faults: Partial<Faults>, step: StepName, code: string, message: RegExp]>([
    ['a factory password', { passwordChange: true }, 'preflight', 'E_BMC_AUTH', /The factory password must be changed on the BMC first/],
    ['busy for good', { busy: 1e6 }, 'preflight', 'E_BMC_BUSY', /./],
    ['power that never follows', { settle: Infinity }, 'power-off', 'E_BMC_TIMEOUT', /Power off .* still on after/],
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
      name: 'preflight',
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

const PROTOCOLS = 'TransferProtocolType@Redfish.AllowableValues';

/** What every slot's InsertMedia says that it mounts by. */
function mounts(bmc: FakeBmc, ...protocols: string[]): void {
  for (const slot of bmc.slots()) object(object(slot.Actions)['#VirtualMedia.InsertMedia'])[PROTOCOLS] = protocols;
}

describe('the whole way is proved before the machine is switched off', () => {
  it.each(['hpe', 'dell'] as const)('f5: %s mounts CIFS, NFS and HTTPS, https is on here: https is used', async (profile) => {
    const { job, bmc } = await reimage(profile, {}, (fake) => mounts(fake, 'CIFS', 'NFS', 'HTTPS'), { https: true });
    expect(failedStep(job)).toBeUndefined();
    expect(bmc.starts).toEqual([
      { cdUrl: 'https://192.168.77.1:7443/iso/52-54-00-00-00-01/token/lab.iso', bootDevice: 'cdrom', efi: true },
    ]);
    expect(JSON.stringify(bmc.changes())).not.toMatch(/"HTTP"|http:/);
  });

  it('f5: the same where https is not on here: said with the next step, and nothing is done', async () => {
    const { job, bmc } = await reimage('hpe', {}, (fake) => mounts(fake, 'CIFS', 'NFS', 'HTTPS'));
    expect(failedStep(job)).toMatchObject({
      name: 'preflight',
      error: { code: 'E_BMC_UNSUPPORTED', message: expect.stringContaining('https only') as string, next: 'Start with --https-port 7443.' },
    });
    expect([bmc.changes(), bmc.power()]).toEqual([[], 'On']);
    expect(bench.inventory.getHost('r1').assignment?.state).toBe('armed');
  });

  it('f5: the technician set http on a host whose BMC mounts https only: said', async () => {
    const { job, bmc } = await reimage('hpe', {}, (fake) => {
      mounts(fake, 'HTTPS');
      bench.inventory.patchHost('r1', { bmc: { urlScheme: 'http' } });
    });
    expect(failedStep(job)).toMatchObject({
      name: 'preflight',
      error: { code: 'E_BMC_UNSUPPORTED', message: expect.stringContaining('slot 2 mounts HTTPS only') as string },
    });
    expect(bmc.changes()).toEqual([]);
  });

  it('f5: media of no use and no method asked for: it goes by PXE, before anything is done by media', async () => {
    const { job } = await reimage('hpe', {}, (fake) => mounts(fake, 'CIFS', 'NFS'), { wanted: { method: undefined } });
    expect(job.steps[0]?.evidence.join(' ')).toContain('mounts CIFS, NFS only');
    expect(job.method).toBe('pxe');
  });

  const INFO = '/redfish/v1/Managers/1/VirtualMedia/VirtualMedia1/InsertMediaActionInfo';
  it.each<[what: string, profile: ProfileName, before: (bmc: FakeBmc) => unknown, code: string, message: RegExp]>([
    [
      'no way to switch off',
      'hpe',
      (bmc) => (resetAction(bmc)['ResetType@Redfish.AllowableValues'] = ['On', 'GracefulShutdown']),
      'E_BMC_UNSUPPORTED',
      /no way to power off \(reset types of \/redfish\/v1\/Systems\/1\/?: On, GracefulShutdown\)/,
    ],
    [
      'no way to switch on',
      'hpe',
      (bmc) => (resetAction(bmc)['ResetType@Redfish.AllowableValues'] = ['ForceOff', 'ForceRestart']),
      'E_BMC_UNSUPPORTED',
      /no way to power on/,
    ],
    [
      'a power state that is not shown',
      'hpe',
      (bmc) => delete bmc.doc('/redfish/v1/Systems/1').PowerState,
      'E_BMC_UNSUPPORTED',
      /PowerState/,
    ],
    [
      'no CD as a boot target',
      'supermicro',
      (bmc) => (bmc.boot()['BootSourceOverrideTarget@Redfish.AllowableValues'] = ['None', 'Pxe', 'Hdd']),
      'E_BMC_UNSUPPORTED',
      /cannot boot from cdrom \(it offers None, Pxe, Hdd\)/,
    ],
    [
      'a boot mode that was asked for and is not offered',
      'supermicro',
      (bmc) => (bmc.boot()['BootSourceOverrideMode@Redfish.AllowableValues'] = ['Legacy']),
      'E_BMC_UNSUPPORTED',
      /boots by Legacy only, but this boot needs UEFI/,
    ],
    [
      'a parameter of InsertMedia that nobody knows, in every slot',
      'supermicro',
      (bmc) => {
        for (const slot of ['1', '2', '3'])
          (bmc.doc(INFO.replace('VirtualMedia1', `VirtualMedia${slot}`)).Parameters as unknown[]).push({ Name: 'Ticket', Required: true });
      },
      'E_BMC_UNSUPPORTED',
      /slot VirtualMedia1 requires Ticket, which Bootbench does not know/,
    ],
    [
      'protocols in the ActionInfo only (lenovo/python-redfish-lenovo#167: SR635 mounts NFS and CIFS)',
      'supermicro',
      (bmc) => {
        for (const slot of ['1', '2', '3']) {
          const parameters = bmc.doc(INFO.replace('VirtualMedia1', `VirtualMedia${slot}`)).Parameters as Record<string, unknown>[];
          Object.assign(
            parameters.find(({ Name }) => Name === 'TransferProtocolType')!,
            { AllowableValues: ['NFS', 'CIFS'] },
          );
        }
      },
      'E_BMC_UNSUPPORTED',
      /mounts NFS, CIFS only/,
    ],
    [
      'a slot for the BMC’s web page only: no action, and no PATCH (ironic 8c95a7b50)',
      'hpe',
      (bmc) => {
        const path = '/redfish/v1/Managers/1/VirtualMedia/2';
        delete object(bmc.doc(path).Actions)['#VirtualMedia.InsertMedia'];
        bmc.faults.instead.set(path, (body) => ({ status: 200, body, headers: { Allow: 'GET, HEAD' } }));
      },
      'E_BMC_UNSUPPORTED',
      /slot 2 has no InsertMedia action and cannot be changed/,
    ],
    [
      'f7: a remote console in the only CD slot',
      'hpe',
      (bmc) =>
        Object.assign(bmc.doc('/redfish/v1/Managers/1/VirtualMedia/2'), { Inserted: true, Image: 'rescue.iso', ConnectedVia: 'Applet' }),
      'E_BMC_BUSY',
      /remote console .* 2 \(rescue.iso\)/,
    ],
  ])('f5: %s: known before anything is done', async (_what, profile, before, code, sentence) => {
    const { job, bmc } = await reimage(profile, {}, before, { wanted: { efi: true } });
    expect(failedStep(job)).toMatchObject({ name: 'preflight', error: { code, message: expect.stringMatching(sentence) as string } });
    expect(bmc.changes()).toEqual([]);
  });

  it('f5: AMI: its media are made ready before the machine is switched off', async () => {
    const { job, bmc } = await reimage('ami');
    expect(job.state).toBe('done');
    expect(bmc.changes().map(({ path }) => path.split('/').at(-1))[0]).toBe('AMIVirtualMedia.EnableRMedia');
  });

  it('f5: media insert, too, asks before what is there goes out', async () => {
    const { bmc, client } = await startBmc({ profile: 'hpe', machine: { UUID } });
    await client.insert(URL.replace('token', 'older'));
    mounts(bmc, 'NFS');
    const { length } = bmc.changes();
    const { room, mediaUrl } = roomOf(client, [HTTPS]);
    const actions = bmcActions({
      inventory: bench.inventory,
      bmc: room,
      boot: { mediaUrl },
      activity: bench.activity,
      jobs: { ofHost: () => undefined },
      selfTester: () => Promise.reject(new Error('not tested')),
    });
    await expect(actions.media('r1', 'insert')).rejects.toMatchObject({ code: 'E_BMC_UNSUPPORTED' });
    expect(bmc.changes()).toHaveLength(length);
  });
});

const resetAction = (bmc: FakeBmc) => object(object(bmc.doc('/redfish/v1/Systems/1').Actions)['#ComputerSystem.Reset']);
