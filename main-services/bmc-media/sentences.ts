import { BootbenchError } from '../../contract/errors.ts';
import type { UrlScheme } from '../../contract/bmc.ts';

/** What is said about where BMCs read ISOs. */

export const bmcName = (host: string, address: string): string => `BMC of ${host} (${address})`;

const endpointText = (base: string): string => `${new URL(base).host}${base.startsWith('https:') ? ' over TLS' : ''}`;
export const readsFrom = (bmc: string, base: string): string => `${bmc} reads ISOs from ${endpointText(base)}.`;
export const severalReadFrom = (count: number, base: string): string => `${count} BMCs read ISOs from ${endpointText(base)}.`;

/** `reason`: a part of a sentence, after a colon. */
export const probablyUnreachable = (bmc: string, reason: string): string => `${bmc} probably cannot read ISOs: ${reason}`;
export const cannotRead = (bmc: string, error: string): string => `${bmc} cannot read ISOs: ${error}`;

export const NO_ADDRESS_FIX = 'Give this computer an address in the BMC’s network.';
export const schemeNotServed = (nic: string, scheme: UrlScheme): string =>
  `it is reached through ${nic}, where Bootbench does not serve ISOs over ${scheme} now.`;
export const notServedOn = (nic: string): string => `it is reached through ${nic}, where Bootbench does not serve ISOs.`;
export const serveOnFix = (nic: string): string =>
  `If the BMC is in the lab, start with --bmc-nic ${nic}: that serves ISOs on this port, and nothing else.`;

export const noHttps = (host: string): BootbenchError =>
  new BootbenchError('E_BMC_UNSUPPORTED', `The BMC of ${host} reads ISOs over https only, which Bootbench does not serve now.`, {
    next: 'Start with --https-port 7443.',
  });

export const noBmcToTest = (host: string): BootbenchError => new BootbenchError('E_NO_BMC', `${host} has no BMC to test.`);

/** In the file that a self-test's ISO holds. */
export const SELF_TEST_README = 'Bootbench tests how this BMC reads an ISO over the network. This ISO is not bootable.\r\n';
