import type { Nic, OtherDhcpServer, Settings } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import { probeDhcpServers, type OtherServer } from '../dhcp/probe.ts';
import type { DhcpService } from '../dhcp/service.ts';
import { bindingOf, nicNamed } from '../network/nic-problem.ts';
import { listNics } from '../network/nics.ts';
import type { Binding, DeviceSockets } from '../network/types.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { otherServer } from './sentences.ts';

export interface DhcpServerScanDeps {
  readonly settings: Pick<Settings, 'dhcpPort' | 'dhcpClientPort'>;
  readonly supervisor: Pick<Supervisor, 'chosenNic' | 'isUp' | 'exclusively'>;
  readonly dhcp: Pick<DhcpService, 'status' | 'scan'>;
  readonly sockets: DeviceSockets;
  readonly clock: Clock;
  readonly list?: () => Promise<Nic[]>;
}

export interface DhcpServerScan {
  /** Scans on a NIC, for 4 s. E_NIC_UNKNOWN, E_NIC_NO_ADDRESS, E_NIC_NO_CARRIER; E_PORT_PERMISSION and E_PORT_IN_USE when nothing can be sent. */
  scan(nic: string): Promise<OtherDhcpServer[]>;
  /** What the running service, or a scan in the last minute, found; undefined when there was no scan. */
  lastResult(nic: string): readonly OtherServer[] | undefined;
}

/** Servers that ping an address before they offer it take 3 s. */
const SCAN_WINDOW_MS = 4000;
const RESULT_MAX_AGE_MS = 60_000;

/** Which other DHCP servers respond, on any NIC, whether Bootbench's own DHCP runs there or not. */
export function createDhcpServerScan({ settings, supervisor, dhcp, sockets, clock, list = listNics }: DhcpServerScanDeps): DhcpServerScan {
  const results = new Map<string, { servers: readonly OtherServer[]; at: number }>();
  const running = new Map<string, Promise<readonly OtherServer[]>>();
  const isServedOn = (nic: string): boolean => supervisor.chosenNic === nic && supervisor.isUp('dhcp');

  /** The running service recognises the MAC of its own scan; when it does not run, nothing may start during the scan. */
  const scanOn = (binding: Binding): Promise<readonly OtherServer[]> =>
    supervisor.exclusively(async () => {
      const own = isServedOn(binding.nic.name) ? await dhcp.scan() : undefined;
      return own ?? probeDhcpServers({ binding, sockets, settings, clock, rng: Math.random, windowMs: SCAN_WINDOW_MS });
    });

  return {
    async scan(name) {
      const binding = bindingFor(await list(), name);
      const scan = running.get(name) ?? scanOn(binding).finally(() => running.delete(name));
      running.set(name, scan);
      const servers = await scan;
      results.set(name, { servers, at: clock.monotonic() });
      return servers.map(described);
    },
    lastResult(nic) {
      const own = isServedOn(nic) ? dhcp.status().others : undefined;
      const last = results.get(nic);
      return own ?? (last && clock.monotonic() - last.at < RESULT_MAX_AGE_MS ? last.servers : undefined);
    },
  };
}

function bindingFor(nics: readonly Nic[], name: string): Binding {
  const binding = bindingOf(name, nicNamed(nics, name));
  if (binding instanceof BootbenchError) throw binding;
  return binding;
}

function described({ address, vendor, proxy, offeredBoot }: OtherServer): OtherDhcpServer {
  const message = otherServer({ address, vendor, proxy, offeredBoot });
  return { address, ...(vendor === undefined ? {} : { vendor }), proxy, message };
}
