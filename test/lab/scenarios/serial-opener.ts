import { errorBody } from '../../../contract/errors.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { localPorts } from '../../../main-services/console/serial/local-ports.ts';
import { openSerial } from '../../../main-services/console/serial/open-serial.ts';
import { untilUsable } from '../../../main-services/console/serial/until-usable.ts';

/**
 * `serial-opener <port> [--when-usable]`: opens a serial port as the user who runs it, and prints the error as one JSON line, or null. With the
 * option it prints `waiting` and opens the port when that becomes usable.
 */
const [path = '', option] = process.argv.slice(2);
if (option === '--when-usable') {
  console.log('waiting');
  await untilUsable(path, systemClock, AbortSignal.timeout(20_000));
}
const events = { data: () => undefined, notice: () => undefined, closed: () => undefined };
const open = openSerial({ path, baud: 115200, native: localPorts(systemClock), clock: systemClock, log: silentLog });
const outcome = await open(events, { signal: new AbortController().signal, takeOver: false }).then(
  async (port) => port.close().then(() => null),
  (error: unknown) => errorBody(error),
);
console.log(JSON.stringify(outcome));
