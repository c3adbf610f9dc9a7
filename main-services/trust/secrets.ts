import { FACTORY_ACCOUNTS } from '../../contract/bmc.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Clock, HostServices } from '../../contract/runtime.ts';
import type { SecretRows } from '../../db/secrets.ts';
import type { Redactor } from './redact.ts';

/** Secrets by name, such as `bmc:r750-03`. Written by people, read by the code that logs in; never returned to a client. */
export interface Secrets {
  /** `stored`: false where this computer has no secure storage, so that it is gone after a restart. */
  set(name: string, value: string): Promise<{ stored: boolean }>;
  /** E_SECRETS_LOCKED when it was sealed by another key or user. */
  get(name: string): Promise<string | undefined>;
  has(name: string): boolean;
  remove(name: string): void;
}

export interface SecretsDeps {
  readonly rows: SecretRows;
  readonly host: Pick<HostServices, 'seal' | 'unseal'>;
  readonly clock: Clock;
  readonly redactor: Redactor;
}

export function openSecrets({ rows, host, clock, redactor }: SecretsDeps): Secrets {
  /** Of this run: what was set, and what was decrypted. */
  const open = new Map<string, string>();

  const remember = (name: string, value: string): string => {
    // Those are in every manual, and “admin” in half of all sentences.
    if (!isFactory(value)) redactor.add(value);
    open.set(name, value);
    return value;
  };

  return {
    async set(name, value) {
      remember(name, value);
      const sealed = await host.seal(value);
      if (sealed === undefined) rows.remove(name);
      else rows.put(name, sealed, clock.now());
      return { stored: sealed !== undefined };
    },
    async get(name) {
      const known = open.get(name);
      if (known !== undefined) return known;
      const sealed = rows.get(name);
      if (sealed === undefined) return undefined;
      const value = await host.unseal(sealed);
      if (value === undefined) throw new BootbenchError('E_SECRETS_LOCKED', 'A stored password cannot be decrypted with this key.');
      return remember(name, value);
    },
    has: (name) => open.has(name) || rows.get(name) !== undefined,
    remove(name) {
      open.delete(name);
      rows.remove(name);
    },
  };
}

function isFactory(value: string): boolean {
  return Object.values(FACTORY_ACCOUNTS).some(({ password }) => password === value);
}
