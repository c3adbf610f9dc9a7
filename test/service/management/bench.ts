import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RuntimeSettings, Settings, type ApplianceStatus, type Nic, type OtherDhcpServer } from '../../../contract/appliance.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import type { ImageIndex, ImageSource } from '../../../contract/inventory.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { jobRows } from '../../../db/jobs.ts';
import { openDb, type Db } from '../../../db/open.ts';
import { pinRows } from '../../../db/pins.ts';
import { secretRows } from '../../../db/secrets.ts';
import { settingsStore } from '../../../db/settings.ts';
import type { Activity } from '../../../main-services/activity/activity.ts';
import { openActivity } from '../../../main-services/activity/store.ts';
import { openBmcConnections } from '../../../main-services/bmc/connections.ts';
import type { BmcCredentials } from '../../../main-services/bmc/protocol.ts';
import type { FinalArguments } from '../../../contract/views.ts';
import type { BootService, View } from '../../../main-services/boot/boot.ts';
import type { Control, Rooms } from '../../../main-services/handlers/rooms.ts';
import { mergePatch } from '../../../util/merge-patch.ts';
import type { Inventory } from '../../../main-services/inventory/inventory.ts';
import { LibraryImports } from '../../../main-services/inventory/imports/imports.ts';
import { openInventory } from '../../../main-services/inventory/open-inventory.ts';
import { leaseRows } from '../../../db/leases.ts';
import { vendors } from '../../../main-services/inventory/vendors.ts';
import { startManagement, type Management } from '../../../main-services/management/management.ts';
import { bmcActions } from '../../../main-services/reimage/bmc-actions.ts';
import { JobRunner } from '../../../main-services/reimage/runner.ts';
import { TIMING } from '../../../main-services/reimage/timing.ts';
import { openPins } from '../../../main-services/trust/pins.ts';
import { redactor } from '../../../main-services/trust/redact.ts';
import { openSecrets } from '../../../main-services/trust/secrets.ts';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';
import { readFileSync } from 'node:fs';

