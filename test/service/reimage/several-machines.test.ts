import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput, ImageInput, type HostFacts } from '../../../contract/inventory.ts';
import { isUnderWay, JobInput, type Job } from '../../../contract/jobs.ts';
import { fileSeals } from '../../../headless/secrets.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { hostInput, MAC } from '../../fixtures/data-fixture.ts';
import { quietHost } from '../../fixtures/host-services.ts';
import { startFakeBmc, type FakeBmc } from '../../fixtures/redfish-bmc/fake-bmc.ts';
import { occupy, ownerOf, severalMachines, type OneOfSeveral } from '../../fixtures/redfish-bmc/several.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';

const IDS = ['slot1', 'slot2', 'slot3', 'slot4'];
const uuid = (index: number): string => `4c4c4544-0042-3510-8056-b4c04f56443${index}`;
const macOf = (index: number): string => (index === 2 ? MAC : `00:25:90:12:34:5${index}`);
const four = (more: (index: number) => Partial<OneOfSeveral>): OneOfSeveral[] => IDS.map((id, index) => ({ id, ...more(index) }));

let folder: string;
let appliance: Appliance;
let bmc: FakeBmc;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'several-'));
});
afterEach(async () => {
  await appliance.stop();
  await bmc.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The appliance with one host, r1, on a service of several machines; `system` is a part of its BMC’s address. */
async function start(machines: readonly OneOfSeveral[], facts: HostFacts, system = ''): Promise<void> {
  const boot = { platform: 0 as const, entries: [{ path: 'loader', platform: 0 as const, count: 4 }] };
  writeFileSync(join(folder, 'lab.iso'), buildIso({ volumeId: 'LAB', files: [{ path: 'loader', bytes: Buffer.from('loader') }], boot }));
  const profile = severalMachines(machines);
  for (const { id } of machines) if (id !== 'slot3') occupy(profile.tree, id);
  bmc = await startFakeBmc({
    profile,
    onPower: (on, { cdUrl, bootDevice }) => {
      if (on && bootDevice === 'cdrom' && cdUrl !== undefined) void readsItsCd(cdUrl);
    },
    // As the self-test waits for; the host's own ISO is read when the machine starts.
    mounter: {
      mount: async (url) => {
        if (!url.includes('lab.iso')) await read(url, '0-2047');
      },
      unmount: () => Promise.resolve(),
    },
  });
  const hostServices = { ...quietHost, ...fileSeals({ dataDir: join(folder, 'data'), passphrase: undefined }) };
  appliance = await startOnLoopback(join(folder, 'data'), {}, { hostServices });
  const { inventory, bmc: room } = appliance.rooms;
  await inventory.addImage(ImageInput.parse({ name: 'lab', source: { type: 'file', path: join(folder, 'lab.iso') }, kind: 'live' }));
  inventory.addHost({ ...hostInput('r1'), bmc: { address: `redfish+http://127.0.0.1:${bmc.port}${system}`, username: 'root' } });
  inventory.recordFacts('r1', facts);
  inventory.assign('r1', AssignmentInput.parse({ image: 'lab' }));
  await room.setPassword(inventory.getHost('r1'), 'calvin');
}

async function read(url: string, range: string): Promise<void> {
  await (await fetch(url, { headers: { Range: `bytes=${range}` } })).arrayBuffer();
}

async function readsItsCd(cdUrl: string): Promise<void> {
  await read(cdUrl, '32768-34815');
  appliance.rooms.activity.record({ type: 'boot.complete', host: 'r1', mac: MAC, message: 'r1 phoned home: its system is up.' });
}

async function reimage(): Promise<Job> {
  const { jobs } = appliance.rooms;
  const [started] = jobs.start(JobInput.parse({ hosts: ['r1'] }));
  for (;;) {
    const job = jobs.get(started!.id);
    if (!isUnderWay(job)) return job;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** All that people do with a BMC. */
async function doEverything(): Promise<string[]> {
  const { power, media, selfTest, identifyLed } = appliance.rooms.bmcActions;
  const failed: string[] = [];
  const steps: (() => Promise<unknown>)[] = [
    () => power('r1', 'off'),
    () => power('r1', 'on'),
    () => identifyLed('r1', true),
    () => identifyLed('r1', false),
    () => media('r1', 'eject'),
    () => selfTest('r1', ['plain']),
    () => media('r1', 'insert'),
  ];
  for (const step of steps) await step().catch((error: unknown) => failed.push((error as { code: string }).code));
  return failed;
}

function foreignMediaAreThere(): boolean {
  const foreign = bmc.slots().filter((slot) => ownerOf(String(slot['@odata.id'])) !== 'slot3');
  return foreign.length > 0 && foreign.every(({ Inserted }) => Inserted === true);
}

describe('the whole appliance and one service of four machines', () => {
  it.each<[string, OneOfSeveral[], HostFacts, string]>([
    ['f1: by UUID, and f2: Managers without back links', four((index) => ({ UUID: uuid(index), links: 'system' })), { uuid: uuid(2) }, ''],
    ['f1: by serial number', four((index) => ({ SerialNumber: `SN000${index}A` })), { serial: 'SN0002A' }, ''],
    [
      'f1: by MAC, a DPU first, and f2: Systems without ManagedBy',
      [{ id: 'dpu', SystemType: 'DPU', links: 'manager' }, ...four((index) => ({ macs: [macOf(index)], links: 'manager' }))],
      {},
      '',
    ],
    ['f1: by its address, where nothing tells them apart', four(() => ({})), {}, '/redfish/v1/Systems/slot3'],
  ])(
    '%s: power, LED, media, self-test and a reimage reach slot3 and no other',
    async (_how, machines, facts, system) => {
      await start(machines, facts, system);
      expect(await doEverything()).toEqual([]);
      const job = await reimage();
      expect(job.steps.map(({ name, state, error }) => `${name} ${state}${error ? ` ${error.message}` : ''}`)).toEqual(
        ['preflight', 'power-off', 'eject', 'insert', 'boot-once', 'power-on', 'watch', 'finish'].map((name) => `${name} done`),
      );
      expect(Object.keys(bmc.changesByOwner())).toEqual(['slot3']);
      expect(bmc.changesByOwner().slot3).toBeGreaterThan(10);
      expect(foreignMediaAreThere()).toBe(true);
    },
    90_000,
  );

  it('f1: where nothing tells them apart, nothing at all is changed, and the Systems are named', async () => {
    await start(
      four(() => ({})),
      { uuid: uuid(2) },
    );
    expect(new Set(await doEverything())).toEqual(new Set(['E_BMC_SYSTEM_UNCLEAR']));
    const job = await reimage();
    expect(job.steps[0]?.error?.code).toBe('E_BMC_SYSTEM_UNCLEAR');
    for (const id of IDS) expect(job.steps[0]?.error?.message).toContain(`/redfish/v1/Systems/${id}`);
    const { error } = await appliance.rooms.bmc.status(appliance.rooms.inventory.getHost('r1'), { fresh: true });
    expect(error?.details?.systems?.map(({ name }) => name)).toEqual(IDS);
    expect(bmc.changes()).toEqual([]);
  }, 60_000);

  it('f2: without any link between System and Manager, power goes to slot3 and no medium is touched', async () => {
    await start(
      four((index) => ({ UUID: uuid(index), links: 'none' })),
      { uuid: uuid(2) },
    );
    expect(await doEverything()).toEqual(['E_BMC_UNSUPPORTED', 'E_BMC_UNSUPPORTED', 'E_BMC_UNSUPPORTED']);
    expect(Object.keys(bmc.changesByOwner())).toEqual(['slot3']);
    expect(bmc.changes().every(({ path }) => !path.includes('/Managers/'))).toBe(true);
    expect(foreignMediaAreThere()).toBe(true);
  }, 60_000);
});
