import type { Settings } from '../../contract/appliance.ts';
import { sameSubnet } from '../../contract/primitives.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { LeaseRows } from '../../db/leases.ts';
import type { SourceAddressFacts } from '../boot/decide/client-identity.ts';
import { createNeighbours, type Neighbours } from '../network/neighbours.ts';
import { leavesByGateway, routes } from '../network/routes.ts';
import type { Binding } from '../network/types.ts';

export interface SourceAddressDeps {
  readonly settings: Pick<Settings, 'routedMachines'>;
  readonly leases: Pick<LeaseRows, 'byIp'>;
  readonly clock: Clock;
  /** Where the boot services listen now. */
  readonly binding: () => Binding | undefined;
  /** Whether our DHCP gives out the addresses, and no other server answers. */
  readonly ownAddresses: () => boolean;
  /** Instead of the system's table, for tests. */
  readonly neighbours?: Neighbours | undefined;
}

/** What this computer knows of a source address, read from the system when it is asked for. Never throws. */
export function sourceAddressFacts({
  settings,
  leases,
  clock,
  binding,
  ownAddresses,
  neighbours,
}: SourceAddressDeps): (ip: string) => Promise<SourceAddressFacts> {
  let shared: { readonly nic: string; readonly table: Neighbours } | undefined;
  const tableOf = ({ nic }: Binding): Neighbours => {
    if (shared?.nic !== `${nic.name} ${nic.index}`) shared = { nic: `${nic.name} ${nic.index}`, table: createNeighbours({ nic }) };
    return shared.table;
  };
  return async (ip) => {
    const bound = binding();
    const onLink = bound !== undefined && sameSubnet(ip, bound.address, bound.netmask);
    const table = neighbours ?? (bound && tableOf(bound));
    const lease = leases.byIp(ip);
    const needsRoute = bound !== undefined && !onLink && lease?.relay !== undefined;
    return {
      loopback: bound?.nic.loopback === true && neighbours === undefined,
      onLink,
      ownAddresses: ownAddresses(),
      routed: settings.routedMachines,
      neighbour: onLink ? await table?.macOf(ip) : undefined,
      viaGateway: needsRoute && leavesByGateway(await routes(), bound.nic.name, ip),
      lease,
      now: clock.now(),
    };
  };
}
