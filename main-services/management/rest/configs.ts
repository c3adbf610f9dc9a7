import type { Config } from '../../../contract/inventory.ts';
import { isObject } from '../body.ts';
import type { Caller } from './call.ts';
import { renamed, restObject, type Outcome, type Resource, type RestObject, type Column } from './resource.ts';
import { ConfigSpec } from './schemas.ts';

const KIND = 'BootConfig';
const NAMES = { format: 'format', data: 'files', defaultFile: 'defaultFile', description: 'description' };

const COLUMNS: readonly Column[] = [
  { name: 'Format', of: ({ spec }) => spec.format },
  { name: 'Files', of: ({ spec }) => isObject(spec.data) && Object.keys(spec.data) },
  { name: 'Default', priority: 1, of: ({ spec }) => spec.defaultFile },
];

export function configResource(call: Caller): Resource {
  const outcome = (config: Config): Outcome => ({ object: toObject(config), warnings: [] });
  return {
    kind: KIND,
    changes: 'config',
    columns: COLUMNS,
    schema: ConfigSpec,
    ofSnapshot: ({ configs }) => configs.map(toObject),
    ofChange: (change) => (change.kind === 'config' ? toObject(change.object) : undefined),
    get: async (name) => toObject(await call('config.get', { name })),
    create: async (name, spec, { dryRun }) => outcome(await call('config.add', { ...renamed(spec, NAMES), name, dryRun })),
    patch: async (name, spec, options) => outcome(await call('config.patch', { name, patch: renamed(spec, NAMES), ...options })),
    remove: (name, options) => call('config.remove', { name, ...options }),
  };
}

function toObject(config: Config): RestObject {
  const { format, files, defaultFile, description, updatedAt } = config;
  return restObject(KIND, config, { format, data: files, defaultFile, description }, { updatedAt });
}
