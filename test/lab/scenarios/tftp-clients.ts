import { join } from 'node:path';
import type { BenchEvent } from '../../../contract/appliance.ts';
import { sha256Of, startAppliance, type Appliance } from '../appliance.ts';
import { FrameRelay, type Impairment } from '../frame-relay.ts';
import { NODE, type Namespace } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import type { Reading } from './tftp-reader.ts';

const SERVER = '192.168.69.1';
const CLIENT = '192.168.69.2';
const BOOT_FILES = join(import.meta.dirname, '../../../resources/boot-files');
const READER = join(import.meta.dirname, 'tftp-reader.ts');
const JUMBO = 9000;

/** None of these is a boot file, however it is read. */
const TRAVERSALS = [
  '../../../../etc/passwd',
  '/etc/passwd',
  '//etc/passwd',
  'ipxe.efi/../../../../etc/passwd',
  '..\\..\\etc\\passwd',
  '....//....//etc/passwd',
  '%2e%2e/%2e%2e/etc/passwd',
  '/proc/self/environ',
  './../boot-files.json',
  '52:54:00:00:00:01/../../boot-files.json',
];

interface Cable {
  readonly appliance: Appliance;
  readonly relay: FrameRelay;
  readonly client: Namespace;
}

/** The appliance and a client at the two ends of a cable that behaves as configured. */
async function plug(lab: Lab, label: string, impairment: Partial<Impairment>, mtu: number): Promise<Cable> {
  const [laptop, client] = [await lab.namespace(`${label}-laptop`), await lab.namespace(`${label}-client`)];
  const ends = [
    { ns: laptop, dev: 'lab0', address: `${SERVER}/24` },
    { ns: client, dev: 'eth0', address: `${CLIENT}/24` },
  ] as const;
  const relay = lab.use(await FrameRelay.start(...ends, impairment, mtu));
  const args = ['--nic', 'lab0', '--dhcp', 'off'];
  const appliance = lab.use(await startAppliance(laptop, { dataDir: join(lab.dir, label), args }));
  return { appliance, relay, client };
}

async function expectSame(got: string, name: string, what: string): Promise<void> {
  const [theirs, ours] = await Promise.all([sha256Of(got), sha256Of(join(BOOT_FILES, name))]);
  expectThat(theirs === ours, `${what}: ${name} arrived as other bytes (${theirs} instead of ${ours})`);
}

/** Packaged clients over a cable that loses 5 % each way, doubles and reorders. */
async function lossyClients(lab: Lab): Promise<void> {
  const lossy = { seed: 69, loss: 0.05, duplicate: 0.02, reorder: 0.05 };
  const { appliance, relay, client } = await plug(lab, 'lossy', lossy, JUMBO);
  const out = (name: string): string => join(lab.dir, name);
  const seconds = { timeoutMs: 120_000 };

  await client.must(['tftp', '-m', 'binary', SERVER, '-c', 'get', 'undionly.kpxe', out('hpa.kpxe')], seconds);
  await expectSame(out('hpa.kpxe'), 'undionly.kpxe', 'tftp-hpa');
  for (const [blksize, name] of [
    ['512', 'undionly.kpxe'],
    ['1428', 'ipxe.efi'],
    ['8192', 'ipxe.efi'],
  ] as const) {
    const file = out(`curl-${blksize}`);
    const curl = ['curl', '-sS', '--max-time', '110', '--tftp-blksize', blksize, '-w', '%{time_total}', '-o', file];
    const took = await client.must([...curl, `tftp://${SERVER}/${name}`], seconds);
    await expectSame(file, name, `curl at blksize ${blksize}`);
    // Not "completed": the cable may have lost curl's last ACK, which is never repeated.
    const agreed = ({ type, data }: BenchEvent): boolean => type === 'tftp.started' && data.blksize === Number(blksize);
    await appliance.waitForEvent(agreed, `a transfer with blksize ${blksize}`);
    lab.fact(`curl-${blksize}-seconds`, Number(took));
  }
  await windowsOverLoss(lab, client);
  const { left, right } = await relay.counts();
  lab.fact('frames-lost', left.lost + right.lost);
  lab.fact('frames-reordered', left.reordered + right.reordered);
  expectThat(left.lost > 0 && right.lost > 0 && left.reordered + right.reordered > 0, 'the cable lost and reordered nothing');
}

async function reading(client: Namespace, file: string, ...options: string[]): Promise<Reading> {
  return JSON.parse(await client.must([NODE, READER, SERVER, file, ...options])) as Reading;
}

/** Only with windows is there a next frame for the cable to let pass first. */
async function windowsOverLoss(lab: Lab, client: Namespace): Promise<void> {
  const ours = await sha256Of(join(BOOT_FILES, 'ipxe.efi'));
  const lossy = await reading(client, 'ipxe.efi', 'blksize=1428', 'windowsize=16');
  expectThat(lossy.sha256 === ours, 'windowsize 16 over the lossy cable: ipxe.efi arrived as other bytes');
  lab.fact('lossy-windowsize-16-ms', lossy.ms);
}

/** At 2 ms round trip a window of 16 is at least three times as fast as block by block. */
async function windows(lab: Lab, client: Namespace): Promise<void> {
  const ours = await sha256Of(join(BOOT_FILES, 'ipxe.efi'));
  const one = await reading(client, 'ipxe.efi', 'blksize=1428', 'windowsize=1');
  const sixteen = await reading(client, 'ipxe.efi', 'blksize=1428', 'windowsize=16');
  expectThat(one.sha256 === ours && sixteen.sha256 === ours, 'ipxe.efi arrived as other bytes');
  lab.fact('windowsize-1-ms', one.ms);
  lab.fact('windowsize-16-ms', sixteen.ms);
  expectThat(one.ms >= 3 * sixteen.ms, `windowsize 16 took ${sixteen.ms} ms, windowsize 1 ${one.ms} ms: less than three times as fast`);
}

async function traversals(lab: Lab, { appliance, client }: Cable): Promise<void> {
  for (const name of TRAVERSALS) {
    const answer = await reading(client, name, 'blksize=1428', 'tsize=0');
    expectThat(answer.error !== undefined, `${name} was served: ${answer.bytes} bytes`);
    expectThat([1, 2].includes(answer.error.code), `${name} got error ${answer.error.code}: ${answer.error.message}`);
    expectThat(answer.ms < 1000, `the error for ${name} took ${answer.ms} ms`);
    expectThat(/^[\x20-\x7e]{10,199}$/.test(answer.error.message), `the error for ${name} cannot be read: ${answer.error.message}`);
  }
  const refusals = (await appliance.events()).filter(({ type }) => type === 'tftp.missed' || type === 'tftp.refused');
  expectThat(refusals.length === TRAVERSALS.length, `${refusals.length} of ${TRAVERSALS.length} refusals were recorded`);
  lab.fact('traversals-refused', TRAVERSALS.length);
}

async function run(lab: Lab): Promise<void> {
  await lossyClients(lab);
  const far = await plug(lab, 'far', { delayMs: 1 }, 1500);
  await windows(lab, far.client);
  await traversals(lab, far);
}

export const tftpClients: Scenario = {
  name: 'tftp-clients',
  title:
    'tftp-hpa and curl get identical files at blksize 512, 1428 and 8192 over 5 % loss; windows are faster; no name escapes the folder',
  tier: 'ci',
  needs: ['root', 'appliance', 'boot-files', 'tftp-hpa', 'curl'],
  run,
};
