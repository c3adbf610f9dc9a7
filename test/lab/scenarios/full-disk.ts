import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAppliance, type Appliance } from '../appliance.ts';
import { cable, NODE, type Namespace } from '../namespace.ts';
import { mustRun, run as runProgram } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const SERVER = '192.168.66.1';
const CLIENT = join(import.meta.dirname, '../../../node_modules/dhcp/bin/dhcp-cli.js');

/** A data directory on a file system of 8 MB of its own, taken away after the scenario. */
async function smallDisk(lab: Lab): Promise<string> {
  const dir = join(lab.dir, 'disk');
  mkdirSync(dir);
  await mustRun(['mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', dir]);
  lab.use({
    [Symbol.asyncDispose]: async () => {
      await runProgram(['umount', '-l', dir]);
    },
  });
  return dir;
}

function fill(file: string): void {
  writeFileSync(file, '');
  const block = Buffer.alloc(4096, 'x');
  try {
    for (;;) appendFileSync(file, block);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('ENOSPC')) throw error;
  }
}

const ask = (bench: Namespace, mac: string) => bench.exec([NODE, CLIENT, 'hostname', '--mac', mac], { timeoutMs: 5000 });

async function acked(appliance: Appliance, mac: string): Promise<boolean> {
  return (await appliance.json<{ mac: string; state: string }[]>('leases')).some((lease) => lease.mac === mac && lease.state === 'bound');
}

async function run(lab: Lab): Promise<void> {
  const [laptop, bench] = [await lab.namespace('disk-laptop'), await lab.namespace('disk-client')];
  await cable({ ns: laptop, dev: 'lab0', address: `${SERVER}/24` }, { ns: bench, dev: 'eth0' });
  await bench.ip('route', 'add', 'default', 'dev', 'eth0');
  const dataDir = await smallDisk(lab);
  const appliance = lab.use(await startAppliance(laptop, { dataDir, args: ['--nic', 'lab0', '--dhcp', 'full'] }));
  const big = join(lab.dir, 'big.cfg');
  writeFileSync(big, 'x'.repeat(600_000));
  await appliance.must('host', 'add', 'before', '--mac', '52:54:00:66:00:01');

  fill(join(dataDir, 'filler'));
  const refused = await appliance.cli('config', 'add', 'big', '--format', 'other', big);
  expectThat(
    refused.code === 1 && refused.stderr.includes('E_DISK_FULL'),
    `with the disk full, config add said: ${refused.stderr || refused.stdout}`,
  );
  lab.fact('refusal', refused.stderr.trim().split('\n'));
  const known = await appliance.json<{ name: string }[]>('host', 'list');
  expectThat(known.length === 1 && known[0]?.name === 'before', 'the host from before is gone');
  for (let index = 16; index < 19; index++) await ask(bench, `52-54-00-66-00-${index}`);
  const status = await appliance.json<{ services: { name: string; state: string }[] }>('status');
  expectThat(
    status.services.every(({ state }) => state === 'ready'),
    `with the disk full: ${JSON.stringify(status.services)}`,
  );

  rmSync(join(dataDir, 'filler'));
  await appliance.must('config', 'add', 'big', '--format', 'other', big);
  await ask(bench, '52-54-00-66-00-99');
  expectThat(await acked(appliance, '52:54:00:66:00:99'), 'a client got no lease although there is room again');
}

export const fullDisk: Scenario = {
  name: 'full-disk',
  title:
    'With the disk full, changes are refused with a message, nothing is lost, services stay up, and everything continues when there is room.',
  tier: 'ci',
  needs: ['root', 'appliance'],
  run,
};
