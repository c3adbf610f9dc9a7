import type { Nic, OtherDhcpServer, RuntimeSettings } from '../../../contract/appliance.ts';
import { addressWords, riskOf } from '../network/labels.ts';

/** What was asked of the network: nobody yet, the answers, or why it could not be asked. */
export type Found = { kind: 'asking' } | { kind: 'answers'; others: readonly OtherDhcpServer[] } | { kind: 'unknown'; reason: string };

/** First run is over when a port is chosen and there is something to boot. */
export function isFirstRun(known: { nic: unknown; hosts: object; images: object }): boolean {
  return known.nic === undefined && Object.keys(known.hosts).length === 0 && Object.keys(known.images).length === 0;
}

/** How likely it is that the machines are behind this port: wired, with a link, not the way to the internet. */
function fitness(nic: Nic): number {
  return (
    (nic.loopback ? -16 : 0) + (nic.wireless ? 0 : 8) + (nic.defaultRoute ? 0 : 4) + (nic.carrier ? 2 : 0) + (addressWords(nic) ? 1 : 0)
  );
}

/** The port to propose; undefined where there is none but loopback. */
export function proposedNic(nics: readonly Nic[]): Nic | undefined {
  return nics.filter(({ loopback }) => !loopback).toSorted((a, b) => fitness(b) - fitness(a) || a.index - b.index)[0];
}

export type Mode = Extract<RuntimeSettings['dhcp'], 'full' | 'proxy' | 'off'>;

/** How addresses are given, by what the probe found. */
export function proposedMode(nic: Nic, found: Found): { mode: Mode; reason: string } {
  const giver = found.kind === 'answers' ? found.others.find(({ proxy }) => !proxy) : undefined;
  if (giver) return { mode: 'proxy', reason: `${giver.message} Bootbench works alongside it.` };
  const risk = riskOf(nic);
  if (risk !== undefined) return { mode: 'proxy', reason: risk };
  if (found.kind === 'unknown') return { mode: 'full', reason: `Not scanned for other DHCP servers: ${found.reason}` };
  return { mode: 'full', reason: `No DHCP server found on ${nic.name}, so Bootbench assigns addresses.` };
}
