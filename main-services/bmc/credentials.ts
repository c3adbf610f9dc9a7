import type { BmcEndpoint } from './endpoint.ts';
import type { Wanted } from './redfish/systems.ts';

export type Protocol = 'redfish' | 'ipmi';

export interface BmcCredentials {
  readonly endpoint: BmcEndpoint;
  readonly username: string;
  readonly password: string;
  /** The machine that is looked for, as its host’s record is now; absent for an address that is no host’s yet. */
  readonly wanted?: () => Wanted | undefined;
  /** Told of a certificate that was refused because it is not the pinned one. */
  readonly onOtherCertificate: (fingerprint: string) => void;
}
