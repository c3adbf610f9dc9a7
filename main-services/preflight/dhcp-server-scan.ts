import type { Nic, OtherDhcpServer, Settings } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import { probeDhcpServers, type OtherServer } from '../dhcp/probe.ts';
import type { DhcpService } from '../dhcp/service.ts';
import { listNics, usableAddress } from '../network/nics.ts';
import type { Binding, DeviceSockets } from '../network/types.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

export interface DhcpServerScanDeps {
  readonly settings: Pick<Settings, 'dhcpPort' | 'dhcpClientPort'>;
  readonly supervisor: Pick<Supervisor, 'chosenNic' | 'isUp' | 'inTurn'>;
  readonly dhcp: Pick<DhcpService, 'status' | 'look'>;
  readonly sockets: DeviceSockets;
  readonly clock: Clock;
  readonly list?: () => Promise<Nic[]>;
}

export interface DhcpServerScan {
  /** Asks on a port, for 4 s. E_NIC_UNKNOWN, E_NIC_NO_ADDRESS, E_NIC_NO_CARRIER; E_PORT_PERMISSION and E_PORT_IN_USE when nothing can be sent. */
  probe(nic: string): Promise<OtherDhcpServer[]>;
  /** What the running service or a look in the last minute found; undefined: nobody looked. */
  known(nic: string): readonly OtherServer[] | undefined;
}

/** Milliseconds; servers that ping an address before they offer it take 3 s. */
const WINDOW = 4000;
/** Milliseconds after which a look says nothing any more. */
const FRESH = 60_000;

/** Which other DHCP servers answer, on any port, whether our own DHCP runs there or not. */
export function createDhcpServerScan({ settings, supervisor, dhcp, sockets, clock, list = listNics }: DhcpServerScanDeps): DhcpServerScan {
  const looks = new Map<string, { others: readonly OtherServer[]; at: number }>();
  const running = new Map<string, Promise<readonly OtherServer[]>>();
  const isServedOn = (nic: string): boolean => supervisor.chosenNic === nic && supervisor.isUp('dhcp');

  /** Our own service knows its probe's MAC and does not answer it; without it, nothing of ours may start while we look. */
  const look = (binding: Binding): Promise<readonly OtherServer[]> =>
    supervisor.inTurn(async () => {
      const own = isServedOn(binding.nic.name) ? await dhcp.look() : undefined;
      return own ?? probeDhcpServers({ binding, sockets, settings, clock, rng: Math.random, windowMs: WINDOW });
    });

  return {
    async probe(name) {
      const binding = bindingFor(await list(), name);
      const asked = running.get(name) ?? look(binding).finally(() => running.delete(name));
      running.set(name, asked);
      const others = await asked;
      looks.set(name, { others, at: clock.now() });
      return others.map(inWords);
    },
    known(nic) {
      const own = dhcp.status();
      if (isServedOn(nic) && own.looked) return own.others;
      const last = looks.get(nic);
      return last && clock.now() - last.at < FRESH ? last.others : undefined;
    },
  };
}

function bindingFor(nics: readonly Nic[], name: string): Binding {
  const nic = nics.find((each) => each.name === name);
  if (!nic)
    throw new BootbenchError('E_NIC_UNKNOWN', `There is no network port "${name}"; there are ${nics.map((each) => each.name).join(', ')}.`);
  if (!nic.loopback && !nic.carrier) throw new BootbenchError('E_NIC_NO_CARRIER', `${name} has no link, so nobody can answer there.`);
  const usable = usableAddress(nic);
  if (!usable) throw new BootbenchError('E_NIC_NO_ADDRESS', `${name} has no IPv4 address of its own to ask from.`);
  return { nic, ...usable };
}

function inWords({ address, vendor, proxy, offeredBoot }: OtherServer): OtherDhcpServer {
  const who = vendor === undefined ? address : `${address} (it says "${vendor}")`;
  const boot = offeredBoot === undefined ? '' : ` and names the boot file ${offeredBoot}`;
  const sentence = proxy
    ? `${who} is a proxy: it gives no addresses${offeredBoot === undefined ? '' : `, but names the boot file ${offeredBoot}`}.`
    : `${who} gives out addresses${boot}.`;
  return { address, ...(vendor === undefined ? {} : { vendor }), proxy, message: sentence };
}
