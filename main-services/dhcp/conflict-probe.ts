import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../contract/runtime.ts';

/** icmp: the `ping` program. arp: the neighbour table after a datagram to the address. none: neither works on this system. */
export type Method = 'icmp' | 'arp' | 'none';

export type ProbeResult = { kind: 'free'; by: Method } | { kind: 'used'; by: Method; mac?: string };

export interface ConflictProbe {
  /**
   * Whether a machine uses this address. `allowed` are MACs whose use is no conflict: the asker's, and the address's last holder,
   * which the neighbour table may still remember. Answers within 500 ms.
   */
  look(ip: string, allowed: readonly string[]): Promise<ProbeResult>;
}

export interface ConflictProbeOptions {
  readonly nic: string;
  /** Sends any datagram to the address, so that the system asks for its MAC. */
  readonly nudge: (ip: string) => void;
  readonly clock: Clock;
  readonly platform?: NodeJS.Platform;
  readonly ping?: (ip: string) => Promise<PingResult>;
  /** The neighbour table in the form of /proc/net/arp; undefined where there is none. */
  readonly arpTable?: () => Promise<string | undefined>;
}

export type PingResult = 'answer' | 'silence' | 'not allowed';

const WAIT_MS = 400;
/** Starting programs costs milliseconds; in a rush of machines the neighbour table does for the rest. */
const MOST_PINGS = 4;

/** Looks for a machine at an address before it is offered (RFC 2131 §2.2): by ping where that is allowed, else through ARP. */
export function createConflictProbe(options: ConflictProbeOptions): ConflictProbe {
  const { nic, nudge, clock, platform = process.platform } = options;
  const ping = options.ping ?? ((ip: string) => systemPing(ip, nic, platform));
  const arpTable = options.arpTable ?? (() => procArp(platform));
  const state = { pings: 0, allowed: true };

  async function byPing(ip: string): Promise<PingResult> {
    state.pings += 1;
    const result = await ping(ip)
      .catch((): PingResult => 'not allowed')
      .finally(() => (state.pings -= 1));
    if (result === 'not allowed') state.allowed = false;
    return result;
  }

  return {
    async look(ip, allowed) {
      const pinged = state.allowed && state.pings < MOST_PINGS ? await byPing(ip) : 'not allowed';
      if (pinged === 'not allowed') {
        nudge(ip);
        await new Promise<void>((resolve) => clock.after(WAIT_MS, resolve));
      }
      const table = await arpTable();
      const mac = table === undefined ? undefined : neighbourIn(table, ip, nic);
      if (pinged === 'answer')
        return mac !== undefined && allowed.includes(mac) ? { kind: 'free', by: 'icmp' } : { kind: 'used', by: 'icmp', mac };
      // A machine with a firewall is silent to ping, but not to ARP.
      if (mac !== undefined && !allowed.includes(mac)) return { kind: 'used', by: 'arp', mac };
      if (pinged === 'silence') return { kind: 'free', by: 'icmp' };
      return { kind: 'free', by: table === undefined ? 'none' : 'arp' };
    },
  };
}

/** The complete entry of an address in /proc/net/arp: flag 0x2 means that a machine has answered. */
export function neighbourIn(table: string, ip: string, nic: string): string | undefined {
  for (const line of table.split('\n').slice(1)) {
    const [address, , flags, mac, , device] = line.trim().split(/\s+/);
    if (address !== ip || device !== nic || mac === undefined) continue;
    return (Number(flags) & 2) !== 0 && mac !== '00:00:00:00:00:00' ? mac : undefined;
  }
  return undefined;
}

async function procArp(platform: NodeJS.Platform): Promise<string | undefined> {
  if (platform !== 'linux') return undefined;
  return readFile('/proc/net/arp', 'latin1').catch(() => undefined);
}

/**
 * One echo request. A user without any right may not even start a program that has file capabilities: `spawn` throws EPERM then.
 * iputils ends with 1 for silence and 2 when it may not send at all; other systems are taken at their word.
 */
function systemPing(ip: string, nic: string, platform: NodeJS.Platform): Promise<PingResult> {
  const args = {
    linux: ['-n', '-q', '-c', '1', '-W', String(WAIT_MS / 1000), '-I', nic, ip],
    darwin: ['-n', '-q', '-c', '1', '-W', String(WAIT_MS), '-b', nic, ip],
    win32: ['-n', '1', '-w', String(WAIT_MS), ip],
  }[platform as 'linux' | 'darwin' | 'win32'] as string[] | undefined;
  if (!args) return Promise.resolve('not allowed');
  return new Promise((resolve) => {
    execFile('ping', args, { timeout: WAIT_MS + 90, windowsHide: true }, (error) => {
      if (!error) resolve('answer');
      else resolve(error.killed === true || error.code === 1 || platform === 'darwin' ? 'silence' : 'not allowed');
    });
  });
}
