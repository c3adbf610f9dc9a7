import type { Handlers } from '../../contract/port.ts';
import type { ProcedureName } from '../../contract/procedures.ts';
import { lintConfig } from '../config/lint/lint.ts';
import type { Rooms } from './rooms.ts';

type ConfigCalls = Extract<ProcedureName, `config.${string}`>;

export function configHandlers({ inventory, renderConfig }: Rooms): Pick<Handlers, ConfigCalls> {
  return {
    'config.list': () => inventory.listConfigs(),
    'config.get': ({ name }) => inventory.getConfig(name),
    'config.add': ({ dryRun, ...input }) => inventory.addConfig(input, { dryRun }),
    'config.patch': ({ name, patch, ...options }) => inventory.patchConfig(name, patch, options),
    'config.remove': ({ name, ...options }) => {
      inventory.removeConfig(name, options);
      return {};
    },
    'config.lint': ({ format, files }) => lintConfig(format, files),
    'config.render': ({ config, host, file }) => renderConfig(config, host, file),
  };
}
