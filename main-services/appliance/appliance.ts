import type { Settings } from '../../contract/appliance.ts';
import type { RunsIn } from '../../contract/doctor.ts';
import type { Clock, HostServices, Log } from '../../contract/runtime.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { openBootPlane } from './boot-plane.ts';
import { openApplianceConsoles } from './consoles.ts';
import { parseArchOverrides } from '../boot/decide/overrides.ts';
import { openBootFileCatalogue } from '../boot/files/boot-files.ts';
import { watchEvidence } from '../boot/evidence/evidence.ts';
import { watchSecureBoot } from '../boot/evidence/secure-boot-watch.ts';
import { userBootFiles } from '../boot-files/folders.ts';
import type { System } from '../boot-files/system.ts';
import { openControl } from './control.ts';
import type { Rooms } from '../handlers/rooms.ts';
import { refreshIndexes } from '../inventory/refresh-indexes.ts';
import { vendors } from '../inventory/vendors.ts';
import { openApplianceData, type ApplianceData } from './data.ts';
import { startManagement } from '../management/management.ts';
import type { Neighbours } from '../network/neighbours.ts';
import { openJobs } from './jobs.ts';
import { chapSecrets } from '../trust/chap.ts';
import { openSecrets } from '../trust/secrets.ts';
import { secretRows } from '../../db/secrets.ts';
import { openRuntimeSettings } from '../settings/runtime-settings.ts';
import { selfTester } from '../bmc-media/self-tester.ts';

export interface ApplianceDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly hostServices: HostServices;
  /** The thread exited unexpectedly and this one replaces it. */
  readonly isRestart?: boolean;
  /** Where this runs; a thread unless said. */
  readonly runsIn?: RunsIn;
  /** Called once the appliance has the data directory's lock. */
  readonly onLock?: () => void;
  /** Instead of this computer's distribution, which boot files are fetched from, for tests. */
  readonly system?: System;
  /** Instead of the system's neighbour table, for tests. */
  readonly neighbours?: Neighbours;
}

export interface Appliance {
  readonly rooms: Rooms;
  /** The management plane's URL. */
  readonly api: string;
  /** The UI's URL with its token. */
  readonly ui: string;
  /** `http://address:port` of the boot plane; undefined while the NIC has no address. */
  readonly boot: string | undefined;
  stop(): Promise<void>;
}

/** Opens everything, then starts in order: the management plane, consoles, imports, the boot services on their NIC, jobs that were running. */
export async function startAppliance(base: Settings, deps: ApplianceDeps): Promise<Appliance> {
  const data = openApplianceData(base, deps);
  deps.onLock?.();
  const { log, clock, db, activity, library, inventory, imports } = data;
  const { rooms, settings, supervisor, control, consoles, stopJobs, clockSet } = openRooms(base, data, deps);
  data.steps.onStep(clockSet);
  data.steps.onStep((ms) => imports.clockSet(ms));
  await data.steps.start();
  const stopWatching = [
    () => data.steps.stop(),
    () => data.storage.stop(),
    () => data.limits.stop(),
    watchEvidence(activity, inventory),
    watchSecureBoot(activity, clock),
  ];

  const management = await startManagement({ settings, rooms, log: log.child({ room: 'management' }), clock }).catch(
    async (error: unknown) => {
      await data.backups.stop();
      activity.close();
      db.close();
      throw error;
    },
  );
  activity.record({ type: 'appliance.started', message: `Bootbench ${packageJson.version} started.` });
  // Without a NIC too, and before jobs continue: what machines print now counts.
  consoles.start();
  await imports.start();
  await supervisor.start();
  void rooms.jobs.resume();
  void refreshIndexes({ inventory, index: (source, known) => library.index(source, known), log });

  const stop = async (): Promise<void> => {
    await management.stop();
    await stopJobs();
    await consoles.close();
    await imports.stop();
    await supervisor.stop();
    await control.undo();
    for (const unwatch of stopWatching) unwatch();
    await library.close();
    await data.backups.stop();
    inventory.storeDiscovered();
    activity.record({ type: 'appliance.stopped', message: 'Bootbench stopped.' });
    activity.close();
    db.close();
  };
  return { rooms, api: management.url, ui: management.uiUrl, boot: supervisor.status().bootUrl, stop };
}

/** Lines of a console that a failed job quotes. */
const CONSOLE_LINES = 3;

/** What the handlers use, and what the appliance starts and stops. Nothing listens yet. */
function openRooms(base: Settings, data: ApplianceData, deps: ApplianceDeps) {
  const { hostServices, isRestart = false, system, neighbours, runsIn = { place: 'thread', passedOver: [] } } = deps;
  const { hide, log, clock, db, activity, limits, store, inventory, imports } = data;
  const catalogue = openBootFileCatalogue({
    dir: base.bootFilesDir,
    userDir: userBootFiles(base.dataDir),
    log: log.child({ room: 'boot-files' }),
  });
  const checkOverrides = (text: string): void => void parseArchOverrides(text, catalogue.names());
  const runtime = openRuntimeSettings({ base, store, activity, log, checkOverrides, isRestart });
  const settings = runtime.live;
  const secrets = openSecrets({ rows: secretRows(db), host: hostServices, clock, redactor: hide });
  const { boot, sockets, services, supervisor, watch, reach } = openBootPlane({
    data,
    runtime,
    catalogue,
    hostServices,
    secrets,
    neighbours,
  });
  const { http } = services;
  const control = openControl({
    ...{ runtime, supervisor, catalogue, sockets, inventory, reach, http, dhcp: services.dhcp, db, activity, clock, hostServices },
    problems: [data.storage, data.backups],
    system,
    runsIn,
    redactor: hide,
  });
  const { bmc, bmcActions, jobs, pins, stop } = openJobs({
    ...{ db, store, hostServices, redactor: hide, secrets, inventory, activity, boot, sockets, clock, log },
    readings: watch,
    consoleLines: (host, since) => consoles.lastLines(host, CONSOLE_LINES, since),
    nic: () => supervisor.status().nic,
    selfTester: selfTester({ inventory, reach, probes: http.probes, clock }),
  });
  const consoles = openApplianceConsoles({
    ...{
      dataDir: base.dataDir,
      db,
      inventory,
      activity,
      bmc,
      pins,
      memory: store,
      hostServices,
      clock,
      log: log.child({ room: 'console' }),
    },
    jobUnderWay: (host) => jobs.ofHost(host) !== undefined,
  });
  const rooms = {
    ...{
      db,
      inventory,
      imports,
      vendors: vendors(),
      boot,
      activity,
      control,
      readings: watch,
      iscsi: services.iscsi,
      limits,
      chap: chapSecrets(secrets),
      bmc,
      bmcActions,
      consoles,
      jobs,
    },
    releaseLease: (ip: string) => services.dhcp.releaseLease(ip),
    renderConfig: boot.previewConfig,
  };
  const clockSet = (ms: number): void => {
    services.dhcp.clockSet(ms);
    jobs.clockSet(ms);
  };
  return { rooms, settings, supervisor, control, consoles, stopJobs: stop, clockSet };
}
