import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Appliance } from '../appliance.ts';
import { makeLabNetwork, type LabNetwork } from '../lab-network.ts';
import { addAlpha, ALPHA, powerOn } from '../boot-run.ts';
import { cable } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const SITE = '192.168.77.250';

/** The network's own DHCP server: addresses, and not a word about booting. */
async function addSiteServer(lab: Lab, bench: LabNetwork): Promise<void> {
  const site = await lab.namespace('site');
  await cable({ ns: bench.ns, dev: 'to-site', bridge: 'br0' }, { ns: site, dev: 'eth0', address: `${SITE}/24` });
  const files = ['--conf-file=/dev/null', '--leasefile-ro', '--user=root', '--pid-file='];
  const options = ['--interface=eth0', '--except-interface=lo', '--bind-interfaces', '--port=0', '--no-ping'];
  const range = ['--dhcp-range=192.168.77.200,192.168.77.220', `--dhcp-host=${ALPHA.mac},192.168.77.201`];
  await site.spawn(['dnsmasq', '-d', ...files, ...options, ...range]).waitFor(/DHCP, IP range/, 10_000);
}

/** The firmware must reach the script by what the proxy says, with an address that the proxy did not give. */
async function expectScript(lab: Lab, firmware: 'uefi' | 'bios'): Promise<void> {
  const inner: Lab = { ...lab, dir: join(lab.dir, firmware) };
  mkdirSync(inner.dir, { recursive: true });
  const bench = await makeLabNetwork(lab);
  await addSiteServer(lab, bench);
  const args = ['--nic', 'br0', '--dhcp', 'proxy'];
  const appliance = lab.use(await Appliance.start(bench.ns, { dataDir: join(inner.dir, 'data'), args }));
  await addAlpha(inner, appliance);
  const machine = await powerOn(inner, bench, { firmware });
  await appliance.waitForEvent(({ type }) => type === 'script.served', `${firmware}: the script was served`, 120_000);
  const events = (await appliance.events()).filter(({ mac, type }) => mac === ALPHA.mac && type.startsWith('dhcp.'));
  const messages = events.filter(({ type }) => type === 'dhcp.offer' || type === 'dhcp.ack').map(({ message: text }) => text);
  lab.fact(firmware, messages);
  expectThat(!events.some(({ type, ip }) => type === 'dhcp.offer' && ip !== undefined), 'the proxy offered an address');
  if (firmware === 'uefi')
    expectThat(
      messages.some((text) => text.includes('ipxe.efi')),
      `port 4011 was not asked: ${messages.join(' ')}`,
    );
  await machine[Symbol.asyncDispose]();
  await appliance.stop();
}

export const dhcpProxy: Scenario = {
  name: 'dhcp-proxy',
  title: 'Next to the network’s own DHCP server, UEFI and BIOS machines find their boot file through the proxy',
  tier: 'full',
  needs: ['root', 'qemu', 'ovmf', 'iso-tools', 'guest-kernel', 'boot-files', 'appliance', 'dnsmasq', 'tcpdump'],
  timeoutMs: 300_000,
  async run(lab) {
    await expectScript(lab, 'uefi');
    await expectScript(lab, 'bios');
  },
};
