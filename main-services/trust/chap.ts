import { BootbenchError } from '../../contract/errors.ts';
import type { Host } from '../../contract/inventory.ts';
import type { ParsedInputOf } from '../../contract/procedures.ts';
import { chapSecretName, reverseChapSecretName, type ChapAccount } from '../../contract/iscsi.ts';
import type { Secrets } from './secrets.ts';

/**
 * What a host logs in to its iSCSI disk with; undefined where it has no CHAP. E_NO_CHAP_SECRET, so that a host that is set to CHAP never goes
 * without; E_SECRETS_LOCKED.
 */
export async function chapAccountOf(
  { name: host, iscsi }: Pick<Host, 'name' | 'iscsi'>,
  secrets: Pick<Secrets, 'get'>,
): Promise<ChapAccount | undefined> {
  if (!iscsi?.chap) return undefined;
  const { username, reverseUsername } = iscsi.chap;
  const secretOf = async (stored: string, user: string): Promise<string> => (await secrets.get(stored)) ?? noSecret(host, user);
  const account = { name: username, secret: await secretOf(chapSecretName(host), username) };
  if (reverseUsername === undefined) return account;
  return { ...account, mutual: { name: reverseUsername, secret: await secretOf(reverseChapSecretName(host), reverseUsername) } };
}

/** What is stored of the accounts of a host. */
export interface ChapSecrets {
  /** Stores the secrets that are named, and deletes that of mutual CHAP without `reverse`. E_NO_CHAP_SECRET, E_BAD_INPUT; nothing is stored then, or with `dryRun`. */
  set(account: ParsedInputOf<'iscsi.setChap'>): Promise<{ stored: boolean }>;
  stored(host: string): { machine: boolean; target: boolean };
  forget(host: string): void;
}

export function chapSecrets(secrets: Secrets): ChapSecrets {
  return {
    async set({ host, username, secret, reverse, dryRun }) {
      const names = [chapSecretName(host), reverseChapSecretName(host)] as const;
      const own = secret ?? (await secrets.get(names[0])) ?? noSecret(host, username);
      const theirs = reverse ? (reverse.secret ?? (await secrets.get(names[1])) ?? noSecret(host, reverse.username)) : undefined;
      // An initiator that knows one secret for both directions could answer for the target (RFC 7143 §9.2.1).
      if (own === theirs)
        throw new BootbenchError('E_BAD_INPUT', 'The two CHAP secrets are the same.', { next: 'Choose another secret for mutual CHAP.' });
      if (dryRun === true) return { stored: true };
      const { stored } = await secrets.set(names[0], own);
      if (theirs === undefined) secrets.remove(names[1]);
      else await secrets.set(names[1], theirs);
      return { stored };
    },
    stored: (host) => ({ machine: secrets.has(chapSecretName(host)), target: secrets.has(reverseChapSecretName(host)) }),
    forget(host) {
      secrets.remove(chapSecretName(host));
      secrets.remove(reverseChapSecretName(host));
    },
  };
}

function noSecret(host: string, user: string): never {
  throw new BootbenchError('E_NO_CHAP_SECRET', `No CHAP secret is stored for user ${user} of ${host}.`);
}
