import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Nic } from '../../contract/appliance.ts';
import { systemClock } from '../../contract/runtime.ts';
import { sleep } from '../../util/async.ts';
import { iphlpapi } from './iphlpapi.ts';
import { parseIpNetTable, parseMacosArp, parseProcArp } from './neighbour-parsers.ts';
import type { NeighbourTable } from './neighbour-parsers.ts';

/** The system's ARP table of one NIC, read after each call: nothing older is used, and nothing is sent. */
export interface Neighbours {
  /** The MAC that has answered for this address, lower-case with colons. Undefined: no machine has, or the table cannot be read. Never throws. */
  macOf(ip: string): Promise<string | undefined>;
  /** All addresses with their MACs. Undefined: this system does not show its table. Never throws. */
  all(): Promise<NeighbourTable | undefined>;
}

export interface NeighboursOptions {
  readonly nic: Pick<Nic, 'name' | 'index'>;
  readonly platform?: NodeJS.Platform;
  /** Instead of the system's table, for tests. Throws when it cannot be read. */
  readonly read?: () => Promise<NeighbourTable>;
}

/**
 * Cheap on Linux (one read of /proc/net/arp: 30 µs with few machines, 1 ms with 1,000) and on Windows (one call of GetIpNetTable). macOS starts
 * `arp`. Concurrent calls share reads, so one object serves all who ask.
 */
export function createNeighbours(options: NeighboursOptions): Neighbours {
  const read = spaced(options.read ?? reader(options.nic, options.platform ?? process.platform));
  const all = (): Promise<NeighbourTable | undefined> => read().catch(() => undefined);
  return { all, macOf: async (ip) => (await all())?.get(ip) };
}

function reader(nic: Pick<Nic, 'name' | 'index'>, platform: NodeJS.Platform): () => Promise<NeighbourTable> {
  if (platform === 'linux') return async () => parseProcArp(await readFile('/proc/net/arp', 'latin1'), nic.name);
  if (platform === 'darwin') return () => macosTable(nic.name);
  if (platform === 'win32') return () => windowsTable(nic);
  return () => Promise.reject(new Error(`the ARP table of ${platform} is not read`));
}

const run = promisify(execFile);

/** -n: without it, every address is resolved in DNS. Not proven on a real machine. */
async function macosTable(nic: string): Promise<NeighbourTable> {
  const { stdout } = await run('/usr/sbin/arp', ['-an', '-i', nic], { timeout: 2000 });
  return parseMacosArp(stdout, nic);
}

async function windowsTable(nic: Pick<Nic, 'index'>): Promise<NeighbourTable> {
  const library = await iphlpapi();
  return parseIpNetTable(library.ipNetTable(), nic.index);
}

/** Between two reads of the table. */
const READ_INTERVAL_MS = 20;

/**
 * One read at a time, and 20 ms between two: strangers' requests come at any rate. Each call gets a read that began after it, so nothing older
 * than the call decides; calls that wait share it.
 */
function spaced(read: () => Promise<NeighbourTable>): () => Promise<NeighbourTable> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<NeighbourTable> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;

  const readNext = async (): Promise<NeighbourTable> => {
    await running;
    const wait = readAt + READ_INTERVAL_MS - performance.now();
    if (wait > 0) await sleep(systemClock, wait);
    next = undefined;
    readAt = performance.now();
    const table = read();
    running = table.catch(() => undefined);
    return table;
  };
  return () => (next ??= readNext());
}
