import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput, ImageInput } from '../../../contract/inventory.ts';
import { isUnderWay, JobInput, type Job } from '../../../contract/jobs.ts';
import type { Log, LogFields } from '../../../contract/runtime.ts';
import { fileSeals } from '../../../headless/secrets.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { hostInput, MAC } from '../../fixtures/data-fixture.ts';
import { quietHost } from '../../fixtures/host-services.ts';
import { startFakeBmc, type FakeBmc } from '../../fixtures/redfish-bmc/fake-bmc.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';

const CANARY = 'canary-77f0-secret';
const UUID = '4c4c4544-0042-3510-8056-b4c04f564433';

let folder: string;
let appliance: Appliance;
let bmc: FakeBmc;
let logged: string;

/** A log that is looked through for the password afterwards. */
const log: Log = (() => {
  const write = (fields: LogFields, message: string): void => {
    logged += `${JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.stack : value))} ${message}\n`;
  };
  const self: Log = { debug: write, info: write, warn: write, error: write, child: () => self };
  return self;
})();

beforeEach(async () => {
  logged = '';
  folder = mkdtempSync(join(tmpdir(), 'whole-job-'));
  const iso = buildIso({
    volumeId: 'LAB',
    files: [{ path: 'loader', bytes: Buffer.from('loader') }],
    boot: { platform: 0, entries: [{ path: 'loader', platform: 0, count: 4 }] },
  });
  writeFileSync(join(folder, 'lab.iso'), iso);
  bmc = await startFakeBmc({
    profile: 'dell',
    tls: true,
    username: 'root',
    password: CANARY,
    machine: { UUID },
    onPower: (on, { cdUrl, bootDevice }) => {
      if (on && bootDevice === 'cdrom' && cdUrl !== undefined) void boot(cdUrl);
    },
  });
  const hostServices = { ...quietHost, ...fileSeals({ dataDir: join(folder, 'data'), passphrase: undefined }) };
  appliance = await startOnLoopback(join(folder, 'data'), {}, { log, hostServices });
  const { inventory, bmc: room } = appliance.rooms;
  await inventory.addImage(ImageInput.parse({ name: 'lab', source: { type: 'file', path: join(folder, 'lab.iso') }, kind: 'live' }));
  inventory.addHost({ ...hostInput('r1'), bmc: { address: `redfish://127.0.0.1:${bmc.port}`, username: 'root' } });
  inventory.recordFacts('r1', { uuid: UUID });
  inventory.assign('r1', AssignmentInput.parse({ image: 'lab' }));
  await room.setPassword(inventory.getHost('r1'), CANARY);
});
afterEach(async () => {
  await appliance.stop();
  await bmc.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The machine reads its CD by the URL that its BMC was given, and its system phones home. */
async function boot(cdUrl: string): Promise<void> {
  const answer = await fetch(cdUrl, { headers: { Range: 'bytes=32768-34815' } });
  expect(answer.status).toBe(206);
  await answer.arrayBuffer();
  appliance.rooms.activity.record({ type: 'boot.complete', host: 'r1', mac: MAC, message: 'r1 phoned home: its system is up.' });
}

async function over(id: string): Promise<Job> {
  for (;;) {
    const job = appliance.rooms.jobs.get(id);
    if (!isUnderWay(job)) return job;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function filesUnder(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((name) => statSync(name).isFile());
}

describe('the appliance and a BMC over TLS', () => {
  it('a machine boots its ISO from its BMC, and its password is nowhere', async () => {
    const [started] = appliance.rooms.jobs.start(JobInput.parse({ hosts: ['r1'] }));
    const job = await over(started!.id);
    expect(job.steps.map(({ name, state, error }) => `${name} ${state}${error ? ` ${error.code}: ${error.message}` : ''}`)).toEqual(
      ['preflight', 'power-off', 'eject', 'insert', 'boot-once', 'power-on', 'watch', 'finish'].map((name) => `${name} done`),
    );
    // The ISO has a loader for BIOS only.
    expect(bmc.starts.at(-1)).toMatchObject({ cdUrl: job.mediaUrl, bootDevice: 'cdrom', efi: false });
    expect(bmc.power()).toBe('On');
    const events = appliance.rooms.activity.history({ limit: 1000 });
    expect(JSON.stringify([events, job, await appliance.rooms.bmc.status(appliance.rooms.inventory.getHost('r1'))])).not.toContain(CANARY);
    expect(logged).not.toContain(CANARY);
    for (const file of filesUnder(join(folder, 'data'))) expect(readFileSync(file).includes(CANARY), file).toBe(false);
  }, 90_000);

  it('a password that comes back in what others say is hidden in steps, events and log', async () => {
    const mediaUrl = `http://127.0.0.9/${CANARY}.iso`;
    const [started] = appliance.rooms.jobs.start(JobInput.parse({ hosts: ['r1'], tasks: ['insert'], mediaUrl, dryRun: true }));
    const job = await over(started!.id);
    expect(job.steps.at(-1)?.evidence).toEqual(['Would insert http://127.0.0.9/•••.iso.']);
    appliance.rooms.activity.record({ type: 'host.facts', message: `It said ${CANARY}.` });
    expect(JSON.stringify(appliance.rooms.activity.history({ limit: 1000 }))).not.toContain(CANARY);
    expect(logged).toContain('It said •••.');
    expect(logged).not.toContain(CANARY);
  }, 30_000);

  it('another machine’s UUID: nothing that changes anything reaches the BMC', async () => {
    appliance.rooms.inventory.recordFacts('r1', { uuid: UUID.replace('4c4c', '4c4d') });
    const [started] = appliance.rooms.jobs.start(JobInput.parse({ hosts: ['r1'] }));
    expect((await over(started!.id)).steps[0]?.error?.code).toBe('E_BMC_WRONG_MACHINE');
    expect(bmc.changes()).toEqual([]);
  }, 30_000);

  it('another certificate: no request at all, until it is accepted', async () => {
    const { bmc: room, inventory } = appliance.rooms;
    const host = inventory.getHost('r1');
    expect((await room.status(host)).error).toBeUndefined();
    bmc.renewCertificate();
    const asked = bmc.requests.length;
    expect((await room.test(host)).error).toMatchObject({ code: 'E_BMC_CERTIFICATE' });
    expect(bmc.requests).toHaveLength(asked);
    await room.acceptCertificate(host);
    expect((await room.status(host, { fresh: true })).error).toBeUndefined();
  }, 30_000);
});
