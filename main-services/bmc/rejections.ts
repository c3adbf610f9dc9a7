import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import { endpointOf } from './endpoint.ts';
import type { BmcCredentials, LoginGuard, Protocol } from './protocol.ts';
import { rejectedBefore } from './sentences.ts';

type Account = Pick<BmcCredentials, 'endpoint' | 'username'>;

/**
 * What BMCs rejected, by address, user and password, for as long as the program runs: the same is not sent again until a person requests it,
 * because BMCs lock accounts and addresses (Redfish-Protocol-Validator#12). A wrong user counts as a wrong password does.
 */
export class Rejections {
  readonly #clock: Clock;
  readonly #known = new Map<string, Map<string, BootbenchError>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** E_BMC_AUTH when this was rejected before. */
  of(protocol: Protocol, login: Account & Pick<BmcCredentials, 'password'>): BootbenchError | undefined {
    return this.#known.get(keyOf(protocol, login))?.get(login.password);
  }

  /** A person entered a password for this account, or requested another try. */
  forget(account: Account): void {
    for (const protocol of ['redfish', 'ipmi'] as const) this.#known.delete(keyOf(protocol, account));
  }

  /** For a provider of this login. */
  guard(protocol: Protocol, login: Account & Pick<BmcCredentials, 'password'>): LoginGuard {
    return async (call) => {
      const known = this.of(protocol, login);
      if (known) throw known;
      try {
        return await call();
      } catch (error) {
        if (isRejection(error)) this.#note(keyOf(protocol, login), login.password, asBootbenchError(error));
        throw error;
      }
    };
  }

  #note(key: string, password: string, error: BootbenchError): void {
    const passwords = this.#known.get(key) ?? new Map<string, BootbenchError>();
    this.#known.set(key, passwords.set(password, rejectedBefore(error, this.#clock.now())));
  }
}

/** The BMC judged the user and the password, and said no. Other E_BMC_AUTH are about rules, such as a factory password that must change. */
export function isRejection(error: unknown): boolean {
  return error instanceof BootbenchError && error.code === 'E_BMC_AUTH' && error.details?.credentials === 'rejected';
}

function keyOf(protocol: Protocol, { endpoint, username }: Account): string {
  const scheme = protocol === 'redfish' && endpoint.scheme === 'redfish+http' ? 'redfish+http' : protocol;
  return `${protocol}\n${endpointOf(endpoint, scheme)}\n${username}`;
}
