import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Nic } from '../../contract/appliance.ts';
import { linkStates } from './interface-addresses.ts';
import type { LinkState } from './interface-addresses.ts';
import { libc } from './libc.ts';
import type { Libc } from './libc.ts';
import { isLinkLocal } from './nic-address.ts';
import type { KernelRoute } from './routes.ts';

/** ioctl that reads a device's MTU (<linux/sockios.h>). */
const SIOCGIFMTU = 0x8921;

/**
 * All ports of this process's network namespace, also those without an address or carrier, which os.networkInterfaces() leaves out.
 * Read through getifaddrs(3) and not from /sys: in a namespace without its own /sys mount, /sys shows another namespace's ports.
 */
export async function linuxNics(known: readonly KernelRoute[]): Promise<Nic[]> {
  const library = await libc();
  return Promise.all(linkStates(library.interfaceAddresses()).map((link) => linuxNic(library, link, known)));
}

async function linuxNic(library: Libc, link: LinkState, known: readonly KernelRoute[]): Promise<Nic> {
  const sys = await sysfsOf(link);
  return {
    ...link,
    addresses: link.addresses.map((each) => ({ ...each, linkLocal: isLinkLocal(each.address) })),
    ...(sys?.speed === undefined ? {} : { speed: sys.speed }),
    wireless: sys?.wireless ?? false,
    defaultRoute: known.some((route) => route.prefix === 0 && route.interface === link.name),
    mtu: library.interfaceNumber(SIOCGIFMTU, link.name) ?? 1500,
  };
}

/** Speed and kind from /sys, if /sys shows this very device under this name. */
async function sysfsOf(link: LinkState): Promise<{ speed?: number; wireless: boolean } | undefined> {
  const folder = `/sys/class/net/${link.name}`;
  const text = (file: string): Promise<string> =>
    readFile(`${folder}/${file}`, 'latin1').then(
      (content) => content.trim(),
      () => '',
    );
  const [index, mac, speed] = await Promise.all(['ifindex', 'address', 'speed'].map(text));
  if (Number(index) !== link.index || (link.mac !== '' && mac !== link.mac)) return undefined;
  // Without a link the kernel says -1 or fails; virtual devices say -1 or 10000.
  const known = Number(speed) > 0 && Number(speed) < 2 ** 31 ? Number(speed) : undefined;
  return {
    ...(known === undefined ? {} : { speed: known }),
    wireless: existsSync(`${folder}/wireless`) || existsSync(`${folder}/phy80211`),
  };
}
