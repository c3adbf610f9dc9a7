import type { Nic } from '../../../contract/appliance.ts';
import { netmaskToPrefix } from '../../../contract/primitives.ts';
import type { State } from '../../ui/state.tsx';

/** `192.168.77.1/24`; undefined without a usable IPv4 address (169.254 is none: no machine could be told a router). */
export function addressWords({ addresses }: Nic): string | undefined {
  const usable = addresses.find(({ linkLocal }) => !linkLocal);
  return usable && `${usable.address}/${netmaskToPrefix(usable.netmask) ?? usable.netmask}`;
}

/** One line of the picker. */
export function nicLabel(nic: Nic): string {
  const parts = [
    nic.name,
    addressWords(nic) ?? 'no address',
    nic.carrier ? speedWords(nic.speed) : 'no link',
    nic.wireless ? 'Wi-Fi' : undefined,
    nic.defaultRoute ? 'has the default route' : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function speedWords(speed: number | undefined): string | undefined {
  if (speed === undefined) return undefined;
  return speed >= 1000 ? `${speed / 1000} Gbit/s` : `${speed} Mbit/s`;
}

/** Ports that machines can be behind; the chosen one stays listed even when it is gone. */
export function selectable(nics: readonly Nic[], chosen: Nic | undefined): Nic[] {
  const found = nics.filter(({ loopback, name }) => !loopback || name === chosen?.name);
  return chosen && !found.some(({ name }) => name === chosen.name) ? [chosen, ...found] : found;
}

export function nicState(nic: Nic | undefined): { state: State; words: string } {
  if (!nic) return { state: 'needs', words: 'No network port selected.' };
  if (!nic.carrier) return { state: 'needs', words: `${nic.name} has no link: plug the cable into a powered switch or machine.` };
  const address = addressWords(nic);
  if (address === undefined) return { state: 'needs', words: `${nic.name} has no IPv4 address.` };
  return { state: 'ready', words: `${nic.name} has ${address}` };
}

/** What a port is good for, as a second line below it. */
export function nicUse({ wireless, defaultRoute, carrier }: Nic): string {
  if (wireless) return 'Wi-Fi: most machines cannot netboot from it';
  if (defaultRoute) return 'connected to the rest of your network';
  return carrier ? 'wired, a separate network' : 'wired, nothing plugged in';
}

/** The facts of a port, a word and its value each. */
export function nicFacts(nic: Nic): { word: string; value: string; mono?: boolean }[] {
  const speed = speedWords(nic.speed);
  const link = nic.carrier ? (speed ?? 'up') : nic.up ? 'nothing plugged in' : 'disabled in this system';
  return [
    { word: 'Port', value: nic.name },
    { word: 'Address', value: addressWords(nic) ?? 'none', mono: true },
    { word: 'MAC', value: nic.mac, mono: true },
    { word: 'Link', value: link },
    { word: 'Kind', value: nic.wireless ? 'Wi-Fi' : nic.loopback ? 'this computer only' : 'wired' },
    { word: 'Connected to', value: nic.defaultRoute ? 'the rest of your network' : 'a separate network' },
    { word: 'MTU', value: `${nic.mtu} bytes` },
  ];
}
