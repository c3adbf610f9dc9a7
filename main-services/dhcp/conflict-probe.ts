import { execFile } from 'node:child_process';
import type { Clock } from '../../contract/runtime.ts';
import { sleep } from '../../util/async.ts';
import type { Neighbours } from '../network/neighbours.ts';

/**
 * icmp: the `ping` program. arp: the neighbour table after a datagram to the address. none: neither works on this system. busy: too many addresses
 * are probed now.
 */
export type ProbeMethod = 'icmp' | 'arp' | 'none' | 'busy';

export type ProbeResult = { kind: 'free'; by: ProbeMethod } | { kind: 'used'; by: ProbeMethod; mac?: string };

export interface ConflictProbe {
  /**
   * Whether a machine other than the client uses this address. The neighbour table may still contain its last holder, so that MAC counts
   * only with an answer to ping. Takes up to 500 ms (700 ms on Windows), and less while many addresses are probed.
   */
  probe(
    ip: string,
    options: {
      readonly client: string;
      readonly lastHolder?: string | undefined;
      /** Starts no program, which stops everything else for milliseconds. */
      readonly withoutPing?: boolean;
    },
  ): Promise<ProbeResult>;
}

export interface ConflictProbeOptions {
  readonly nic: string;
  readonly neighbours: Pick<Neighbours, 'all'>;
  /** Sends any datagram to the address, so that the system resolves its MAC. False where it cannot now. */
  readonly nudge: (ip: string) => boolean;
  readonly clock: Clock;
  readonly platform?: NodeJS.Platform;
  readonly ping?: (ip: string) => Promise<PingResult>;
}

export type PingResult = 'answer' | 'silence' | 'not allowed';

const PROBE_MS = 400;
/** Windows' table shows an answer later (seen after 600 ms). */
const WINDOWS_PROBE_MS = 600;
/** Starting programs costs milliseconds; in a burst of machines the neighbour table is enough for the rest. */
const MAX_CONCURRENT_PINGS = 4;
/** A room of machines is switched on: each waits for the probes before its own. A machine answers ARP within a few milliseconds. */
const MANY = 16;
const PROBE_MS_OF_MANY = 150;

/**
 * Checks that no machine uses an address before it is offered (RFC 2131 §2.2). The neighbour table after a nudge decides where it can be read: every
 * machine that uses an address answers ARP, also one whose firewall drops ping. Ping runs in parallel, for addresses behind a relay.
 */
export function createConflictProbe(options: ConflictProbeOptions): ConflictProbe {
  const { nic, neighbours, nudge, clock, platform = process.platform } = options;
  const ping = options.ping ?? ((ip: string) => systemPing(ip, nic));
  const probeMs = platform === 'win32' ? WINDOWS_PROBE_MS : PROBE_MS;
  const state = { probes: 0, pings: 0, allowed: isPingReliable(platform) };

  async function byPing(ip: string): Promise<PingResult> {
    if (!state.allowed || state.pings >= MAX_CONCURRENT_PINGS || state.probes > MANY) return 'not allowed';
    state.pings += 1;
    const result = await ping(ip)
      .catch((): PingResult => 'not allowed')
      .finally(() => (state.pings -= 1));
    if (result === 'not allowed') state.allowed = false;
    return result;
  }

  /** An answer ends the wait; silence does not, because a ping that fails immediately says nothing about the table. */
  async function waitAndPing(ip: string, withoutPing: boolean): Promise<PingResult> {
    const waited = sleep(clock, platform !== 'win32' && state.probes > MANY ? PROBE_MS_OF_MANY : probeMs);
    const pinged = withoutPing ? 'not allowed' : await byPing(ip);
    if (pinged !== 'answer') await waited;
    return pinged;
  }

  return {
    async probe(ip, { client, lastHolder, withoutPing = false }) {
      if (!nudge(ip)) return { kind: 'free', by: 'busy' };
      state.probes += 1;
      const pinged = await waitAndPing(ip, withoutPing).finally(() => (state.probes -= 1));
      const table = await neighbours.all();
      const mac = table?.get(ip);
      if (pinged === 'answer') return mac === client ? { kind: 'free', by: 'icmp' } : { kind: 'used', by: 'icmp', mac };
      if (mac !== undefined && mac !== client && mac !== lastHolder) return { kind: 'used', by: 'arp', mac };
      if (pinged === 'silence') return { kind: 'free', by: 'icmp' };
      return { kind: 'free', by: table === undefined ? 'none' : 'arp' };
    },
  };
}

/**
 * Windows' ping ends with 0 for "Destination host unreachable" too, which its own system answers for a free address. Wine's always does. That of
 * macOS has never been tried with a free address, and an address that wrongly counts as used rests for ten minutes.
 */
function isPingReliable(platform: NodeJS.Platform): boolean {
  return platform === 'linux';
}

/**
 * One echo request. An unprivileged user may not even start a program that has file capabilities: `spawn` throws EPERM then.
 * The ping of iputils ends with 1 for silence and 2 when it may not send at all; that of inetutils ends with 1 because it accepts no fraction of a second.
 */
function systemPing(ip: string, nic: string): Promise<PingResult> {
  const args = ['-n', '-q', '-c', '1', '-W', String(PROBE_MS / 1000), '-I', nic, ip];
  return new Promise((resolve) => {
    execFile('ping', args, { timeout: PROBE_MS + 90 }, (error) => {
      if (!error) resolve('answer');
      else resolve(error.killed === true || error.code === 1 ? 'silence' : 'not allowed');
    });
  });
}
