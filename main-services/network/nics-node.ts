import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import type { Nic } from '../../contract/appliance.ts';
import { netmaskToPrefix, prefixToNetmask } from '../../contract/primitives.ts';
import { iphlpapi } from './iphlpapi.ts';
import { libc } from './libc.ts';
import { isLinkLocal } from './nic-address.ts';
import { parseIfconfig, parseWifiPorts } from './nics-macos.ts';
import { parseAdapterAddresses } from './nics-windows.ts';
import type { KernelRoute } from './routes.ts';
import type { PortFacts } from './types.ts';

const run = promisify(execFile);

/** macOS: ifconfig lists ports without an address too. Not proven on a real machine. */
export async function macosNics(known: readonly KernelRoute[]): Promise<Nic[]> {
  const [library, ifconfig, ports] = await Promise.all([
    libc(),
    run('ifconfig', ['-a'], { timeout: 5000 }),
    run('networksetup', ['-listallhardwareports'], { timeout: 5000 }).catch(() => ({ stdout: '' })),
  ]);
  const wifi = parseWifiPorts(ports.stdout);
  return parseIfconfig(ifconfig.stdout).map((port) =>
    withRoutes({ ...port, index: library.interfaceIndex(port.name), wireless: wifi.has(port.name) }, known),
  );
}

/** Windows: GetAdaptersAddresses, a call of under a millisecond. Proven under Wine. */
export async function windowsNics(known: readonly KernelRoute[]): Promise<Nic[]> {
  const library = await iphlpapi();
  return parseAdapterAddresses(library.adapters()).map((port) => withRoutes(port, known));
}

/** What Node itself reports, where the system's tool is missing: only ports that are up and have an address. */
export function nodeNics(known: readonly KernelRoute[]): Nic[] {
  return Object.entries(networkInterfaces()).map(([name, infos = []], position) => {
    const addresses = infos.filter((info) => info.family === 'IPv4').map(({ address, netmask }) => ({ address, netmask }));
    const mac = infos[0]?.mac ?? '';
    return withRoutes({ name, mac, index: position + 1, addresses, up: true, carrier: true, wireless: false, mtu: 1500 }, known);
  });
}

function withRoutes(port: PortFacts, known: readonly KernelRoute[]): Nic {
  return {
    ...port,
    addresses: port.addresses.map((each) => ({
      address: each.address,
      netmask: netmaskToPrefix(each.netmask) === undefined ? prefixToNetmask(32) : each.netmask,
      linkLocal: isLinkLocal(each.address),
    })),
    loopback: port.addresses.some((each) => each.address.startsWith('127.')),
    defaultRoute: known.some((route) => route.prefix === 0 && route.interface === port.name),
  };
}
