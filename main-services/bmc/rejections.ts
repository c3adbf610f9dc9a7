import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { BmcCredentials, Protocol } from './credentials.ts';
import { endpointOf } from './endpoint.ts';
import type { BmcProvider } from './provider.ts';

/**
 * What BMCs rejected, by address, user and password, for as long as the program runs: the same is not sent again until somebody asks for
 * that, because BMCs lock accounts and addresses (Redfish-Protocol-Validator#12). A wrong user counts as a wrong password does.
 */
export class Rejections {
  readonly #clock: Clock;
  readonly #known = new Map<string, Map<string, BootbenchError>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** E_BMC_AUTH when this was rejected before. */
  of(protocol: Protocol, contact: BmcCredentials): BootbenchError | undefined {
    return this.#known.get(account(protocol, contact))?.get(contact.password);
  }

  /** Somebody entered a password for this account, or asked to try again. */
  forget(contact: Pick<BmcCredentials, 'endpoint' | 'username'>): void {
    for (const protocol of ['redfish', 'ipmi'] as const) this.#known.delete(account(protocol, contact));
  }

  /** The same provider, which sends nothing once the BMC has rejected the contact. */
  guarded(protocol: Protocol, contact: BmcCredentials, provider: BmcProvider): BmcProvider {
    const entries = Object.entries(provider).map(([name, call]: [string, (...args: unknown[]) => Promise<unknown>]) => [
      name,
      async (...args: unknown[]) => {
        if (name === 'close') return call();
        const known = this.of(protocol, contact);
        if (known) throw known;
        try {
          return await call(...args);
        } catch (error) {
          if (isRejection(error)) this.#note(protocol, contact, asBootbenchError(error));
          throw error;
        }
      },
    ]);
    return Object.fromEntries(entries) as BmcProvider;
  }

  #note(protocol: Protocol, contact: BmcCredentials, { code, message, next, details }: BootbenchError): void {
    const key = account(protocol, contact);
    const time = new Date(this.#clock.now()).toLocaleTimeString('en-GB');
    const sentence = `${message} That was at ${time}; the same user and password are not sent again until you enter them or test the connection.`;
    const passwords = this.#known.get(key) ?? new Map<string, BootbenchError>();
    this.#known.set(key, passwords.set(contact.password, new BootbenchError(code, sentence, { next, details })));
  }
}

/** The BMC judged the user and the password, and said no. Other E_BMC_AUTH are about rules, such as a factory password that must change. */
export function isRejection(error: unknown): boolean {
  return error instanceof BootbenchError && error.code === 'E_BMC_AUTH' && error.details?.credentials === 'rejected';
}

function account(protocol: Protocol, { endpoint, username }: Pick<BmcCredentials, 'endpoint' | 'username'>): string {
  const scheme = protocol === 'redfish' && endpoint.scheme === 'redfish+http' ? 'redfish+http' : protocol;
  return `${protocol}\n${endpointOf(endpoint, scheme)}\n${username}`;
}
