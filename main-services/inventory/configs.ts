import { BootbenchError } from '../../contract/errors.ts';
import { ConfigInput, type Config } from '../../contract/inventory.ts';
import { badInput } from '../../contract/port.ts';
import type { Clock } from '../../contract/runtime.ts';
import { objects, type Objects } from '../../db/objects.ts';
import type { Db } from '../../db/open.ts';
import { conditionalWrite } from './conditional-write.ts';
import type { Inventory } from './inventory.ts';
import { assignedTo, exists, noDefaultFile, notFound } from './sentences.ts';
import { mergePatch, type JsonPatch } from '../../util/merge-patch.ts';

type ConfigPart = Pick<Inventory, 'listConfigs' | 'getConfig' | 'addConfig' | 'patchConfig' | 'removeConfig'>;

export function configInventory(db: Db, clock: Clock, hostsUsing: (config: string) => string[]): ConfigPart {
  const rows: Objects<Config> = objects(db, 'config');

  const get = (name: string): Config => {
    const config = rows.get(name);
    if (!config) throw new BootbenchError('E_NOT_FOUND', notFound('config', name));
    return config;
  };

  const save = (config: Config): Config => {
    const { defaultFile, files } = config;
    if (defaultFile !== undefined && !Object.hasOwn(files, defaultFile)) {
      throw new BootbenchError('E_BAD_INPUT', noDefaultFile(config.name, defaultFile, Object.keys(files)));
    }
    const saved = { ...config, updatedAt: clock.now() };
    return rows.put(config.name, saved);
  };

  return {
    listConfigs: () => rows.list(),
    getConfig: get,
    addConfig(input, options = {}) {
      const add = (): Config => {
        if (rows.get(input.name)) throw new BootbenchError('E_EXISTS', exists('config', input.name));
        const now = clock.now();
        return save({ ...input, createdAt: now, updatedAt: now });
      };
      return conditionalWrite(db, options, () => input, add);
    },
    patchConfig(name, patch, options = {}) {
      const change = (): Config => {
        const { createdAt, updatedAt, seq: _seq, ...before } = get(name);
        const parsed = ConfigInput.strict().safeParse({ ...(mergePatch(before, patch) as JsonPatch), name });
        if (!parsed.success) throw badInput(`config ${name}`, parsed.error.issues);
        return save({ ...parsed.data, createdAt, updatedAt });
      };
      return conditionalWrite(db, options, () => get(name), change);
    },
    removeConfig(name, options = {}) {
      const remove = (): void => {
        get(name);
        const users = hostsUsing(name);
        if (users.length > 0) throw new BootbenchError('E_IN_USE', assignedTo('config', name, users));
        const images = objects(db, 'image');
        for (const image of images.list().filter(({ bootConfigs }) => bootConfigs.includes(name))) {
          images.put(image.name, { ...image, bootConfigs: image.bootConfigs.filter((config) => config !== name), updatedAt: clock.now() });
        }
        rows.remove(name);
      };
      conditionalWrite(db, options, () => get(name), remove);
    },
  };
}
