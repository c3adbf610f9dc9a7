import type { RuntimeSettings } from '../../contract/appliance.ts';

/** "Settings changed: DHCP mode proxy, leases of 600 s." */
export function settingsSentence(settings: RuntimeSettings, changed: readonly (keyof RuntimeSettings)[], nic: string | undefined): string {
  return `Settings changed: ${changed.map((key) => WORDS[key](settings, nic ?? 'the chosen port')).join(', ')}.`;
}

type Words = (settings: RuntimeSettings, nic: string) => string;

const WORDS: Readonly<Record<keyof RuntimeSettings, Words>> = {
  dhcp: ({ dhcp }) => (dhcp === 'off' ? 'DHCP off' : `DHCP mode ${dhcp}`),
  pool: ({ pool }) => (pool ? `pool ${pool[0]} to ${pool[1]}` : 'the pool is the free upper part of the subnet'),
  router: ({ router }) => (router === undefined ? 'no router' : `router ${router}`),
  dns: ({ dns }) => (dns.length === 0 ? 'no DNS server' : `DNS ${dns.join(' and ')}`),
  unknown: ({ unknown }) => `unknown machines: ${unknown}`,
  routedMachines: ({ routedMachines }) => `machines behind a router: ${routedMachines}`,
  confirmDhcp: ({ confirmDhcp }, nic) => `full DHCP on ${nic} ${confirmDhcp ? 'confirmed' : 'no longer confirmed'}`,
  leaseTime: ({ leaseTime }) => `leases of ${leaseTime} s`,
  ipxeOverrideArchMapping: ({ ipxeOverrideArchMapping: text }) => (text === '' ? 'no boot file overrides' : `boot file overrides ${text}`),
};
