import { join } from 'node:path';
import type { Settings } from '../../contract/appliance.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import { interfaceIndex } from '../../db/interfaces.ts';
import { clockSteps } from './clock-steps.ts';
import { leaseRows, type LeaseRows } from '../../db/leases.ts';
import { openDb, type Db } from '../../db/open.ts';
import { settingsStore, type SettingsStore } from '../../db/settings.ts';
import { openActivity } from '../activity/store.ts';
import { ImageLibrary } from '../boot/views/image-library.ts';
import { LibraryImports } from '../inventory/imports/imports.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { limitStrangerEvents } from '../protection/stranger-events.ts';
import { LimitBoard } from '../protection/limit-board.ts';
import { checkTriggers } from '../console/triggers/compile.ts';
import { openInventory } from '../inventory/open-inventory.ts';
import { automaticBackups, type AutomaticBackups } from '../storage/automatic-backups.ts';
import { watchStorage, type StorageWatch } from '../storage/storage-watch.ts';
import type { ClockSteps } from '../../util/clock-steps.ts';
import { redactingActivity, redactingLog, redactor, type Redactor } from '../trust/redact.ts';

/** What the data directory holds, opened. */
export interface ApplianceData {
  /** Takes secrets out of the log and the events below. */
  readonly hide: Redactor;
  readonly log: Log;
  readonly clock: Clock;
  readonly steps: ClockSteps;
  readonly db: Db;
  readonly activity: ReturnType<typeof openActivity>;
  /** Who is limited now, so that others are answered. */
  readonly limits: LimitBoard;
  readonly storage: StorageWatch;
  readonly backups: AutomaticBackups;
  readonly store: SettingsStore;
  readonly leases: LeaseRows;
  readonly library: ImageLibrary;
  readonly inventory: Inventory;
  readonly imports: LibraryImports;
}

/** E_LOCKED when another Bootbench has it, E_DB. */
export function openApplianceData(
  { dataDir }: Pick<Settings, 'dataDir'>,
  deps: { readonly log: Log; readonly clock: Clock },
): ApplianceData {
  const { clock } = deps;
  const hide = redactor();
  const log = redactingLog(deps.log, hide);
  const db = openDb(dataDir, clock.now());
  const unlimited = redactingActivity(openActivity(db, log.child({ room: 'activity' }), clock), hide);
  if (db.setAside) {
    log.error({ saved: db.setAside.saved }, db.setAside.message);
    unlimited.record({ type: 'storage.damaged', message: db.setAside.message, data: { saved: db.setAside.saved } });
  }
  const limits = new LimitBoard(unlimited, clock);
  const interfaces = interfaceIndex(db);
  const activity = limitStrangerEvents(unlimited, { isHost: (mac) => interfaces.hostOfMac(mac) !== undefined, limits, clock });
  const storage = watchStorage({ db, activity, clock });
  const backups = automaticBackups({ db, dataDir, activity, clock, log: log.child({ room: 'storage' }) });
  const store = settingsStore(db);
  const leases = leaseRows(db);
  const library = new ImageLibrary({
    log: log.child({ room: 'images' }),
    clock,
    cacheDir: join(dataDir, 'cache'),
    onTrouble: ({ type, image, message: sentence }) => void activity.record({ type: `image.${type}`, message: sentence, data: { image } }),
    onFetch: ({ etag, name, done, total }, finished) => {
      activity.progress(
        { key: `fetch:${etag}`, message: `Fetching ${name} completely: its server does not support ranges`, done, total },
        finished,
      );
    },
  });
  const inventory = openInventory({
    db,
    activity,
    clock,
    limits,
    indexImage: (source, known) => library.index(source, known),
    checkTriggers,
    leases: () => leases.list(),
  });
  const imports = new LibraryImports({
    dir: join(dataDir, 'isos'),
    inventory,
    activity,
    clock,
    log: log.child({ room: 'imports' }),
    release: (image) => library.release(image),
  });
  return {
    hide,
    log,
    clock,
    db,
    activity,
    limits,
    storage,
    backups,
    store,
    steps: clockSteps(store, clock),
    leases,
    library,
    inventory,
    imports,
  };
}
