import type { Settings } from '../../contract/appliance.ts';
import type { Clock, HostServices, Log } from '../../contract/runtime.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { bootFilesDownload } from '../preflight/boot-files-download.ts';
import { openBootPlane } from './boot-plane.ts';
import { parseArchOverrides } from '../boot/decide/architecture.ts';
import { openBootFileCatalogue } from '../boot/files/boot-files.ts';
import { watchEvidence } from '../boot/evidence/evidence.ts';
import { watchSecureBoot } from '../boot/evidence/secure-boot-watch.ts';
import { createControl } from './control.ts';
import type { Rooms } from '../handlers/rooms.ts';
import { refreshIndexes } from '../inventory/refresh-indexes.ts';
import { vendors } from '../inventory/vendors.ts';
import { openApplianceData } from './data.ts';
import { startManagement } from '../management/management.ts';
import type { Neighbours } from '../network/neighbours.ts';
import { createDhcpServerScan } from '../preflight/dhcp-server-scan.ts';
import { checklistOf } from '../preflight/gather.ts';
import { openJobs } from './jobs.ts';
import { openRuntimeSettings } from '../settings/runtime-settings.ts';
import { selfTester } from '../bmc-media/self-tester.ts';

export interface ApplianceDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly hostServices: HostServices;
  /** The thread died and this is its next life. */
  readonly isRestart?: boolean;
  /** The program that gets the boot files; found beside this one unless said. */
  readonly bootFilesScript?: string;
  /** Instead of the system's ARP table, for tests. */
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

/** Builds the rooms and starts them in order: data, decisions, management plane, then the boot services on their NIC. */
export async function startAppliance(base: Settings, deps: ApplianceDeps): Promise<Appliance> {
  const { clock, hostServices, isRestart: reborn = false } = deps;
  const data = openApplianceData(base, deps);
  const { hide, log, db, activity, store, library, inventory, imports } = data;
  const catalogue = openBootFileCatalogue({ dir: base.bootFilesDir, log: log.child({ room: 'boot-files' }) });
  const checkOverrides = (text: string): void => void parseArchOverrides(text, catalogue.names());
  const runtime = openRuntimeSettings({ base, store, activity, log, checkOverrides, reborn });
  const settings = runtime.live;
  const { boot, sockets, services, supervisor, reach } = openBootPlane({
    data,
    runtime,
    catalogue,
    hostServices,
    neighbours: deps.neighbours,
  });
  const dhcpServers = createDhcpServerScan({ settings, supervisor, dhcp: services.dhcp, sockets, clock });
  const bootFiles = bootFilesDownload({ script: deps.bootFilesScript, dir: settings.bootFilesDir, activity });
  const control = createControl({
    supervisor,
    catalogue,
    db,
    hostServices,
    runtime,
    dhcpServers,
    bootFiles,
    preflight: checklistOf({
      runtime,
      supervisor,
      catalogue,
      sockets,
      dhcpServers,
      canGetBootFiles: bootFiles !== undefined,
      inventory,
      reach,
      http: services.http,
    }),
  });
  const reimaging = openJobs({
    db,
    store,
    hostServices,
    redactor: hide,
    inventory,
    activity,
    boot,
    readings: services.http.readings,
    sockets,
    nic: () => supervisor.status().nic,
    selfTester: selfTester({ inventory, reach, probes: services.http.probes, clock }),
    clock,
    log,
  });
  const rooms: Rooms = {
    db,
    inventory,
    imports,
    vendors: vendors(),
    boot,
    activity,
    control,
    readings: services.http.readings,
    bmc: reimaging.bmc,
    bmcActions: reimaging.bmcActions,
    jobs: reimaging.jobs,
    releaseLease: (ip) => services.dhcp.releaseLease(ip),
    renderConfig: boot.previewConfig,
  };
  const stopWatching = [watchEvidence(activity, inventory), watchSecureBoot(activity, clock)];

  const stop = async (): Promise<void> => {
    await management.stop();
    await reimaging.stop();
    await imports.stop();
    await supervisor.stop();
    await control.undo();
    for (const unwatch of stopWatching) unwatch();
    await library.close();
    activity.record({ type: 'appliance.stopped', message: 'Bootbench stopped.' });
    activity.close();
    db.close();
  };

  const management = await startManagement({ settings, rooms, log: log.child({ room: 'management' }), clock }).catch((error: unknown) => {
    activity.close();
    db.close();
    throw error;
  });
  activity.record({ type: 'appliance.started', message: `Bootbench ${packageJson.version} started.` });
  await imports.start();
  await supervisor.start();
  reimaging.jobs.resume();
  void refreshIndexes({ inventory, index: (source, known) => library.index(source, known), log });
  return { rooms, api: management.url, ui: management.uiUrl, boot: supervisor.status().bootUrl, stop };
}
