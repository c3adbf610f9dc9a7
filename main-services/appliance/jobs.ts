import { randomBytes } from 'node:crypto';
import type { Nic } from '../../contract/appliance.ts';
import type { Clock, HostServices, Log } from '../../contract/runtime.ts';
import { jobRows } from '../../db/jobs.ts';
import type { Db } from '../../db/open.ts';
import { pinRows } from '../../db/pins.ts';
import type { SettingsStore } from '../../db/settings.ts';
import type { Activity } from '../activity/activity.ts';
import { openBmcConnections, type BmcConnections } from '../bmc/connections.ts';
import { providerFactories } from '../bmc/provider-factories.ts';
import type { BootService } from '../boot/boot.ts';
import type { Readings } from '../reading/iso-watch.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { DeviceSockets } from '../network/types.ts';
import { wakeOnLan } from '../network/wake-on-lan.ts';
import { bmcActions, type BmcActions, type BmcActionsDeps } from '../reimage/bmc-actions.ts';
import { JobRunner } from '../reimage/runner.ts';
import { TIMING } from '../reimage/timing.ts';
import { openPins, type Pins } from '../trust/pins.ts';
import type { Redactor } from '../trust/redact.ts';
import type { Secrets } from '../trust/secrets.ts';

export interface JobsDeps {
  readonly db: Db;
  readonly store: SettingsStore;
  readonly hostServices: HostServices;
  readonly redactor: Redactor;
  readonly inventory: Inventory;
  readonly secrets: Secrets;
  readonly activity: Activity;
  readonly boot: BootService;
  readonly readings: Readings;
  readonly sockets: DeviceSockets;
  readonly selfTester: BmcActionsDeps['selfTester'];
  /** The last lines of a host's console; none where it printed nothing since then. */
  readonly consoleLines: (host: string, since: number) => readonly string[];
  /** The lab’s port now. */
  readonly nic: () => Nic | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Jobs {
  readonly bmc: BmcConnections;
  readonly bmcActions: BmcActions;
  readonly jobs: JobRunner;
  readonly pins: Pins;
  stop(): Promise<void>;
}

/** BMCs and the jobs that use them. */
export function openJobs(deps: JobsDeps): Jobs {
  const { db, store, hostServices, redactor, secrets, inventory, activity, boot, readings, sockets, clock, log } = deps;
  const pins = openPins(pinRows(db), clock);
  const bmc = openBmcConnections({
    factories: providerFactories({ pins, memory: store, clock, log: log.child({ room: 'bmc' }) }),
    secrets,
    pins,
    memory: store,
    hosts: () => inventory.listHosts(),
    clock,
  });
  const rows = jobRows(db);
  const jobs = new JobRunner({
    // Jobs quote the BMC, which knows the password.
    rows: { ...rows, put: (job) => rows.put(redactor.value(job)) },
    inventory,
    activity,
    bmc,
    boot,
    readings,
    consoleLines: deps.consoleLines,
    wake: (macs) => wakeOnLan(sockets, deps.nic(), macs),
    notify: (title, body) => hostServices.notify(title, body),
    clock,
    log: log.child({ room: 'reimage' }),
    timing: TIMING,
    newId: () => randomBytes(6).toString('hex'),
  });
  return {
    bmc,
    bmcActions: bmcActions({ inventory, bmc, boot, activity, jobs, selfTester: deps.selfTester }),
    jobs,
    pins,
    async stop() {
      await jobs.stop();
      await bmc.close();
    },
  };
}
