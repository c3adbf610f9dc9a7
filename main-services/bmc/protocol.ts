import { asBootbenchError } from '../../contract/errors.ts';
import type { BmcIdentity } from '../../contract/bmc.ts';
import { parseBmcAddress, type BmcEndpoint } from './endpoint.ts';
import type { BmcProvider } from './provider.ts';
import type { Wanted } from './redfish/systems.ts';
import { noAnswerByEither } from './sentences.ts';

export type Protocol = 'redfish' | 'ipmi';

/**
 * Runs a call that sends the user and password. Throws the earlier E_BMC_AUTH instead of calling where the BMC rejected them before, and
 * remembers a rejection.
 */
export type LoginGuard = <T>(call: () => Promise<T>) => Promise<T>;

/** For a provider of its own, whose rejections are not remembered. */
export const UNGUARDED: LoginGuard = (call) => call();

/** What a provider connects with. */
export interface BmcCredentials {
  readonly endpoint: BmcEndpoint;
  readonly username: string;
  readonly password: string;
  /** The machine that is looked for, as its host’s record is now; absent for an address that belongs to no host yet. */
  readonly wanted?: () => Wanted | undefined;
  /** Called with a certificate that was refused because another one is pinned. */
  readonly onOtherCertificate: (fingerprint: string) => void;
  /** Around every call that logs in. */
  readonly guard: LoginGuard;
}

/** How providers are made, by protocol. */
export type ProviderFactories = Readonly<Record<Protocol, (credentials: BmcCredentials) => BmcProvider>>;

/** Makes a provider for these credentials, guarded. */
export type OpenProvider = (protocol: Protocol, credentials: Omit<BmcCredentials, 'guard'>) => BmcProvider;

/** What the address says; undefined where it does not. */
export function protocolOf({ scheme }: BmcEndpoint): Protocol | undefined {
  if (scheme === 'unknown') return undefined;
  return scheme === 'ipmi' ? 'ipmi' : 'redfish';
}

/** The same of an address that may be malformed. */
export function protocolIn(address: string): Protocol | undefined {
  try {
    return protocolOf(parseBmcAddress(address));
  } catch {
    return undefined;
  }
}

/** Redfish, then IPMI. A BMC that answers Redfish at all speaks it, even if it rejects the user. E_BMC_UNREACHABLE names both. */
export async function detectProtocol(
  open: OpenProvider,
  credentials: Omit<BmcCredentials, 'guard'>,
): Promise<{ provider: BmcProvider; protocol: Protocol }> {
  const redfish = open('redfish', credentials);
  try {
    await redfish.identify();
    return { provider: redfish, protocol: 'redfish' };
  } catch (error) {
    await redfish.close().catch(() => undefined);
    const first = asBootbenchError(error);
    if (first.code !== 'E_BMC_UNREACHABLE' && first.code !== 'E_BMC_UNSUPPORTED') throw first;
    const ipmi = open('ipmi', credentials);
    try {
      await ipmi.identify();
      return { provider: ipmi, protocol: 'ipmi' };
    } catch (second) {
      await ipmi.close().catch(() => undefined);
      const known = asBootbenchError(second);
      throw known.code === 'E_BMC_UNREACHABLE' ? noAnswerByEither(first, known) : known;
    }
  }
}

/** Identifies the BMC once and closes the connection. */
export async function identifyOnce(open: OpenProvider, credentials: Omit<BmcCredentials, 'guard'>): Promise<BmcIdentity> {
  const protocol = protocolOf(credentials.endpoint);
  const provider = protocol === undefined ? (await detectProtocol(open, credentials)).provider : open(protocol, credentials);
  return provider.identify().finally(() => void provider.close().catch(() => undefined));
}
