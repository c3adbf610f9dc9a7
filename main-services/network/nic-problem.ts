import type { Nic } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { usableAddress } from './nic-address.ts';
import * as sentences from './sentences.ts';

/**
 * Why nothing can be served on a NIC; undefined when it can. Codes: E_NIC_GONE, E_NIC_NO_CARRIER (disabled or without a link),
 * E_NIC_NO_ADDRESS. The loopback port needs no link. This is the only place that says so.
 */
export function nicProblem(name: string, nic: Nic | undefined): BootbenchError | undefined {
  if (!nic) return new BootbenchError('E_NIC_GONE', sentences.nicNotFound(name));
  if (!nic.up) return new BootbenchError('E_NIC_NO_CARRIER', sentences.nicDisabled(name), { next: sentences.ENABLE_NIC });
  if (!nic.carrier && !nic.loopback) return new BootbenchError('E_NIC_NO_CARRIER', sentences.nicWithoutLink(name));
  return usableAddress(nic) ? undefined : noAddress(nic);
}

/** E_NIC_NO_ADDRESS, which names a self-assigned address. */
export function noAddress({ name, addresses }: Nic): BootbenchError {
  return new BootbenchError('E_NIC_NO_ADDRESS', sentences.nicWithoutAddress(name, addresses[0]?.address));
}

/** The NIC of this name. E_NIC_UNKNOWN, which lists the names that exist. */
export function nicNamed(nics: readonly Nic[], name: string): Nic {
  const nic = nics.find((each) => each.name === name);
  if (nic) return nic;
  throw new BootbenchError(
    'E_NIC_UNKNOWN',
    sentences.nicUnknown(
      name,
      nics.map((each) => each.name),
    ),
  );
}
