import type { Handlers } from '../../contract/port.ts';
import type { ProcedureName } from '../../contract/procedures.ts';
import { lintConfig } from '../config/lint/lint.ts';
import type { Rooms } from './rooms.ts';

type ConfigCalls = Extract<ProcedureName, `config.${string}`>;

export function configHandlers({ inventory, renderConfig }: Rooms): Pick<Handlers, ConfigCalls> {
  return {
    'config.list': () => inventory.listConfigs(),
    'config.get': ({ name }) => inventory.getConfig(name),
    'config.add': (input) => inventory.addConfig(input),
    'config.patch': ({ name, patch }) => inventory.patchConfig(name, patch),
    'config.remove': ({ name }) => {
      inventory.removeConfig(name);
      return {};
    },
    'config.lint': ({ format, files }) => lintConfig(format, files),
    'config.render': ({ config, host, file }) => renderConfig(config, host, file),
  };
}
