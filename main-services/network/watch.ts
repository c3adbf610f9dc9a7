import { networkInterfaces } from 'node:os';
import type { Nic } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import { linkStates } from './interface-addresses.ts';
import { libc } from './libc.ts';
import { usableAddress } from './nic-address.ts';
import { listNics } from './nics.ts';
import * as sentences from './sentences.ts';

const POLL_MS = 200;

export interface WatchOptions {
  readonly clock: Clock;
  /**
   * The NIC as it is now; undefined when it is gone. Called once with the state at the start, then for every change of presence,
   * MAC, carrier, up-state or addresses, at most 300 ms after it. Exceptions from it are not caught.
   */
  onChange(nic: Nic | undefined): void;
  /** For tests: a cheap text that differs when the NIC differs, and the full list. */
  readonly fingerprint?: (name: string) => string;
  readonly list?: () => Promise<Nic[]>;
}

/**
 * Watches one NIC until the returned function is called. It polls: one getifaddrs(3) takes under 0.1 ms, so five polls a second cost 0.3 % of a core
 * (measured on one virtual CPU). A netlink listener (`ip monitor`) would learn of a lost carrier later, because the kernel delays link-down messages
 * by up to a second (net/core/link_watch.c), and would need a running child process.
 */
export function watchNic(name: string, options: WatchOptions): () => void {
  const { clock, onChange, list = listNics } = options;
  const run = { stopped: false, cancel: (): void => undefined, last: undefined as string | undefined };

  const poll = async (fingerprint: (name: string) => string): Promise<void> => {
    const current = fingerprint(name);
    if (current === run.last) return;
    const nic = (await list()).find((each) => each.name === name);
    // The list may be newer than the fingerprint; then the next poll reports the same state again, which is harmless.
    run.last = current;
    if (!run.stopped) onChange(nic);
  };
  const repeat = (fingerprint: (name: string) => string): void => {
    if (!run.stopped) run.cancel = clock.after(POLL_MS, () => void loop(fingerprint));
  };
  const loop = (fingerprint: (name: string) => string): Promise<void> => poll(fingerprint).finally(() => repeat(fingerprint));
  void (options.fingerprint ? Promise.resolve(options.fingerprint) : systemFingerprint()).then(loop);
  return () => {
    run.stopped = true;
    run.cancel();
  };
}

/** Linux: straight from the kernel. Elsewhere os.networkInterfaces(), which omits a port without carrier or address. */
async function systemFingerprint(): Promise<(name: string) => string> {
  const library = process.platform === 'linux' ? await libc().catch(() => undefined) : undefined;
  if (!library) return (name) => JSON.stringify(networkInterfaces()[name]?.filter((info) => info.family === 'IPv4') ?? null);
  return (name) => JSON.stringify(linkStates(library.interfaceAddresses()).find((link) => link.name === name) ?? null);
}

export interface NicChange {
  readonly kind: keyof typeof sentences.nicChanged;
  readonly message: string;
}

/** What happened to a NIC between two states; undefined when nothing did that matters for booting. */
export function nicChange(name: string, before: Nic | undefined, after: Nic | undefined): NicChange | undefined {
  if (!before || !after) return presenceChange(name, before, after);
  if (before.index !== after.index) return change('replaced', name);
  if (before.carrier !== after.carrier) return change(after.carrier ? 'linkUp' : 'linkDown', name);
  if (before.up !== after.up) return change(after.up ? 'enabled' : 'disabled', name);
  return addressChange(name, before, after);
}

function presenceChange(name: string, before: Nic | undefined, after: Nic | undefined): NicChange | undefined {
  if (after) return change(after.carrier ? 'added' : 'addedWithoutLink', name);
  return before && change('removed', name);
}

function addressChange(name: string, before: Nic, after: Nic): NicChange | undefined {
  const [was, is] = [usableAddress(before), usableAddress(after)];
  if (was?.address === is?.address && was?.netmask === is?.netmask) return undefined;
  return is ? { kind: 'newAddress', message: sentences.nicChanged.newAddress(name, is.address) } : change('addressLost', name);
}

function change(kind: Exclude<NicChange['kind'], 'newAddress'>, name: string): NicChange {
  return { kind, message: sentences.nicChanged[kind](name) };
}
