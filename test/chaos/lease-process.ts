import { DhcpSocket, Unanswered } from '../lab/machines/dhcp-socket.ts';
import { pause } from '../lab/process.ts';
import { macOf } from './actors.ts';
import { WriteLog } from './write-log.ts';

/** Machines that get an address, each once, run in the bench's namespace until they are ended: `lease-process <log file>`. */
const AT_ONCE = 4;

const log = new WriteLog(process.argv[2] ?? '');
const dhcp = await DhcpSocket.open(
  'eth0',
  Array.from({ length: 16 }, () => 500),
);
let number = 0;

async function machine(): Promise<never> {
  for (;;) {
    const mac = macOf(0x30, ++number);
    try {
      const { address } = await dhcp.lease('system', mac);
      log.add('acked', `lease/${mac}`, address);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
    }
    await pause(50);
  }
}

console.log('ready');
await Promise.all(Array.from({ length: AT_ONCE }, machine));
