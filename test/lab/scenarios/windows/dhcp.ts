import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Appliance } from '../../appliance.ts';
import { Dhclient } from '../../dhclient.ts';
import { cable } from '../../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../../scenario.ts';
import { makeWindowsLab, startOnWindows, WINDOWS_NEEDS, type WindowsLab } from './windows-lab.ts';

const [FIRST, SECOND] = ['52:54:00:77:01:01', '52:54:00:77:01:02'];

/** The pool's first address belongs to a machine that Bootbench has not leased it to. */
async function avoidsUsed(lab: Lab, appliance: Appliance, client: Dhclient): Promise<void> {
  const address = await client.lease(FIRST);
  const conflict = await appliance.waitForEvent(({ type }) => type === 'dhcp.conflict', 'the conflict');
  lab.fact('used address', conflict.message);
  expectThat(conflict.ip === '192.168.77.100' && conflict.data.method === 'arp', conflict.message);
  lab.fact('free address', address);
  expectThat(address === '192.168.77.101', `the machine got ${address}`);
}

async function renews(lab: Lab, appliance: Appliance, client: Dhclient): Promise<void> {
  await appliance.must('host', 'add', 'short', '--mac', SECOND);
  await appliance.must('host', 'set', 'short', 'ip=192.168.77.30', 'leaseTime=60');
  await client.lease(SECOND);
  const event = await appliance.waitForEvent(
    ({ type, mac, data }) => type === 'dhcp.ack' && mac === SECOND && data.to === '192.168.77.30:68',
    'the renewal by unicast',
    50_000,
  );
  lab.fact('renewal', event.message);
}

/** `taskkill /F` by another process of that computer. */
async function killed(lab: Lab, { windows }: WindowsLab, appliance: Appliance): Promise<void> {
  const pids = (await windows.must(['tasklist', '/FO', 'CSV'])).split('\n').flatMap((line) => /^"node\.exe","(\d+)"/.exec(line)?.[1] ?? []);
  expectThat(pids.length === 1, `tasklist shows ${pids.length} processes of Node`);
  await windows.must(['taskkill', '/F', '/PID', pids[0] ?? '']);
  lab.fact('exit code after taskkill /F', await appliance.process.exited);
}

async function run(lab: Lab): Promise<void> {
  const laptop = await makeWindowsLab(lab);
  const [squatter, machine] = [await lab.namespace('squatter'), await lab.namespace('client')];
  await cable({ ns: laptop.bench.ns, dev: 'to-squat', bridge: 'br0' }, { ns: squatter, dev: 'eth0', address: '192.168.77.100/24' });
  await cable({ ns: laptop.bench.ns, dev: 'to-client', bridge: 'br0' }, { ns: machine, dev: 'eth0' });
  const dataDir = join(lab.dir, 'data');
  mkdirSync(dataDir);
  let appliance = await startOnWindows(lab, laptop, { dataDir });
  const client = new Dhclient(machine, join(lab.dir, 'dhclient'));
  await avoidsUsed(lab, appliance, client);
  await renews(lab, appliance, client);

  await killed(lab, laptop, appliance);
  lab.fact('files after the kill', readdirSync(dataDir).sort());
  appliance = await startOnWindows(lab, laptop, { dataDir });
  const again = await client.lease(FIRST);
  lab.fact('address after the kill', again);
  expectThat(again === '192.168.77.101', `after the kill the machine got ${again}`);
  const host = await appliance.json<{ name: string }>('host', 'show', 'short');
  expectThat(host.name === 'short', 'the host is gone');
}

export const windowsDhcp: Scenario = {
  name: 'windows-dhcp',
  title: 'The Windows build leases a free address and not a used one, renews, and has its leases after taskkill /F.',
  tier: 'windows',
  needs: [...WINDOWS_NEEDS, 'dhclient'],
  timeoutMs: 300_000,
  run,
};
