import type { Nic } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { usableAddress } from './nic-address.ts';
import * as sentences from './sentences.ts';
import type { Binding } from './types.ts';

/**
 * Where services can listen on a NIC, or why they cannot: E_NIC_GONE, E_NIC_NO_CARRIER (disabled, or without a link), E_NIC_NO_ADDRESS.
 */
export function bindingOf(name: string, nic: Nic | undefined): Binding | BootbenchError {
  const usable = nic && usableAddress(nic);
  if (nic && usable && isConnected(nic)) return { nic, ...usable };
  return problemOf(name, nic);
}

/** Why nothing can be served on a NIC; undefined when it can. */
export function nicProblem(name: string, nic: Nic | undefined): BootbenchError | undefined {
  const binding = bindingOf(name, nic);
  return binding instanceof BootbenchError ? binding : undefined;
}

/** The loopback port needs no link. */
function isConnected({ up, carrier, loopback }: Nic): boolean {
  return up && (carrier || loopback);
}

function problemOf(name: string, nic: Nic | undefined): BootbenchError {
  if (!nic) return new BootbenchError('E_NIC_GONE', sentences.nicNotFound(name));
  if (!nic.up) return new BootbenchError('E_NIC_NO_CARRIER', sentences.nicDisabled(name), { next: sentences.ENABLE_NIC });
  if (!isConnected(nic)) return new BootbenchError('E_NIC_NO_CARRIER', sentences.nicWithoutLink(name));
  return noAddress(nic);
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
