import { BootbenchError } from '../../contract/errors.ts';
import type { Host } from '../../contract/inventory.ts';
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
  const secretOf = async (stored: string, user: string): Promise<string> => {
    const secret = await secrets.get(stored);
    if (secret === undefined) throw new BootbenchError('E_NO_CHAP_SECRET', `No CHAP secret is stored for user ${user} of ${host}.`);
    return secret;
  };
  const account = { name: username, secret: await secretOf(chapSecretName(host), username) };
  if (reverseUsername === undefined) return account;
  return { ...account, mutual: { name: reverseUsername, secret: await secretOf(reverseChapSecretName(host), reverseUsername) } };
}
