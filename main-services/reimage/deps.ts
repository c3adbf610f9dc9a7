import type { BmcProvider } from '../bmc/provider.ts';
import type { BmcStatus } from '../../contract/bmc.ts';
import type { Host } from '../../contract/inventory.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { JobRows } from '../../db/jobs.ts';
import type { Activity } from '../activity/activity.ts';
import type { BootService } from '../boot/boot.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { KnownBmc } from './plan.ts';
import type { Timing } from './timing.ts';

/** What jobs are done with. */
export interface ReimageDeps {
  readonly rows: JobRows;
  readonly inventory: Pick<
    Inventory,
    'getHost' | 'listHosts' | 'listImages' | 'listConfigs' | 'assign' | 'setAssignmentState' | 'recordFacts'
  >;
  readonly activity: Activity;
  readonly bmc: {
    /** E_NO_BMC, E_NO_SECRET, E_SECRETS_LOCKED, and what the first contact finds. */
    provider(host: Host): Promise<BmcProvider>;
    /** Without a request to it; undefined where the host has none. */
    known(host: Host): KnownBmc | undefined;
    /** Whether a password is stored for it. */
    hasPassword(host: Host): boolean;
    /** The latest status that was read from it; undefined before the first, and after a change of its address or user. */
    lastStatus(host: Host): BmcStatus | undefined;
  };
  readonly boot: Pick<BootService, 'mediaUrl' | 'netboot' | 'view'>;
  /** Milliseconds since the host last read its ISO; undefined where it has not since the start. */
  readonly readings: { silenceOf(host: string): number | undefined };
  /** The last lines that the host's console printed, oldest first; none where it has no console, or printed nothing since then. */
  readonly consoleLines: (host: string, since: number) => readonly string[];
  /** Sends Wake-on-LAN packets; says to where. */
  readonly wake: (macs: readonly string[]) => Promise<string>;
  readonly notify: (title: string, body: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly timing: Timing;
  readonly newId: () => string;
}
