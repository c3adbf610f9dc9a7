import type { Config } from '../../../contract/inventory.ts';
import type { Caller } from './call.ts';
import { renamed, restObject, unknownFields, type Resource, type RestObject } from './resource.ts';

const KIND = 'BootConfig';
const NAMES = { format: 'format', data: 'files', defaultFile: 'defaultFile', description: 'description' };

export function configResource(call: Caller): Resource {
  return {
    kind: KIND,
    changes: 'config',
    ofSnapshot: ({ configs }) => configs.map(toObject),
    ofChange: (change) => (change.kind === 'config' ? toObject(change.object) : undefined),
    get: async (name) => toObject(await call('config.get', { name })),
    create: async (name, spec) => ({
      object: toObject(await call('config.add', { ...renamed(spec, NAMES), name })),
      warnings: unknownFields(spec, Object.keys(NAMES)),
    }),
    patch: async (name, spec) => ({
      object: toObject(await call('config.patch', { name, patch: renamed(spec, NAMES) })),
      warnings: unknownFields(spec, Object.keys(NAMES)),
    }),
    remove: (name) => call('config.remove', { name }),
  };
}

function toObject(config: Config): RestObject {
  const { format, files, defaultFile, description, updatedAt } = config;
  return restObject(KIND, config, { format, data: files, defaultFile, description }, { updatedAt });
}