/** The management plane over a real database and inventory, with a pretended appliance around them. */
export interface Bench {
  readonly management: Management;
  readonly token: string;
  readonly dataDir: string;
  readonly db: Db;
  readonly inventory: Inventory;
  readonly activity: Activity;
  /** Machines with a BMC, by the host part of its address; others do not answer. */
  readonly bmcs: Map<string, ScriptedBmc>;
  /** Tells a new status to whoever watches. */
  setStatus(status: Partial<ApplianceStatus>): void;
  setNics(nics: Nic[]): void;
  /** The pretended appliance's controls; a test may put its own in their place. */
  readonly control: { -readonly [K in keyof Control]: Control[K] };
  /** Tells what moves now. */
  progress(values: Parameters<Activity['progress']>[0]): void;
  /** Ends the management plane alone, as if the program were gone; `resume` starts it on the same address. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export const NIC: Nic = {
  name: 'enp3s0',
  mac: '52:54:00:aa:bb:cc',
  index: 3,
  addresses: [{ address: '192.168.77.1', netmask: '255.255.255.0', linkLocal: false }],
  up: true,
  carrier: true,
  speed: 1000,
  wireless: false,
  loopback: false,
  defaultRoute: false,
  mtu: 1500,
};

export const STATUS: ApplianceStatus = {
  nic: NIC,
  address: '192.168.77.1',
  bootUrl: 'http://192.168.77.1:7080',
  version: '0.1.0',
  services: [
    { name: 'dhcp', state: 'ready', message: 'full mode on enp3s0, port 67', port: 67 },
    { name: 'tftp', state: 'ready', message: 'port 69 on enp3s0', port: 69 },
    { name: 'http', state: 'ready', message: 'http://192.168.77.1:7080', port: 7080 },
    { name: 'management', state: 'ready', message: 'on this computer only' },
  ],
};

export const OTHER: OtherDhcpServer = { address: '192.168.77.254', proxy: false, message: '192.168.77.254 assigns addresses.' };

/** What a test wants to be real, or otherwise pretended. */
export interface BenchOptions {
  uiDir?: string;
  explain?: BootService['explain'];
  /** More of the boot room that the management plane asks. */
  boot?: (inventory: Inventory) => Partial<BootService>;
  reading?: Rooms['readings']['of'];
  /** BMCs and jobs in place of the scripted ones. */
  machines?: Partial<Pick<Rooms, 'bmc' | 'bmcActions' | 'jobs'>>;
  indexImage?: (source: ImageSource) => Promise<ImageIndex>;
  renderConfig?: (inventory: Inventory, ...asked: Parameters<Rooms['renderConfig']>) => ReturnType<Rooms['renderConfig']>;
}

export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bootbench-management-'));
  const db = openDb(dataDir);
  const activity = openActivity(db, silentLog, systemClock);
  const inventory = openInventory({
    db,
    activity,
    clock: systemClock,
    indexImage:
      options.indexImage ??
      (() =>
        Promise.resolve({
          volumeId: 'TEST',
          size: 2048 * 1024,
          etag: 'e',
          biosBootable: true,
          uefiBootable: true,
          placeholderOffsets: [],
        })),
    leases: () => leaseRows(db).list(),
  });
  const pretended = pretendControl();
  const bmcs = new Map<string, ScriptedBmc>();
  const rooms: Rooms = {
    db,
    inventory,
    imports: new LibraryImports({
      dir: join(dataDir, 'isos'),
      inventory,
      activity,
      clock: systemClock,
      log: silentLog,
      release: () => undefined,
    }),
    vendors: vendors(),
    activity,
    boot: { ...pretendBoot(options.explain), ...options.boot?.(inventory) },
    control: pretended.control,
    readings: { of: (host) => options.reading?.(host) },
    ...reimaging({ db, inventory, activity, bmcs }),
    ...options.machines,
    releaseLease: (ip) => {
      if (!leaseRows(db).byIp(ip)) throw new BootbenchError('E_NOT_FOUND', `There is no lease of ${ip}.`);
      leaseRows(db).remove(ip);
    },
    renderConfig: (...asked) => options.renderConfig?.(inventory, ...asked) ?? { file: 'f', contentType: 'text/plain', text: '' },
  };
  const settings = Settings.parse({ dataDir, api: { host: '127.0.0.1', port: 0 }, bootFilesDir: dataDir, uiDir: options.uiDir ?? dataDir });
  let management = await startManagement({ settings, rooms, log: silentLog, clock: systemClock });
  const api = { host: '127.0.0.1', port: Number(new URL(management.url).port) };
  return {
    management: { url: management.url, uiUrl: management.uiUrl, tokenFile: management.tokenFile, stop: () => management.stop() },
    token: readFileSync(management.tokenFile, 'utf8').trim(),
    dataDir,
    db,
    inventory,
    activity,
    bmcs,
    setStatus: pretended.set,
    setNics: pretended.setNics,
    control: pretended.control,
    progress: (value) => activity.progress(value),
    pause: () => management.stop(),
    resume: async () => {
      management = await startManagement({ settings: { ...settings, api }, rooms, log: silentLog, clock: systemClock });
    },
    async stop() {
      await management.stop();
      activity.close();
      db.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The real rooms of BMCs and jobs over machines in memory, in a hurry. */
function reimaging(world: Pick<Bench, 'db' | 'inventory' | 'activity' | 'bmcs'>): Pick<Rooms, 'bmc' | 'bmcActions' | 'jobs'> {
  const { db, inventory, activity, bmcs } = world;
  const clock = systemClock;
  const pins = openPins(pinRows(db), clock);
  const seals = { seal: (text: string) => Promise.resolve(btoa(text)), unseal: (sealed: string) => Promise.resolve(atob(sealed)) };
  const secrets = openSecrets({ rows: secretRows(db), host: seals, clock, redactor: redactor() });
  const opened = ({ endpoint, guard }: BmcCredentials) => (bmcs.get(endpoint.host) ?? silentBmc(endpoint.host)).provider(guard);
  const bmc = openBmcConnections({
    factories: { redfish: opened, ipmi: opened },
    secrets,
    pins,
    memory: settingsStore(db),
    hosts: () => inventory.listHosts(),
    clock,
  });
  const boot = {
    mediaUrl: (host: string) => Promise.resolve({ url: `http://192.168.77.1:7080/iso/${host}/token/lab.iso`, token: 'token' }),
    view: () => Promise.resolve({ source: { size: 4096, read: () => Promise.resolve(new Uint8Array(2048)) } } as unknown as View),
    netboot: () => Promise.resolve({ methodReason: 'It can be read over the network.' } as View),
  };
  const timing = { ...TIMING, pause: 10, look: 10, insertRead: 20, firstRead: 1000, silence: 5000, left: 100 };
  let ids = 0;
  const jobs = new JobRunner({
    rows: jobRows(db),
    inventory,
    activity,
    bmc,
    boot,
    readings: { of: () => undefined },
    wake: () => Promise.resolve('255.255.255.255 on enp3s0'),
    notify: () => Promise.resolve(),
    clock,
    log: silentLog,
    timing,
    newId: () => `job${++ids}`,
  });
  const selfTester = (): Promise<never> => Promise.reject(new BootbenchError('E_BMC_UNSUPPORTED', 'This BMC reads no ISO here.'));
  return { bmc, bmcActions: bmcActions({ inventory, bmc, boot, activity, jobs, selfTester }), jobs };
}

function silentBmc(address: string): ScriptedBmc {
  const bmc = new ScriptedBmc();
  bmc.fail('identify', new BootbenchError('E_BMC_UNREACHABLE', `No BMC answers at ${address}.`));
  return bmc;
}

function pretendControl(): { control: Control; set(status: Partial<ApplianceStatus>): void; setNics(nics: Nic[]): void } {
  let status = STATUS;
  let nics: Nic[] = [NIC];
  let settings = RuntimeSettings.parse({});
  const listeners = new Set<(status: ApplianceStatus) => void>();
  const set = (part: Partial<ApplianceStatus>): void => {
    status = { ...status, ...part };
    for (const listener of listeners) listener(status);
  };
  return {
    set,
    setNics: (next) => (nics = next),
    control: {
      status: () => status,
      onStatus: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      nics: () => Promise.resolve(nics),
      selectNic: (name) => {
        set({ nic: nics.find((nic) => nic.name === name) });
        return Promise.resolve(status);
      },
      offerAddress: (nic) =>
        Promise.resolve({ address: '192.168.77.1', prefix: 24, command: `sudo ip address add 192.168.77.1/24 dev ${nic}` }),
      setAddress: () => {
        set(STATUS);
        return Promise.resolve();
      },
      preflight: () => Promise.resolve([{ id: 'address', state: 'ok', message: 'enp3s0 has 192.168.77.1/24' }]),
      fix: (id) => Promise.resolve([{ id, state: 'ok', message: 'It is in order.' }]),
      probe: () => Promise.resolve([OTHER]),
      settings: () => settings,
      changeSettings: (patch) => {
        settings = RuntimeSettings.parse(mergePatch(settings, patch));
        return Promise.resolve(settings);
      },
      bootFiles: () => Promise.resolve([]),
      backup: (file) => Promise.resolve({ file, bytes: 1 }),
    },
  };
}

/** Of the boot room the management plane asks little; without a word of the test no view was made yet. */
function pretendBoot(explain: BootService['explain'] = (mac) => Promise.resolve({ mac, arch: 7, steps: [] })): BootService {
  const none = (): Promise<never> => Promise.reject(new BootbenchError('E_VIEW_GONE', 'No view was made for this host yet.'));
  const nothing: FinalArguments = { way: 'netboot', method: 'http-san', parts: [], line: '', bytes: 0, limit: 2000, problems: [] };
  return { explain, receipt: none, arguments: () => Promise.resolve(nothing) } as Partial<BootService> as BootService;
}
