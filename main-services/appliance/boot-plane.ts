import { randomBytes } from 'node:crypto';
import { asBootbenchError } from '../../contract/errors.ts';
import type { HostServices } from '../../contract/runtime.ts';
import type { SettingsStore } from '../../db/settings.ts';
import { viewRows } from '../../db/views.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { leaseLookup } from '../dhcp/lease-lookup.ts';
import { mediaProtocolsOf } from '../bmc/media-memory.ts';
import { bmcReach, type BmcReach } from '../bmc-media/media-base.ts';
import type { BootService } from '../boot/boot.ts';
import type { BootFileCatalogue } from '../boot/files/boot-files.ts';
import { openBootService } from '../boot/boot-service.ts';
import { Views } from '../boot/views/views.ts';
import { DhcpService } from '../dhcp/service.ts';
import { createHttpService } from '../http/service.ts';
import type { ApplianceData } from './data.ts';
import { deviceSockets } from '../network/device-socket.ts';
import type { Neighbours } from '../network/neighbours.ts';
import { rawSockets } from '../network/raw-sockets.ts';
import { proveBinding } from '../network/self-test.ts';
import type { DeviceSockets } from '../network/types.ts';
import { addressEvents } from '../protection/address-events.ts';
import type { RuntimeSettingsStore } from '../settings/runtime-settings.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { chapAccountOf } from '../trust/chap.ts';
import type { Secrets } from '../trust/secrets.ts';
import { IsoWatch } from '../reading/iso-watch.ts';
import { createIscsiService } from '../iscsi/service.ts';
import { createTftpService } from '../tftp/service.ts';
import { sourceAddressFacts } from './source-address-facts.ts';

export interface BootPlaneDeps {
  readonly data: ApplianceData;
  readonly runtime: RuntimeSettingsStore;
  readonly catalogue: BootFileCatalogue;
  readonly hostServices: HostServices;
  readonly secrets: Secrets;
  /** Instead of the system's ARP table, for tests. */
  readonly neighbours?: Neighbours | undefined;
}

/** The decisions about boots, and the services on the lab's port that carry them out. */
export interface BootPlane {
  readonly boot: BootService;
  readonly sockets: DeviceSockets;
  readonly services: {
    readonly dhcp: DhcpService;
    readonly tftp: ReturnType<typeof createTftpService>;
    readonly http: ReturnType<typeof createHttpService>;
    readonly iscsi: ReturnType<typeof createIscsiService>;
  };
  readonly supervisor: Supervisor;
  /** What machines have read of their ISOs, over HTTP and iSCSI. */
  readonly watch: IsoWatch;
  readonly reach: BmcReach;
}

/** Nothing is listened on before the supervisor starts. */
export function openBootPlane({ data, runtime, catalogue, hostServices, secrets, neighbours }: BootPlaneDeps): BootPlane {
  const { log, clock, db, activity, limits, store, leases, library, inventory } = data;
  const settings = runtime.live;
  const strangers = addressEvents(activity, limits, clock);
  const views = new Views({
    rows: viewRows(db),
    library,
    clock,
    secret: viewSecret(store),
    findImage: (name) => inventory.getImage(name),
    tinkerbell: () => ({ ...settings, serverIp: new URL(supervisor.bootUrl()).hostname }),
  });
  const boot = openBootService({
    settings,
    inventory,
    activity,
    strangers,
    catalogue,
    views,
    library,
    clock,
    bootUrl: () => supervisor.bootUrl(),
    chapAccount: (host) => chapAccountOf(host, secrets),
    mediaBase: (host) => reach.base(host),
    ...leaseLookup(leases, clock),
    wire: sourceAddressFacts({
      settings,
      leases,
      clock,
      binding: () => supervisor.binding,
      ownAddresses: () => isOnlyDhcpServer(services.dhcp),
      neighbours,
    }),
  });
  const sockets = deviceSockets({ log: log.child({ room: 'network' }) });
  const watch = new IsoWatch(activity, clock);
  const room = (name: string) => ({ settings, boot, activity, limits, strangers, sockets, clock, log: log.child({ room: name }) });
  const isDirect = process.env.BOOTBENCH_DIRECT_SEND !== '0';
  const services = {
    dhcp: new DhcpService({ ...room('dhcp'), db }),
    tftp: createTftpService({ ...room('tftp'), raw: process.env.BOOTBENCH_TFTP_THREAD === '0' ? undefined : rawSockets() }),
    http: createHttpService({ ...room('http'), watch, isDirect }),
    iscsi: createIscsiService({
      ...room('iscsi'),
      watch,
      isDirect,
      chap: ({ host }) => chapAccountOf(host, secrets).catch(asBootbenchError),
    }),
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
  services.dhcp.onStatus(({ message }) => supervisor.setMessage('dhcp', message));
  services.http.onStatus(({ message }) => supervisor.setMessage('http', message));
  const reach = bmcReach({
    settings,
    bootUrl: () => supervisor.bootUrl(),
    chosenNic: () => supervisor.chosenNic,
    endpoints: services.http.endpoints,
    mediaProtocols: (host) => mediaProtocolsOf(store, host),
  });
  return { boot, sockets, services, supervisor, watch, reach };
}

/** While another server responds on this network, the address of a machine may come from there. */
function isOnlyDhcpServer(dhcp: DhcpService): boolean {
  const { mode, others } = dhcp.status();
  return mode === 'full' && (others === undefined || others.length === 0);
}

/** Makes boot URLs unguessable and the same after a restart. */
function viewSecret(store: SettingsStore): string {
  const known = store.get('view-secret');
  if (known !== undefined) return known;
  const secret = randomBytes(32).toString('hex');
  store.set('view-secret', secret);
  return secret;
}
