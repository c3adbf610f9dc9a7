import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAppliance, type Appliance } from '../appliance.ts';
import { cable, NODE, type Namespace } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import { fillDisk, mountSmallDisk } from '../small-disk.ts';

const SERVER = '192.168.66.1';
const RESERVED = '192.168.66.40';
const RESERVED_MAC = '52:54:00:66:00:01';
const LEASED_MAC = '52:54:00:66:00:02';
const CLIENT = join(import.meta.dirname, '../../../node_modules/dhcp/bin/dhcp-cli.js');

interface Status {
  readonly services: readonly { readonly name: string; readonly state: string }[];
  readonly problems?: readonly { readonly id: string; readonly code: string; readonly message: string }[];
}

const ask = (bench: Namespace, mac: string) => bench.exec([NODE, CLIENT, 'hostname', '--mac', mac], { timeoutMs: 5000 });

async function acked(appliance: Appliance, mac: string): Promise<boolean> {
  return (await appliance.json<{ mac: string; state: string }[]>('leases')).some((lease) => lease.mac === mac && lease.state === 'bound');
}

async function run(lab: Lab): Promise<void> {
  const [laptop, bench] = [await lab.namespace('disk-laptop'), await lab.namespace('disk-client')];
  await cable({ ns: laptop, dev: 'lab0', address: `${SERVER}/24` }, { ns: bench, dev: 'eth0' });
  await bench.ip('route', 'add', 'default', 'dev', 'eth0');
  const dataDir = join(lab.dir, 'disk');
  lab.use(await mountSmallDisk(dataDir, 8));
  const options = { dataDir, args: ['--nic', 'lab0', '--dhcp', 'full'] };
  const appliance = lab.use(await startAppliance(laptop, options));
  const big = join(lab.dir, 'big.cfg');
  writeFileSync(big, 'x'.repeat(600_000));
  await appliance.must('host', 'add', 'before', '--mac', RESERVED_MAC, '--ip', RESERVED);
  await ask(bench, LEASED_MAC.replaceAll(':', '-'));
  expectThat(await acked(appliance, LEASED_MAC), 'a client got no lease');

  fillDisk(join(dataDir, 'filler'));
  const refused = await appliance.cli('config', 'add', 'big', '--format', 'other', big);
  expectThat(
    refused.code === 1 && refused.stderr.includes('E_DISK_FULL'),
    `with the disk full, config add said: ${refused.stderr || refused.stdout}`,
  );
  lab.fact('refusal', refused.stderr.trim().split('\n'));
  const known = await appliance.json<{ name: string }[]>('host', 'list');
  expectThat(known.length === 1 && known[0]?.name === 'before', 'the host from before is gone');
  for (let index = 16; index < 19; index++) await ask(bench, `52-54-00-66-00-${index}`);
  await whileFull(appliance, bench, lab);

  rmSync(join(dataDir, 'filler'));
  await appliance.must('config', 'add', 'big', '--format', 'other', big);
  await ask(bench, '52-54-00-66-00-99');
  expectThat(await acked(appliance, '52:54:00:66:00:99'), 'a client got no lease although there is room again');
  await afterwards(appliance, lab, () => startAppliance(laptop, options));
}

/** What the status says, who gets an address, and which events are found. */
async function whileFull(appliance: Appliance, bench: Namespace, lab: Lab): Promise<void> {
  const status = await appliance.json<Status>('status');
  expectThat(
    status.services.every(({ state }) => state === 'ready'),
    `with the disk full: ${JSON.stringify(status.services)}`,
  );
  const problem = status.problems?.find(({ id }) => id === 'storage-inventory');
  expectThat(problem?.code === 'E_DISK_FULL', `the status does not name the full disk: ${JSON.stringify(status.problems)}`);
  lab.fact('status', problem.message);
  for (const [what, mac] of [
    ['reservation', RESERVED_MAC],
    ['stored lease', LEASED_MAC],
  ] as const) {
    const { stdout, stderr, code } = await ask(bench, mac.replaceAll(':', '-'));
    expectThat(code === 0, `a machine with a ${what} got no answer while the disk is full: ${stderr || stdout}`);
  }
  const acks = (await appliance.events()).filter(({ type }) => type === 'dhcp.ack');
  for (const mac of [RESERVED_MAC, LEASED_MAC])
    expectThat(
      acks.some((event) => event.mac === mac && JSON.stringify(event.data.reasons).includes('cannot be stored')),
      `no ACK of ${mac} without a stored lease: ${JSON.stringify(acks.map((event) => [event.mac, event.data.reasons]))}`,
    );
  const leases = await appliance.json<{ mac: string }[]>('leases');
  const unstored = acks.filter(({ mac }) => mac !== RESERVED_MAC && !leases.some((lease) => lease.mac === mac));
  expectThat(unstored.length === 0, `acknowledged without a stored lease: ${unstored.map(({ mac }) => mac).join(', ')}`);
}

/** The problem is gone, and every event of that time is stored. */
async function afterwards(appliance: Appliance, lab: Lab, start: () => Promise<Appliance>): Promise<void> {
  await appliance.waitForEvent(
    ({ type, data }) => type === 'storage.recovered' && data.database === 'inventory',
    'the disk takes writes again',
  );
  const { problems } = await appliance.json<Status>('status');
  expectThat(problems === undefined, `there is room again, and the status has ${JSON.stringify(problems)}`);
  const before = (await appliance.events()).map(({ seq }) => seq);
  await appliance.kill();
  const again = lab.use(await start());
  const stored = new Set((await again.events()).map(({ seq }) => seq));
  const lost = before.filter((seq) => !stored.has(seq));
  expectThat(lost.length === 0, `events of the time when the disk was full were not stored: ${lost.join(', ')}`);
}

export const fullDisk: Scenario = {
  name: 'full-disk',
  title:
    'With the disk full, the status says so, known machines get their address, changes are refused, no event is lost, and all continues when there is room.',
  tier: 'ci',
  needs: ['root', 'appliance'],
  run,
};
