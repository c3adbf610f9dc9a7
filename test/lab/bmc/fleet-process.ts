// Many fake BMCs whose machines are but readers: they read all of what was inserted, do as it says, and stay on. One JSON argument: FleetOrder.
import type { Start } from '../../fixtures/redfish-bmc/power.ts';
import { startLabBmc, type BmcOrder } from './fake-of.ts';

export interface FleetOrder {
  machines: readonly (BmcOrder & { name: string })[];
}

/** What a machine found on its medium. */
export interface ReadMedium {
  name: string;
  url: string;
  /** Hosts that the medium’s arguments name. */
  hosts: string[];
  config: string;
  /** The status of its phone-home. */
  phoned: number;
}

const PIECE = 65_536;

async function wholeOf(url: string): Promise<string> {
  const head = await fetch(url, { method: 'HEAD' });
  const size = Number(head.headers.get('content-length'));
  const pieces: Buffer[] = [];
  for (let at = 0; at < size; at += PIECE) {
    const piece = await fetch(url, { headers: { Range: `bytes=${at}-${Math.min(at + PIECE, size) - 1}` } });
    if (piece.status !== 206) throw new Error(`${url} at ${at}: ${piece.status}`);
    pieces.push(Buffer.from(await piece.arrayBuffer()));
  }
  return Buffer.concat(pieces).toString('latin1');
}

/** As the lab guest does: fetches its config from where its arguments say, and phones home. */
async function boot(name: string, url: string): Promise<ReadMedium> {
  const medium = await wholeOf(url);
  const argument = (key: string): string => new RegExp(`${key}=(\\S+)`).exec(medium)?.[1] ?? '';
  const hosts = [...new Set([...medium.matchAll(/lab\.name=(\S+)/g)].map(([, host = '']) => host))];
  const config = await (await fetch(argument('bootbench.config'))).text();
  const { status } = await fetch(argument('bootbench.phone'), { method: 'POST' });
  return { name, url, hosts, config, phoned: status };
}

async function start(name: string, { cdUrl, bootDevice }: Start): Promise<void> {
  if (cdUrl === undefined || bootDevice !== 'cdrom')
    throw new Error(`started from ${bootDevice ?? 'its disk'} with ${cdUrl ?? 'no medium'}`);
  console.log(`READ ${JSON.stringify(await boot(name, cdUrl))}`);
}

const { machines } = JSON.parse(process.argv[2] ?? '{}') as FleetOrder;
for (const { name, ...order } of machines) {
  await startLabBmc(order, {
    onPower: (on, how) => {
      if (!on) return;
      start(name, how).catch((error: unknown) => {
        console.log(`LAB-ERROR ${name}: ${String(error)}`);
      });
    },
  });
}
console.log('BMC-READY');
