import { networkInterfaces } from 'node:os';
import type { Nic } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import { linkStates } from './interface-addresses.ts';
import { libc } from './libc.ts';
import { usableAddress } from './nic-address.ts';
import { listNics } from './nics.ts';

/** Milliseconds between two looks. */
const PERIOD = 200;

export interface WatchOptions {
  readonly clock: Clock;
  /**
   * The NIC as it is now; undefined when it is gone. Called once with the state at the start, then for every change of presence,
   * MAC, carrier, up-state or addresses, at most 300 ms after it. What it throws is the caller's fault and is not caught.
   */
  onChange(nic: Nic | undefined): void;
  /** For tests: a cheap text that differs when the NIC differs, and the full answer. */
  readonly look?: (name: string) => string;
  readonly list?: () => Promise<Nic[]>;
}

/**
 * Watches one NIC until the returned function is called. It polls: one getifaddrs(3) takes under 0.1 ms, so five looks a second cost 0.3 % of a core
 * (measured on one virtual CPU). A netlink listener (`ip monitor`) would hear a lost carrier later, because the kernel holds link-down messages
 * back for up to a second (net/core/link_watch.c), and would need a child process kept alive.
 */
export function watchNic(name: string, options: WatchOptions): () => void {
  const { clock, onChange, list = listNics } = options;
  const run = { stopped: false, cancel: (): void => undefined, last: undefined as string | undefined };

  const turn = async (look: (name: string) => string): Promise<void> => {
    const seen = look(name);
    if (seen === run.last) return;
    const nic = (await list()).find((each) => each.name === name);
    // The list may be newer than the look; then the next turn finds another difference and tells again, which is harmless.
    run.last = seen;
    if (!run.stopped) onChange(nic);
  };
  const again = (look: (name: string) => string): void => {
    if (!run.stopped) run.cancel = clock.after(PERIOD, () => void loop(look));
  };
  const loop = (look: (name: string) => string): Promise<void> => turn(look).finally(() => again(look));
  void (options.look ? Promise.resolve(options.look) : cheapLook()).then(loop);
  return () => {
    run.stopped = true;
    run.cancel();
  };
}

/** Linux: straight from the kernel. Elsewhere os.networkInterfaces(), in which a port without carrier or address is missing. */
async function cheapLook(): Promise<(name: string) => string> {
  const library = process.platform === 'linux' ? await libc().catch(() => undefined) : undefined;
  if (!library) return (name) => JSON.stringify(networkInterfaces()[name]?.filter((info) => info.family === 'IPv4') ?? null);
  return (name) => JSON.stringify(linkStates(library.interfaceAddresses()).find((link) => link.name === name) ?? null);
}

/** What differs, as one sentence for events; undefined when nothing does that matters for booting. */
export function nicChange(name: string, before: Nic | undefined, after: Nic | undefined): string | undefined {
  if (!after) return before ? `${name} is gone.` : undefined;
  if (!before) return `${name} is there${after.carrier ? '' : ', without a link'}.`;
  if (before.index !== after.index) return `${name} was taken away and is back.`;
  if (before.carrier !== after.carrier) return after.carrier ? `${name} has a link again.` : `${name} lost its link.`;
  if (before.up !== after.up) return after.up ? `${name} was switched on.` : `${name} was switched off.`;
  const [was, is] = [usableAddress(before), usableAddress(after)];
  if (was?.address === is?.address && was?.netmask === is?.netmask) return undefined;
  return is ? `${name} now has the address ${is.address}.` : `${name} lost its address.`;
}
