import { SHELL_PHONE_HOME } from './phone-home.ts';
import type { OsProfile } from './types.ts';

/** An ISO that no profile fits: its boot configurations still take the arguments that people give. */
export const UNKNOWN: OsProfile = {
  id: 'unknown',
  name: 'Unknown system',
  kind: 'install',
  markers: [],
  recognise: () => undefined,
  bootConfigs: {},
  configs: {
    other: {
      how: 'Its files are in the root of the medium under their own names; the arguments say how the system finds them.',
      phoneHome: SHELL_PHONE_HOME,
    },
  },
  ibft: { reason: 'The system keeps its medium if it reads the iBFT, which is unknown.' },
  kernel: { reason: 'It is unknown where this ISO has its kernel, and which arguments the kernel needs.' },
  warnings: ['Bootbench does not know this system: arguments go into every boot configuration found, and nothing else is assumed.'],
};
