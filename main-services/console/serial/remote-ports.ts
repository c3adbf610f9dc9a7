import type { Clock, HostServices, SerialCall } from '../../../contract/runtime.ts';
import { localPorts } from './local-ports.ts';
import type { ListedPort, NativePorts } from './native.ts';

/** The ports as this thread can use them: through the main thread, or directly where this is the main thread. */
export function nativePorts(host: Pick<HostServices, 'serial'>, clock: Clock): NativePorts {
  return host.serial ? remotePorts(host.serial.bind(host)) : localPorts(clock);
}

/** The answers are those of SerialHost in serial-host.ts. */
export function remotePorts(ask: (call: SerialCall) => Promise<unknown>): NativePorts {
  return {
    load: async () => {
      await ask({ do: 'load' });
    },
    list: async () => (await ask({ do: 'list' })) as ListedPort[],
    open: async (path, baud) => {
      const port = (await ask({ do: 'open', path, baud })) as number;
      return {
        read: async () => (await ask({ do: 'read', port })) as Uint8Array,
        write: async (bytes) => {
          await ask({ do: 'write', port, bytes });
        },
        setBaud: async (speed) => {
          await ask({ do: 'set-baud', port, baud: speed });
        },
        setLines: async (lines) => {
          await ask({ do: 'set-lines', port, lines });
        },
        lines: async () => (await ask({ do: 'lines', port })) as { cts: boolean; dsr: boolean; dcd: boolean },
        drain: async () => {
          await ask({ do: 'drain', port });
        },
        close: async () => {
          await ask({ do: 'close', port });
        },
      };
    },
  };
}
