import type { RunsIn } from '../../contract/doctor.ts';
import type { Clock, HostServices } from '../../contract/runtime.ts';
import { backUp } from '../../db/backup.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from '../activity/activity.ts';
import type { BmcReach } from '../bmc-media/media-base.ts';
import type { BootFileCatalogue } from '../boot/files/boot-files.ts';
import type { DhcpService } from '../dhcp/service.ts';
import { allChecks, type Running } from '../doctor/doctor.ts';
import type { Control } from '../handlers/rooms.ts';
import type { HttpService } from '../http/service.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { listNics } from '../network/nics.ts';
import { offerAddress, setAddress } from '../network/set-address.ts';
import type { DeviceSockets } from '../network/types.ts';
import { userBootFiles } from '../boot-files/folders.ts';
import type { System } from '../boot-files/system.ts';
import { bootFilesDownload } from '../preflight/boot-files-download.ts';
import { createDhcpServerScan } from '../preflight/dhcp-server-scan.ts';
import { createFixes } from '../preflight/fixes.ts';
import { checklistOf } from '../preflight/gather.ts';
import type { RuntimeSettingsStore } from '../settings/runtime-settings.ts';
import { MAX_EVENTS, orError, supportBundle } from '../support/bundle.ts';
import type { Redactor } from '../trust/redact.ts';
import type { StorageWatch } from '../storage/storage-watch.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

export interface ControlDeps {
  readonly runtime: RuntimeSettingsStore;
  readonly supervisor: Supervisor;
  readonly catalogue: BootFileCatalogue;
  readonly sockets: DeviceSockets;
  readonly inventory: Pick<Inventory, 'listHosts'>;
  readonly reach: Pick<BmcReach, 'checks'>;
  readonly http: HttpService;
  readonly dhcp: DhcpService;
  readonly db: Db;
  /** What the status shows besides the services. */
  readonly problems: readonly Pick<StorageWatch, 'problems' | 'onChange'>[];
  readonly activity: Activity;
  readonly clock: Clock;
  readonly hostServices: HostServices;
  readonly runsIn: RunsIn;
  readonly redactor: Redactor;
  /** Instead of this computer's distribution, for tests. */
  readonly system?: System | undefined;
}

/** The appliance's own procedures for UI and CLI. `undo` restores what they changed on this computer. */
export function openControl(deps: ControlDeps): Control & { undo(): Promise<void> } {
  const { supervisor, catalogue, db, hostServices, runtime, sockets, clock } = deps;
  const settings = runtime.live;
  const dhcpServers = createDhcpServerScan({ settings, supervisor, dhcp: deps.dhcp, sockets, clock });
  const bootFiles = bootFilesDownload({
    dir: userBootFiles(settings.dataDir),
    programDir: settings.bootFilesDir,
    activity: deps.activity,
    system: deps.system,
  });
  const preflight = checklistOf({ ...deps, dhcpServers, canGetBootFiles: () => bootFiles.hasPackages() });
  const undos: (() => Promise<void>)[] = [];
  const { status, onStatus } = statusOf(deps);

  const give: Control['setAddress'] = async (nic, address, prefix) => {
    undos.push(await setAddress(nic, address, prefix, { host: hostServices }));
  };
  const change = async (patch: Record<string, unknown>, nic?: string): Promise<void> => {
    if (runtime.change(patch, nic).length > 0) await supervisor.restart('dhcp');
  };
  const fix = createFixes({
    host: hostServices,
    checklist: preflight,
    chosenNic: () => supervisor.chosenNic,
    offerAddress,
    setAddress: give,
    changeSettings: change,
    scan: (nic) => dhcpServers.scan(nic),
    retry: () => supervisor.retry(),
    bootFiles,
  });

  const doctor: Control['doctor'] = (nic = supervisor.chosenNic) =>
    // While no service starts or stops, because each would find the ports in use by the other.
    supervisor.exclusively(() => {
      const portOf: Running['portOf'] = (service) => (nic === supervisor.chosenNic ? supervisor.portOf(service) : undefined);
      return allChecks({ settings, nic, hostServices, clock, running: { portOf, runsIn: deps.runsIn } });
    });

  return {
    status,
    onStatus,
    nics: () => listNics(),
    selectNic: async (name) => {
      await supervisor.select(name);
      return status();
    },
    offerAddress,
    setAddress: give,
    preflight,
    fix,
    probe: (nic) => dhcpServers.scan(nic),
    settings: () => runtime.current(),
    async changeSettings(patch) {
      await change(patch);
      return runtime.current();
    },
    bootFiles: () => catalogue.status(),
    doctor,
    supportBundle: async () =>
      supportBundle(
        {
          settings: { ...settings },
          checks: await doctor(),
          nics: await listNics(),
          preflight: await orError(preflight()),
          status: status(),
          events: deps.activity.history({ limit: MAX_EVENTS }),
          handled: deps.redactor,
        },
        clock.now(),
      ),
    bootFileOffers: (from) => bootFiles.offers(from),
    installBootFiles: (from, confirmed) => bootFiles.install(from, confirmed).then(() => catalogue.status()),
    stop: () => endSoon(deps),
    backup: (file, database) => backUp(db, database, file),
    async undo() {
      bootFiles.stop();
      for (const undo of undos.splice(0).reverse()) await undo();
    },
  };
}

/** The status of the services, with what else does not work. */
function statusOf({ supervisor, problems: sources }: Pick<ControlDeps, 'supervisor' | 'problems'>): Pick<Control, 'status' | 'onStatus'> {
  const status: Control['status'] = () => {
    const problems = sources.flatMap((source) => source.problems());
    return { ...supervisor.status(), ...(problems.length > 0 && { problems }) };
  };
  return {
    status,
    onStatus(listener) {
      const stops = [supervisor.onStatus(() => listener(status())), ...sources.map((source) => source.onChange(() => listener(status())))];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

/** In which the answer to the request that ends the program reaches its client. */
const BEFORE_END_MS = 100;

function endSoon({ clock, hostServices }: Pick<ControlDeps, 'clock' | 'hostServices'>): { pid: number } {
  clock.after(BEFORE_END_MS, () => void hostServices.endProgram?.());
  return { pid: process.pid };
}
