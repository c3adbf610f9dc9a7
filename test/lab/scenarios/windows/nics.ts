import { join } from 'node:path';
import type { Nic } from '../../../../contract/appliance.ts';
import { cable } from '../../namespace.ts';
import { expectThat, type Scenario } from '../../scenario.ts';
import { windowsPath } from '../../wine.ts';
import { makeWindowsLab, WINDOWS_NEEDS } from './windows-lab.ts';

const LISTER = join(import.meta.dirname, 'list-nics.ts');

/** Without PowerShell, which Wine does not have. */
export const windowsNics: Scenario = {
  name: 'windows-nics',
  title: 'The Windows build lists ports with number, MAC, addresses, cable and default route, and doctor finds nothing wrong.',
  tier: 'windows',
  needs: WINDOWS_NEEDS,
  timeoutMs: 240_000,
  async run(lab) {
    const laptop = await makeWindowsLab(lab);
    const { ns } = laptop.bench;
    const router = await lab.namespace('uplink');
    const mac = '02:bb:00:00:09:01';
    await cable({ ns, dev: 'corp0', address: '10.9.0.1/16', mac }, { ns: router, dev: 'eth0', address: '10.9.0.254/16' });
    await ns.ip('route', 'add', 'default', 'via', '10.9.0.254');
    const started = Date.now();
    const nics = JSON.parse(await laptop.windows.must(laptop.windows.node(windowsPath(LISTER)))) as Nic[];
    lab.fact('milliseconds of the list, Node’s start included', Date.now() - started);
    lab.fact(
      'ports',
      nics.map(({ name, index, mac: own, addresses }) => `${name} ${index} ${own} ${addresses.map((each) => each.address).join()}`),
    );
    const corp = nics.find(({ name }) => name === 'corp0');
    const number = Number(/^(\d+):/.exec(await ns.ip('-o', 'link', 'show', 'corp0'))?.[1]);
    const expected = { index: number, mac, up: true, carrier: true, wireless: false, defaultRoute: true, mtu: 1500 };
    for (const [key, value] of Object.entries(expected))
      expectThat(corp?.[key as keyof Nic] === value, `corp0: ${key} is ${JSON.stringify(corp?.[key as keyof Nic])}, not ${String(value)}`);
    expectThat(corp?.addresses[0]?.address === '10.9.0.1' && corp.addresses[0].netmask === '255.255.0.0', 'corp0 has another address');
    expectThat(nics.find(({ name }) => name === 'br0')?.defaultRoute === false, 'br0 has the default route');
    const doctor = await laptop.windows.exec(
      laptop.windows.node(
        windowsPath(join(import.meta.dirname, '../../../../bin/bootbench.mjs')),
        'doctor',
        '--data-dir',
        windowsPath(join(lab.dir, 'data')),
        '--nic',
        'br0',
      ),
      { timeoutMs: 150_000 },
    );
    lab.fact('doctor', doctor.stdout.trim().split('\n'));
    expectThat(doctor.code === 0, `doctor: exit ${doctor.code}: ${doctor.stdout}${doctor.stderr}`);
  },
};
