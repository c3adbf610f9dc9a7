import { protectionOf } from '../../fixtures/protection.ts';
import { join } from 'node:path';
import { Settings } from '../../../contract/appliance.ts';
import type { Lease } from '../../../contract/inventory.ts';
import { silentLog } from '../../../contract/runtime.ts';
import { viewRows, type ViewRows } from '../../../db/views.ts';
import { openBootService } from '../../../main-services/boot/boot-service.ts';
import type { BootService } from '../../../main-services/boot/boot.ts';
import type { SourceAddressFacts } from '../../../main-services/boot/decide/client-identity.ts';
import { openBootFileCatalogue } from '../../../main-services/boot/files/boot-files.ts';
import { ImageLibrary } from '../../../main-services/boot/views/image-library.ts';
import { Views } from '../../../main-services/boot/views/views.ts';
import type { Inventory } from '../../../main-services/inventory/inventory.ts';
import { checkTriggers } from '../../../main-services/console/triggers/compile.ts';
import { openInventory } from '../../../main-services/inventory/open-inventory.ts';
import type { DataFixture } from '../../fixtures/data-fixture.ts';

/** Where the fixture's boot plane is. */
export const BOOT_URL = 'http://192.168.88.1:7080';

/** What the network shows of the machines, as a test sets it up; it may change while the service is open. */
export interface TestNetwork {
  /** Address to MAC. */
  readonly leases: Map<string, string>;
  readonly neighbours: Map<string, string>;
  routed: 'refuse' | 'trust';
  /** The rows of a real DHCP service, instead of `leases`. */
  readonly leaseAt?: (ip: string) => Lease | undefined;
  /** How addresses of the boot network start. */
  readonly prefix?: string;
}

export interface BootFixture {
  readonly boot: BootService;
  readonly inventory: Inventory;
  readonly library: ImageLibrary;
  /** How many view rows were read from the database. */
  rowsRead(): number;
}

/** The real boot service, inventory, image library and views over the bench's database. Close the library after use. */
export function openBootFixture(bench: DataFixture, network: TestNetwork, settings: Record<string, unknown> = {}): BootFixture {
  const { db, activity, clock, dataDir } = bench;
  const file = { checkEvery: 0, lookEvery: 10, patience: { loss: 50, least: 0 } };
  const library = new ImageLibrary({ log: silentLog, clock, cacheDir: join(dataDir, 'cache'), file });
  const inventory = openInventory({ db, activity, clock, indexImage: (source) => library.index(source), checkTriggers, leases: () => [] });
  const { rows, rowsRead } = countingRows(viewRows(db));
  const views = new Views({
    rows,
    library,
    clock,
    secret: 'secret',
    findImage: (name) => inventory.getImage(name),
    tinkerbell: () => ({ tinkTls: false, isoStaticIpam: false, serverIp: '192.168.88.1' }),
  });
  const boot = openBootService({
    settings: Settings.parse({ dataDir, bootFilesDir: dataDir, uiDir: dataDir, ...settings }),
    inventory,
    activity,
    strangers: protectionOf(activity, clock).strangers,
    catalogue: openBootFileCatalogue({ dir: dataDir, log: silentLog }),
    views,
    library,
    clock,
    bootUrl: () => BOOT_URL,
    chapAccount: () => Promise.resolve(undefined),
    macOfAddress: (ip) => network.leases.get(ip),
    addressOfMac: () => undefined,
    wire: (ip) => Promise.resolve(sourceAddressFacts(network, ip, clock.now())),
  });
  return { boot, inventory, library, rowsRead };
}

function sourceAddressFacts(network: TestNetwork, ip: string, now: number): SourceAddressFacts {
  const { leases, neighbours, routed, prefix = '192.168.88.' } = network;
  const mac = leases.get(ip);
  const listed: Lease | undefined = mac === undefined ? undefined : { ip, mac, state: 'bound', startedAt: now, expiresAt: now + 1 };
  return {
    loopback: false,
    onLink: ip.startsWith(prefix),
    ownAddresses: true,
    routed,
    neighbour: neighbours.get(ip),
    viaGateway: false,
    lease: network.leaseAt ? network.leaseAt(ip) : listed,
    now,
  };
}

function countingRows(rows: ViewRows): { rows: ViewRows; rowsRead: () => number } {
  let read = 0;
  return {
    rows: {
      ...rows,
      get(token) {
        read += 1;
        return rows.get(token);
      },
      ofMac(mac) {
        read += 1;
        return rows.ofMac(mac);
      },
    },
    rowsRead: () => read,
  };
}
