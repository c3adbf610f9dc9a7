import { BootbenchError } from '../../../contract/errors.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import { abortable, cancelled } from '../../../util/async.ts';
import type { OpenTransport, TransportEvents } from '../transport.ts';
import { accessOf, holderOf } from './access.ts';
import { openFailure, wordsOf, type NativePort, type NativePorts } from './native.ts';
import { listPorts } from './ports.ts';
import { SerialTransport } from './serial-transport.ts';
import { notAPort, openFailed, portDenied, portInUse, portNotFound } from './sentences.ts';

export interface SerialOptions {
  /** `/dev/serial/by-id/…`, `/dev/ttyUSB0`, `/dev/cu.usbserial-1`, `COM3`. */
  readonly path: string;
  /** Bits per second. `auto`: opens at 115,200 and detects the speed from the first output, however late it comes. */
  readonly baud: number | 'auto';
  /** Of `nativePorts` in remote-ports.ts. */
  readonly native: NativePorts;
  readonly clock: Clock;
  readonly log: Log;
}

const FIRST_BAUD = 115200;

/**
 * A serial port of this computer: 8N1, no flow control, DTR and RTS on, locked. Ends with E_CONSOLE_GONE when the adapter is unplugged.
 * E_CONSOLE_UNREACHABLE (not found), E_CONSOLE_BUSY, E_CONSOLE_PERMISSION with the command in details, E_CONSOLE_UNSUPPORTED.
 */
export function openSerial(options: SerialOptions): OpenTransport {
  return async (events, { signal }) => {
    const { path, native, clock, log } = options;
    const baud = options.baud === 'auto' ? FIRST_BAUD : options.baud;
    const device = await abortable(check(path, native, clock), signal);
    const port = await openNative(options, device, baud);
    const transport = await started({ native: port, path, baud, events, clock, log });
    if (signal.aborted) {
      await transport.close();
      throw cancelled(signal);
    }
    if (options.baud === 'auto') transport.detectLater();
    return transport;
  };
}

/** Returns the device that the path means. Throws what keeps it from being opened, before anything is changed on it. */
async function check(path: string, native: NativePorts, clock: Clock): Promise<string> {
  const found = await accessOf(path);
  switch (found.kind) {
    case 'not-found':
      throw portNotFound(
        path,
        (await listPorts(native)).map((port) => port.path),
      );
    case 'not-a-port':
      throw notAPort(path);
    case 'denied':
      throw portDenied(path, found.device, found.denial);
    case 'ok': {
      const holder = await holderOf(found.device, clock.now());
      if (holder) throw portInUse(path, holder);
      return found.device;
    }
  }
}

async function openNative({ path, native, clock }: SerialOptions, device: string, baud: number): Promise<NativePort> {
  try {
    return await native.open(path, baud);
  } catch (error) {
    if (error instanceof BootbenchError && error.code === 'E_CONSOLE_UNSUPPORTED') throw error;
    switch (openFailure(error)) {
      case 'in-use':
        throw portInUse(path, await holderOf(device, clock.now()));
      case 'not-found':
        throw portNotFound(
          path,
          (await listPorts(native)).map((port) => port.path),
        );
      case 'other':
        throw openFailed(path, wordsOf(error));
    }
  }
}

async function started(parts: {
  native: NativePort;
  path: string;
  baud: number;
  events: TransportEvents;
  clock: Clock;
  log: Log;
}): Promise<SerialTransport> {
  const transport = new SerialTransport(parts);
  await transport.start();
  return transport;
}
