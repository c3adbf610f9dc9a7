import { join } from 'node:path';
import type { ApplianceStatus } from '../../../contract/appliance.ts';
import { startAppliance, type Appliance } from '../appliance.ts';
import { NODE, cable, type Namespace } from '../namespace.ts';
import { pause, type Running } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import { NOBODY, openDataDir } from './two-nics.ts';

const CLIENT = join(import.meta.dirname, 'asking-client.ts');
const ADDRESS = '192.168.50.1';
const MAC = '52:54:00:00:50:02';

/** Milliseconds from `action` to the first OFFER after it. */
async function offerAfter(client: Running, action: () => Promise<unknown>, timeoutMs = 8000): Promise<number> {
  const begin = Date.now();
  await action();
  const deadline = begin + timeoutMs;
  while (Date.now() < deadline) {
    const times = client.lines.map((line) => Number(/^offer (\d+) /.exec(line.text)?.[1] ?? 0));
    const first = times.find((time) => time >= begin);
    if (first !== undefined) return first - begin;
    await pause(20);
  }
  throw new Error(`no OFFER in ${timeoutMs} ms`);
}

/** Nothing is answered while the NIC cannot carry it. */
async function silentFor(client: Running, ms: number): Promise<boolean> {
  await pause(300);
  const before = client.lines.length;
  await pause(ms);
  return client.lines.length === before;
}

async function waiting(appliance: Appliance): Promise<boolean> {
  const { services } = await appliance.json<ApplianceStatus>('status');
  return services.filter(({ name }) => name !== 'management').every(({ state }) => state === 'waiting');
}

async function plug(laptop: Namespace, bench: Namespace): Promise<void> {
  await cable({ ns: laptop, dev: 'lab0', address: `${ADDRESS}/24` }, { ns: bench, dev: 'port1', bridge: 'sw0' });
}

async function run(lab: Lab): Promise<void> {
  const [laptop, bench, machine] = [await lab.namespace('laptop'), await lab.namespace('switch'), await lab.namespace('machine')];
  await bench.bridge('sw0');
  await plug(laptop, bench);
  await cable({ ns: machine, dev: 'eth0', address: '192.168.50.2/24' }, { ns: bench, dev: 'port2', bridge: 'sw0' });
  await machine.ip('route', 'add', 'default', 'via', ADDRESS);
  await laptop.sysctl('net.ipv4.ip_unprivileged_port_start', '67');
  const args = ['--nic', 'lab0', '--pool', '192.168.50.100-192.168.50.150'];
  const appliance = lab.use(await startAppliance(laptop, { dataDir: await openDataDir(lab), args, wrapper: NOBODY }));
  // A known machine: strangers wait until the probe for other DHCP servers has ended, which takes longer than a second.
  await appliance.must('host', 'add', 'target', '--mac', MAC);
  const client = machine.spawn([NODE, CLIENT, 'discover', MAC]);
  await client.waitFor(/^offer \d+ 192\.168\.50\.1$/, 15_000);
  lab.say('the first OFFER came');

  await bench.down('port1');
  expectThat(await silentFor(client, 500), 'DHCP was answered without a carrier');
  await appliance.waitForEvent(({ type, data }) => type === 'nic.changed' && data.change === 'linkDown', 'lab0 lost its link');
  expectThat(await waiting(appliance), 'the services did not stop when the carrier went');
  const carrier = await offerAfter(client, () => bench.up('port1'));
  lab.fact('offer-after-carrier-ms', carrier);
  expectThat(carrier <= 1000, `DHCP answered ${carrier} ms after the carrier came back; one second is allowed`);

  await laptop.ip('link', 'del', 'lab0');
  await appliance.waitForEvent(({ type, data }) => type === 'nic.changed' && data.change === 'removed', 'lab0 was removed');
  expectThat(await waiting(appliance), 'the services did not stop when the NIC went');
  const again = await offerAfter(client, () => plug(laptop, bench));
  lab.fact('offer-after-new-nic-ms', again);
  const events = (await appliance.events()).map(({ type, message: text }) => `${type}: ${text}`);
  lab.fact(
    'service-events',
    events.filter((event) => /^(nic|service)\./.test(event)),
  );
  expectThat(events.filter((event) => event.startsWith('service.down')).length >= 2, 'no event says that the services stopped');
}

export const nicCarrier: Scenario = {
  name: 'nic-carrier',
  title:
    'services stop when the carrier or the NIC goes away, restart automatically, and DHCP answers a known machine within a second of carrier',
  tier: 'ci',
  needs: ['root', 'appliance'],
  run,
};
