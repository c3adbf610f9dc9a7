import { execFile } from 'node:child_process';
import type { Clock } from '../../contract/runtime.ts';
import type { Neighbours } from '../network/neighbours.ts';

/** icmp: the `ping` program. arp: the neighbour table after a datagram to the address. none: neither works on this system. */
export type Method = 'icmp' | 'arp' | 'none';

export type ProbeResult = { kind: 'free'; by: Method } | { kind: 'used'; by: Method; mac?: string };

export interface ConflictProbe {
  /**
   * Whether another machine than the asker uses this address. The neighbour table may still remember its last holder, so that MAC counts
   * only with an answer to ping. Answers within 500 ms (700 ms on Windows).
   */
  look(ip: string, who: { readonly asker: string; readonly lastHolder?: string | undefined }): Promise<ProbeResult>;
}

export interface ConflictProbeOptions {
  readonly nic: string;
  readonly neighbours: Pick<Neighbours, 'all'>;
  /** Sends any datagram to the address, so that the system asks for its MAC. */
  readonly nudge: (ip: string) => void;
  readonly clock: Clock;
  readonly platform?: NodeJS.Platform;
  readonly ping?: (ip: string) => Promise<PingResult>;
}

export type PingResult = 'answer' | 'silence' | 'not allowed';

const WAIT_MS = 400;
/** Windows' table shows an answer later (seen after 600 ms). */
const WINDOWS_WAIT_MS = 600;
/** Starting programs costs milliseconds; in a rush of machines the neighbour table does for the rest. */
const MOST_PINGS = 4;

/**
 * Looks for a machine at an address before it is offered (RFC 2131 §2.2). The neighbour table after a nudge decides where it can be read: every
 * machine that uses an address answers ARP, also one whose firewall drops ping. Ping runs beside it, for addresses behind a relay.
 */
export function createConflictProbe(options: ConflictProbeOptions): ConflictProbe {
  const { nic, neighbours, nudge, clock, platform = process.platform } = options;
  const ping = options.ping ?? ((ip: string) => systemPing(ip, nic, platform));
  const waitMs = platform === 'win32' ? WINDOWS_WAIT_MS : WAIT_MS;
  const state = { pings: 0, allowed: pingCanBeBelieved(platform) };

  async function byPing(ip: string): Promise<PingResult> {
    if (!state.allowed || state.pings >= MOST_PINGS) return 'not allowed';
    state.pings += 1;
    const result = await ping(ip)
      .catch((): PingResult => 'not allowed')
      .finally(() => (state.pings -= 1));
    if (result === 'not allowed') state.allowed = false;
    return result;
  }

  /** An answer ends the wait; silence does not, for a ping that fails at once says nothing of the table. */
  async function asked(ip: string): Promise<PingResult> {
    nudge(ip);
    const waited = new Promise<void>((resolve) => clock.after(waitMs, resolve));
    const pinged = await byPing(ip);
    if (pinged !== 'answer') await waited;
    return pinged;
  }

  return {
    async look(ip, { asker, lastHolder }) {
      const pinged = await asked(ip);
      const table = await neighbours.all();
      const mac = table?.get(ip);
      if (pinged === 'answer') return mac === asker ? { kind: 'free', by: 'icmp' } : { kind: 'used', by: 'icmp', mac };
      // A machine with a firewall is silent to ping, but not to ARP.
      if (mac !== undefined && mac !== asker && mac !== lastHolder) return { kind: 'used', by: 'arp', mac };
      if (pinged === 'silence') return { kind: 'free', by: 'icmp' };
      return { kind: 'free', by: table === undefined ? 'none' : 'arp' };
    },
  };
}

/** Windows' ping ends with 0 for "Destination host unreachable" too, which its own system answers for a free address. Wine's always does. */
function pingCanBeBelieved(platform: NodeJS.Platform): boolean {
  return platform === 'linux' || platform === 'darwin';
}

/**
 * One echo request. A user without any right may not even start a program that has file capabilities: `spawn` throws EPERM then.
 * iputils ends with 1 for silence and 2 when it may not send at all; that of inetutils ends with 1 because it takes no fraction of a second.
 */
function systemPing(ip: string, nic: string, platform: NodeJS.Platform): Promise<PingResult> {
  const wait = platform === 'darwin' ? String(WAIT_MS) : String(WAIT_MS / 1000);
  const args = ['-n', '-q', '-c', '1', '-W', wait, platform === 'darwin' ? '-b' : '-I', nic, ip];
  return new Promise((resolve) => {
    execFile('ping', args, { timeout: WAIT_MS + 90 }, (error) => {
      if (!error) resolve('answer');
      else resolve(error.killed === true || error.code === 1 || platform === 'darwin' ? 'silence' : 'not allowed');
    });
  });
}
