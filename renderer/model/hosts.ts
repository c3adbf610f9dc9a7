import type { Discovered, Host } from '../../contract/inventory.ts';
import { joinParts } from '../format/list.ts';
import type { ByName } from '../store/store.ts';
import { compareNames } from './names.ts';

/** What an event or progress says about its machine. */
interface Subject {
  readonly host?: string | undefined;
  readonly mac?: string | undefined;
}

/** Whether something is about this host: by its name or one of its MACs. */
export function isAbout({ host, mac }: Subject, { name, interfaces }: Pick<Host, 'name' | 'interfaces'>): boolean {
  return host === name || (mac !== undefined && interfaces.some((iface) => iface.mac === mac));
}

/** Names and MACs of the machines that something is about, sorted. */
export function subjectsOf(items: readonly Subject[]): string[] {
  return [...new Set(items.flatMap(({ host, mac }) => [host, mac].filter((name) => name !== undefined)))].sort();
}

/** Names of the hosts that are assigned this image or config. */
export function hostsUsing(hosts: ByName<Host>, what: 'image' | 'config', name: string): string[] {
  return Object.values(hosts)
    .filter(({ assignment }) => assignment?.[what] === name)
    .map((host) => host.name)
    .sort(compareNames);
}

/** `Dell Inc. PowerEdge R750`; empty while the machine has reported neither. */
export function modelOf({ manufacturer, product }: Pick<Host['facts'], 'manufacturer' | 'product'>): string {
  return [manufacturer, product].filter((part) => part !== undefined).join(' ');
}

/** What an unknown machine has reported: `Dell Inc. PowerEdge R750 · serial ABC1234 · 192.168.77.102`. `otherwise` replaces an unknown model. */
export function discoveredDetails({ facts, address }: Discovered, otherwise: string | undefined): string {
  return joinParts([modelOf(facts) || otherwise, facts.serial === undefined ? undefined : `serial ${facts.serial}`, address]);
}
