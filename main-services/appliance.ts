import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Settings } from '../contract/appliance.ts';
import type { Clock, HostServices, Log } from '../contract/runtime.ts';
import { leaseRows } from '../db/leases.ts';
import { openDb } from '../db/open.ts';
import { settingsStore, type SettingsStore } from '../db/settings.ts';
import { views as viewRows } from '../db/views.ts';
import packageJson from '../package.json' with { type: 'json' };
import { openActivity } from './activity/store.ts';
import { addressBook } from './address-book.ts';
import { bmcReach } from './bmc-reach.ts';
import { bootFilesGetter } from './boot-files-getter.ts';
import { parseArchOverrides } from './boot/architecture.ts';
import { openBootFileCatalogue } from './boot/boot-files.ts';
import { watchEvidence } from './boot/evidence.ts';
import { ImageLibrary } from './boot/image-library.ts';
import { openBoot } from './boot/open.ts';
import { watchSecureBoot } from './boot/secure-boot-watch.ts';
import { Views } from './boot/views.ts';
import { createControl } from './control.ts';
import { createDhcpService } from './dhcp/service.ts';
import type { Rooms } from './handlers/rooms.ts';
import { createHttpService } from './http/service.ts';
import { LibraryImports } from './inventory/imports.ts';
import { openInventory } from './inventory/open.ts';
import { refreshIndexes } from './inventory/refresh-indexes.ts';
import { vendors } from './inventory/vendors.ts';
import { startManagement } from './management/management.ts';
import { deviceSockets } from './network/device-socket.ts';
import { proveBinding } from './network/self-test.ts';
import { createOtherServers } from './other-servers.ts';
import { preflightOf } from './preflight.ts';
import { openReimaging } from './reimaging.ts';
import { openRuntimeSettings } from './runtime-settings.ts';
import { selfTester } from './self-tester.ts';
import { Supervisor } from './supervisor.ts';
import { createTftpService } from './tftp/service.ts';
import { redactingActivity, redactingLog, redactor } from './trust/redact.ts';

export interface ApplianceDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly hostServices: HostServices;
  /** The thread died and this is its next life. */
  readonly reborn?: boolean;
  /** The program that gets the boot files; found beside this one unless said. */
  readonly bootFilesScript?: string;
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
  const { clock, hostServices, reborn = false } = deps;
  const hide = redactor();
  const log = redactingLog(deps.log, hide);
  const db = openDb(base.dataDir);
  const activity = redactingActivity(openActivity(db, log.child({ room: 'activity' }), clock), hide);
  const store = settingsStore(db);
  const leases = leaseRows(db);
  const library = new ImageLibrary({
    log: log.child({ room: 'images' }),
    clock,
    cacheDir: join(base.dataDir, 'cache'),
    onTrouble: ({ type, image, sentence }) => void activity.record({ type: `image.${type}`, text: sentence, data: { image } }),
    onFetch: ({ etag, name, done, total }, finished) => {
      activity.progress({ key: `fetch:${etag}`, text: `Fetching ${name}, whose server has no ranges`, done, total }, finished);
    },
  });
  const inventory = openInventory({
    db,
    activity,
    clock,
    indexImage: (source, known) => library.index(source, known),
    leases: () => leases.list(),
  });
  const imports = new LibraryImports({
    dir: join(base.dataDir, 'isos'),
    inventory,
    activity,
    clock,
    log: log.child({ room: 'imports' }),
    release: (image) => library.release(image),
  });
  const catalogue = openBootFileCatalogue({ dir: base.bootFilesDir, log: log.child({ room: 'boot-files' }) });
  const checkOverrides = (text: string): void => void parseArchOverrides(text, catalogue.names());
  const runtime = openRuntimeSettings({ base, store, activity, log, checkOverrides, reborn });
  const settings = runtime.live;
  const views = new Views({
    rows: viewRows(db),
    library,
    clock,
    secret: viewSecret(store),
    findImage: (name) => inventory.getImage(name),
    tinkerbell: () => ({ ...settings, serverIp: new URL(supervisor.bootUrl()).hostname }),
  });
  const boot = openBoot({
    settings,
    inventory,
    activity,
    catalogue,
    views,
    library,
    clock,
    log,
    bootUrl: () => supervisor.bootUrl(),
    mediaBase: (host) => reach.base(host),
    ...addressBook(leases, clock),
  });
  const sockets = deviceSockets({ log: log.child({ room: 'network' }) });
  const room = (name: string) => ({ settings, boot, activity, sockets, clock, log: log.child({ room: name }) });
  const services = {
    dhcp: createDhcpService({ ...room('dhcp'), db }),
    tftp: createTftpService(room('tftp')),
    http: createHttpService(room('http')),
  };
  const supervisor = new Supervisor({
    settings,
    store,
    services,
    proveBinding: (nic) => proveBinding(sockets, clock, nic),
    activity,
    clock,
    log,
    hostServices,
    version: packageJson.version,
    nicChosen: (nic) => runtime.nicChosen(nic),
  });
  services.dhcp.onStatus(({ text }) => supervisor.say('dhcp', text));
  services.http.onStatus(({ text }) => supervisor.say('http', text));
  const reach = bmcReach({
    settings,
    bootUrl: () => supervisor.bootUrl(),
    chosenNic: () => supervisor.chosenNic,
    places: services.http.places,
  });
  const others = createOtherServers({ settings, supervisor, dhcp: services.dhcp, sockets, clock });
  const getter = bootFilesGetter({ script: deps.bootFilesScript, dir: settings.bootFilesDir, activity });
  const control = createControl({
    supervisor,
    catalogue,
    db,
    hostServices,
    runtime,
    others,
    getter,
    preflight: preflightOf({
      runtime,
      supervisor,
      catalogue,
      sockets,
      others,
      canGetBootFiles: getter !== undefined,
      inventory,
      reach,
      http: services.http,
    }),
  });
  const reimaging = openReimaging({
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
    activity.record({ type: 'appliance.stopped', text: 'Bootbench stopped.' });
    activity.close();
    db.close();
  };

  const management = await startManagement({ settings, rooms, log: log.child({ room: 'management' }), clock }).catch((error: unknown) => {
    activity.close();
    db.close();
    throw error;
  });
  activity.record({ type: 'appliance.started', text: `Bootbench ${packageJson.version} started.` });
  await imports.start();
  await supervisor.start();
  reimaging.jobs.resume();
  void refreshIndexes({ inventory, index: (source, known) => library.index(source, known), log });
  return { rooms, api: management.url, ui: management.uiUrl, boot: supervisor.status().bootUrl, stop };
}

/** Makes boot URLs unguessable and the same after a restart. */
function viewSecret(store: SettingsStore): string {
  const known = store.get('view-secret');
  if (known !== undefined) return known;
  const secret = randomBytes(32).toString('hex');
  store.set('view-secret', secret);
  return secret;
}
