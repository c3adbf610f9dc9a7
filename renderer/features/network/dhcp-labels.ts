import type { Nic, RuntimeSettings } from '../../../contract/appliance.ts';

export const MODES: readonly { id: RuntimeSettings['dhcp']; title: string; note: string }[] = [
  { id: 'full', title: 'Full', note: 'Bootbench gives every machine its address and its boot file. For a network of your own.' },
  { id: 'proxy', title: 'Proxy', note: 'Another server gives addresses; Bootbench adds the boot file. For a network that has DHCP.' },
  { id: 'auto', title: 'Automatic', note: 'Scans first: proxy if another server answers, otherwise full.' },
  { id: 'off', title: 'Off', note: 'Bootbench does not answer DHCP. Machines boot only where another server names this one.' },
];

export const POLICIES: readonly { id: RuntimeSettings['unknown']; title: string; note: string }[] = [
  { id: 'ignore', title: 'Address only', note: 'Gets an address, but never a boot file.' },
  { id: 'exit', title: 'Boot its own disk', note: 'Gets the loader, shows on its screen that it is unknown, and boots its own disk.' },
  { id: 'wait', title: 'Wait to be adopted', note: 'Gets the loader and retries every few seconds until it is adopted.' },
];

export const ROUTED: readonly { id: RuntimeSettings['routedMachines']; title: string; note: string }[] = [
  {
    id: 'refuse',
    title: 'Only machines confirmed by a relay',
    note: 'A machine behind a router gets its script and config if the router relayed its DHCP to Bootbench. Others are refused, with the reason.',
  },
  {
    id: 'trust',
    title: 'Trust their addresses',
    note: 'For networks behind routers without a relay. Anyone who takes a machine’s address there gets its config.',
  },
];

/** Why giving out addresses on this port needs a yes; undefined where it does not. */
export function riskOf({ name, defaultRoute, wireless }: Nic): string | undefined {
  if (defaultRoute) return `${name} is connected to the rest of your network. Full DHCP there can disconnect other people’s machines.`;
  if (wireless) return `${name} is Wi-Fi: others use it too, and most machines cannot netboot from it.`;
  return undefined;
}

/** Whether this mode on this port has to be confirmed before it is asked for. */
export function needsYes(mode: RuntimeSettings['dhcp'], nic: Nic | undefined, confirmed: boolean): boolean {
  return (mode === 'full' || mode === 'auto') && !confirmed && nic !== undefined && riskOf(nic) !== undefined;
}
