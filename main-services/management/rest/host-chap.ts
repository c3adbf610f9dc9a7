import { BootbenchError } from '../../../contract/errors.ts';
import type { Host } from '../../../contract/inventory.ts';
import { ChapSecret } from '../../../contract/iscsi.ts';
import { isObject, type JsonObject } from '../body.ts';
import type { Caller } from './call.ts';
import { noChapSecret } from './sentences.ts';

/** What `spec.iscsi` says of CHAP. */
export type ChapChange =
  | { readonly kind: 'none' }
  /** The account is taken away, and its secrets with it. */
  | { readonly kind: 'cleared' }
  | { readonly kind: 'secrets'; readonly secret: string | undefined; readonly reverseSecret: string | undefined };

/** The secrets of CHAP go in and never come out again. Empty ones, as templates have them, are none. E_BAD_INPUT. Pure. */
export function chapChangeOf({ iscsi }: JsonObject): ChapChange {
  if (iscsi === null || (isObject(iscsi) && iscsi.chap === null)) return { kind: 'cleared' };
  const chap = isObject(iscsi) && isObject(iscsi.chap) ? iscsi.chap : {};
  const [secret, reverseSecret] = (['secret', 'reverseSecret'] as const).map((name) => secretOf(chap, name));
  return secret === undefined && reverseSecret === undefined ? { kind: 'none' } : { kind: 'secrets', secret, reverseSecret };
}

/**
 * Carries a change out on a host that was saved, and returns what the caller should know. `dryRun`: only checks it, before the host is
 * saved, so that a refused request changes nothing. E_NO_CHAP_SECRET, E_BAD_INPUT.
 */
export async function storeChap(call: Caller, { name, iscsi }: Host, change: ChapChange, dryRun: boolean): Promise<string[]> {
  if (change.kind === 'none') return [];
  const { username, reverseUsername } = iscsi?.chap ?? {};
  if (change.kind === 'cleared' || username === undefined) {
    if (!dryRun) await call('iscsi.clearChap', { host: name });
    return [];
  }
  const reverse = reverseUsername === undefined ? null : { username: reverseUsername, secret: change.reverseSecret };
  const { stored } = await call('iscsi.setChap', { host: name, username, secret: change.secret, reverse, dryRun });
  return stored ? [] : ['spec.iscsi.chap: the secrets are stored for this session only: this computer has no secure storage for them'];
}

/** What the caller should know of a host whose account was named without its secrets: that one of them is not stored. */
export async function missingSecret(call: Caller, host: Host, { iscsi }: JsonObject, change: ChapChange): Promise<string[]> {
  if (change.kind !== 'none' || !isObject(iscsi) || !isObject(iscsi.chap)) return [];
  try {
    return await storeChap(call, host, { kind: 'secrets', secret: undefined, reverseSecret: undefined }, true);
  } catch (error) {
    if (!(error instanceof BootbenchError)) throw error;
    return [noChapSecret(error.message)];
  }
}

function secretOf(chap: JsonObject, name: 'secret' | 'reverseSecret'): string | undefined {
  const value = chap[name];
  if (value === undefined || value === null || value === '') return undefined;
  const secret = ChapSecret.safeParse(value);
  if (secret.success) return secret.data;
  throw new BootbenchError('E_BAD_INPUT', `spec.iscsi.chap.${name}: use 12 to 16 printable ASCII characters without spaces.`);
}
