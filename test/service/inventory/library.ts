import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchEvent } from '../../../contract/appliance.ts';
import { silentLog, systemClock, type Clock } from '../../../contract/runtime.ts';
import { openDb } from '../../../db/open.ts';
import { openActivity } from '../../../main-services/activity/store.ts';
import { ImageLibrary } from '../../../main-services/boot/views/image-library.ts';
import { LibraryImports } from '../../../main-services/inventory/imports/imports.ts';
import type { Inventory } from '../../../main-services/inventory/inventory.ts';
import { checkTriggers } from '../../../main-services/console/triggers/compile.ts';
import { openInventory } from '../../../main-services/inventory/open-inventory.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';

/** A real ISO with `extra` random bytes behind its volume. */
export function someIso(extra = 0): Buffer {
  const iso = buildIso({ volumeId: 'IMPORTED', files: [{ path: 'grub.cfg', bytes: Buffer.from('linux /vmlinuz quiet\n') }] });
  return Buffer.concat([iso, randomBytes(extra)]);
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The import room over a real database, inventory and ISO reader in a folder of its own. */
export interface Library {
  readonly folder: string;
  readonly isos: string;
  readonly inventory: Inventory;
  readonly imports: LibraryImports;
  readonly released: string[];
  /** Names of files in the library's folder. */
  files(): string[];
  events(): BenchEvent[];
  /** The next (or a past) event of this type. */
  heard(type: BenchEvent['type']): Promise<BenchEvent>;
  /** Ends it and opens it again on the same folder, as a restart does. */
  restart(): Promise<Library>;
  close(): Promise<void>;
}

export function openLibrary(folder = mkdtempSync(join(tmpdir(), 'imports-')), clock: Clock = systemClock): Library {
  const db = openDb(folder);
  const activity = openActivity(db, silentLog, systemClock);
  const images = new ImageLibrary({ log: silentLog, clock: systemClock, cacheDir: join(folder, 'cache') });
  const inventory = openInventory({
    db,
    activity,
    clock: systemClock,
    indexImage: (source, known) => images.index(source, known),
    checkTriggers,
    leases: () => [],
  });
  const isos = join(folder, 'isos');
  const released: string[] = [];
  const release = ({ name }: { name: string }): void => void released.push(name);
  const imports = new LibraryImports({ dir: isos, inventory, activity, clock, log: silentLog, release });
  const events = (): BenchEvent[] => activity.history({ limit: 100 }).filter(({ type }) => type.startsWith('image.'));
  const end = async (): Promise<void> => {
    await imports.stop();
    activity.close();
    db.close();
  };
  return {
    folder,
    isos,
    inventory,
    imports,
    released,
    events,
    files: () => readdirSync(isos).sort(),
    heard: (type) =>
      new Promise((resolve) => {
        const past = events().find((event) => event.type === type);
        if (past) resolve(past);
        else activity.subscribe((event) => event.type === type && resolve(event));
      }),
    async restart() {
      await end();
      return openLibrary(folder);
    },
    async close() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function fileOf(folder: string, bytes: Uint8Array, name = 'source.iso'): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
