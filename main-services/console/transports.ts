import type { ConsoleUrl } from '../../contract/console-url.ts';
import type { Host } from '../../contract/inventory.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { BmcConnections } from '../bmc/connections.ts';
import { endpointOf } from '../bmc/endpoint.ts';
import { rememberedSuite, type SuiteMemory } from '../bmc/ipmi/suite-memory.ts';
import type { Pins } from '../trust/pins.ts';
import type { HostKeys } from './host-keys.ts';
import { openRfc2217 } from './network/open-rfc2217.ts';
import { openTcp } from './network/open-tcp.ts';
import { openTelnet } from './network/open-telnet.ts';
import type { NativePorts } from './serial/native.ts';
import { openSerial } from './serial/open-serial.ts';
import { openSol } from './sol/open-sol.ts';
import type { OwnSessions } from './sol/own-sessions.ts';
import { sshEndpoint } from './ssh/login.ts';
import { openSsh } from './ssh/open-ssh.ts';
import { chooseEntry } from './ssh/presets.ts';
import type { OpenTransport } from './transport.ts';

export interface TransportDeps {
  /** Accounts of BMCs, and what they report of their consoles. */
  readonly bmc: Pick<BmcConnections, 'consoleLogin' | 'provider'>;
  readonly pins: Pins;
  readonly hostKeys: HostKeys;
  /** The IPMI cipher suite that worked last time, by address. */
  readonly memory: SuiteMemory;
  /** Sessions of Serial over LAN that were lost. */
  readonly solSessions: OwnSessions;
  /** Serial ports as this thread can use them. */
  readonly native: NativePorts;
  readonly clock: Clock;
  readonly log: Log;
}

/** Opens the console of a URL for a host. `ssh:` and `sol:` without an address are of the host's BMC; the account is always the BMC's. */
export function transportOf(url: ConsoleUrl, host: Host, deps: TransportDeps): OpenTransport {
  const { native, clock, log } = deps;
  switch (url.kind) {
    case 'serial':
      return openSerial({ path: url.path, baud: url.baud, native, clock, log });
    case 'tcp':
      return openTcp({ host: url.host, port: url.port, clock });
    case 'telnet':
      return openTelnet({ host: url.host, port: url.port, clock });
    case 'rfc2217':
      return openRfc2217({ host: url.host, port: url.port, baud: url.baud, clock });
    case 'ssh':
      return overSsh(url, host, deps);
    case 'sol':
      return overLan(url, host, deps);
  }
}

/** The account is read at each opening: it may have changed. */
function overSsh(url: Extract<ConsoleUrl, { kind: 'ssh' }>, host: Host, deps: TransportDeps): OpenTransport {
  return async (events, options) => {
    const { bmc, pins, hostKeys, clock } = deps;
    const login = await bmc.consoleLogin(host);
    const report = url.preset === undefined ? await reportOf(host, bmc, options.signal) : undefined;
    const entry = chooseEntry({ preset: url.preset, port: url.port, vendor: report?.vendor, reported: report?.ssh });
    const address = url.host ?? login.address;
    const open = openSsh({
      ...{ host: address, username: url.username ?? login.username, password: login.password, legacy: url.legacy },
      ...{ pins, entry, clock },
      onOtherKey: (fingerprint) => hostKeys.refused(host.name, sshEndpoint(address, entry.port), fingerprint),
    });
    return open(events, options);
  };
}

/** The account is read at each opening: it may have changed. */
function overLan(
  url: Extract<ConsoleUrl, { kind: 'sol' }>,
  host: Host,
  { bmc, memory, solSessions, clock, log }: TransportDeps,
): OpenTransport {
  return async (events, options) => {
    const { address, username, password } = await bmc.consoleLogin(host);
    const place = { host: url.host ?? address, port: url.port };
    const suite = rememberedSuite(memory, endpointOf({ scheme: 'ipmi', ...place }, 'ipmi'));
    return openSol({ ...place, username, password, ...suite, own: solSessions, clock, log })(events, options);
  };
}

/** What the BMC reports decides only where the URL says nothing; a BMC without Redfish has SSH too. */
async function reportOf(host: Host, bmc: TransportDeps['bmc'], signal: AbortSignal) {
  try {
    const provider = await bmc.provider(host);
    return await provider.serialConsole(signal);
  } catch {
    return undefined;
  }
}
