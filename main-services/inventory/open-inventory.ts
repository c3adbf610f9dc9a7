import type { ConsoleTrigger } from '../../contract/console.ts';
import type { ImageIndex, ImageSource } from '../../contract/inventory.ts';
import type { Clock } from '../../contract/runtime.ts';
import { objects } from '../../db/objects.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from '../activity/activity.ts';
import type { Limits } from '../protection/limit-board.ts';
import { configInventory } from './configs.ts';
import { discoveredInventory } from './discovered.ts';
import { hostInventory } from './hosts.ts';
import { imageInventory } from './images.ts';
import type { Inventory } from './inventory.ts';

export interface InventoryDeps {
  readonly db: Db;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly limits?: Limits | undefined;
  /** `known`: what was found out already. */
  readonly indexImage: (source: ImageSource, known?: Pick<ImageIndex, 'placeholderOffsets'>) => Promise<ImageIndex>;
  /** Of the triggers of one host: E_TRIGGER for one that cannot work. */
  readonly checkTriggers: (triggers: readonly ConsoleTrigger[]) => void;
  /** Leases live in the DHCP room; the snapshot shows them too. */
  readonly leases: () => ReturnType<Inventory['snapshot']>['leases'];
}

/** The inventory over bootbench.db. */
export function openInventory({ db, activity, clock, limits, indexImage, checkTriggers, leases }: InventoryDeps): Inventory {
  const images = objects(db, 'image');
  const configs = objects(db, 'config');
  const hosts = objects(db, 'host');

  const assigned = (matches: (image: string, config: string | undefined) => boolean): string[] =>
    hosts.list().flatMap(({ name, assignment }) => {
      if (!assignment) return [];
      const uses =
        matches(assignment.image, assignment.config) ||
        (assignment.after !== undefined && matches(assignment.after.image, assignment.after.config));
      return uses ? [name] : [];
    });

  const configExists = (name: string): boolean => configs.get(name) !== undefined;
  const hostPart = hostInventory({ db, rules: { image: (name) => images.get(name), configExists }, activity, clock, checkTriggers });
  const imagePart = imageInventory({
    db,
    clock,
    index: indexImage,
    configExists,
    hostsUsing: (image, config) =>
      assigned((usedImage, usedConfig) => usedImage === image && (config === undefined || usedConfig === config)),
  });

  return {
    ...hostPart,
    ...imagePart,
    ...configInventory(db, clock, (config) => assigned((_image, used) => used === config)),
    ...discoveredInventory({ db, activity, clock, limits, hosts: hostPart }),
    snapshot: () =>
      db.write(() => ({
        seq: db.lastSeq(),
        hosts: hosts.list(),
        images: images.list(),
        configs: configs.list(),
        leases: leases(),
        discovered: objects(db, 'discovered').list(),
        jobs: objects(db, 'job').list(),
      })),
  };
}
