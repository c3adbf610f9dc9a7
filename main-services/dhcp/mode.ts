import type { Settings } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Binding } from '../network/types.ts';
import { poolFor, poolText } from './pool.ts';
import type { Pool } from './pool.ts';
import type { OtherServer } from './probe.ts';
import * as sentences from './sentences.ts';
import type { ServerState } from './server.ts';

export interface DesiredMode {
  readonly mode: 'full' | 'proxy';
  /** Absent in proxy mode. */
  readonly pool: Pool | undefined;
}

/** What the settings allow on this NIC, before any scan for other servers. Errors: E_DHCP_DEFAULT_ROUTE, E_DHCP_POOL. */
export function desiredMode(settings: Settings, { nic, address, netmask }: Binding): DesiredMode {
  const proxy: DesiredMode = { mode: 'proxy', pool: undefined };
  if (settings.dhcp === 'proxy') return proxy;
  if ((nic.defaultRoute || nic.wireless) && !settings.confirmDhcp) {
    if (settings.dhcp === 'auto') return proxy;
    const message = sentences.fullNeedsConfirmation(nic.name, nic.defaultRoute ? 'default route' : 'wireless');
    throw new BootbenchError('E_DHCP_DEFAULT_ROUTE', message);
  }
  return { mode: 'full', pool: poolFor({ address, netmask }, settings.pool) };
}

/** What a scan means for the running mode. `auto` gives way to another server; `full` remains, and closes the pool to unknown machines. */
export function modeAfterScan(
  mode: ServerState['mode'],
  setting: Settings['dhcp'],
  others: readonly OtherServer[],
): Pick<ServerState, 'mode' | 'closedBecause'> {
  const [first] = others;
  if (mode === 'proxy' || first === undefined) return { mode, closedBecause: undefined };
  if (setting === 'auto') return { mode: 'proxy', closedBecause: undefined };
  return { mode, closedBecause: sentences.otherServerResponds(sentences.describeServer(first)) };
}

/** What another server means for the machines of the lab. */
export function consequenceOf(mode: ServerState['mode']): string {
  return mode === 'proxy' ? sentences.NAMES_BOOT_FILES_ONLY : sentences.UNKNOWN_MACHINES_WAIT;
}

export function statusMessage(
  { mode, closedBecause }: ServerState,
  { nic, address }: Binding,
  pool: Pool | undefined,
  others: readonly OtherServer[],
): string {
  const where = `${address} (${nic.name})`;
  if (mode === 'proxy') {
    return sentences.proxyStatus(
      where,
      others.map((server) => server.address),
    );
  }
  return sentences.fullStatus(where, pool ? poolText(pool) : 'none', closedBecause);
}
