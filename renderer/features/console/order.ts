import type { ConsoleStatus } from '../../../contract/console.ts';
import type { Host } from '../../../contract/inventory.ts';
import type { ByName } from '../../store/store.ts';

/** A host with a console; its status is absent until the appliance has reported it. */
export interface HostConsole {
  readonly host: string;
  readonly status: ConsoleStatus | undefined;
  /** Its newest job failed. */
  readonly hasFailedJob: boolean;
}

/** Consoles in the order of the wall: machines that failed, then consoles that cannot be opened, then by name. */
export function consolesOf(hosts: ByName<Host>, statuses: ByName<ConsoleStatus>, failedHosts: ReadonlySet<string>): HostConsole[] {
  const rank = ({ status, hasFailedJob }: HostConsole): number => {
    if (status?.matched?.meaning === 'failed' || hasFailedJob) return 0;
    return status?.error ? 1 : 2;
  };
  return Object.values(hosts)
    .filter((host) => host.console !== undefined)
    .map(({ name }) => ({ host: name, status: statuses[name], hasFailedJob: failedHosts.has(name) }))
    .sort((a, b) => rank(a) - rank(b) || a.host.localeCompare(b.host, undefined, { numeric: true }));
}
