import { BootbenchError } from '../../contract/errors.ts';
import type { ChapAccount, IscsiTarget } from '../../contract/iscsi.ts';
import type { HostInterface } from '../boot/boot.ts';
import * as sentences from './sentences.ts';
import { LOGIN_STATUS } from './wire/codes.ts';

/** What is known of a login to a target, read again for each login. */
export interface LoginFacts {
  /** As the initiator wrote it. */
  readonly name: string;
  /** Undefined: no name of a target of ours. */
  readonly target: IscsiTarget | undefined;
  /** The host with the MAC of the target; undefined where there is none, and for an image. */
  readonly owner: HostInterface | undefined;
  /** The machine that asks, or why it was not identified. */
  readonly asker: HostInterface | BootbenchError;
  /** The image in the library's spelling; undefined where there is none, and for a host. */
  readonly image: string | undefined;
  /** The owner's account, or why it cannot be used. Undefined: no authentication. */
  readonly chap: ChapAccount | BootbenchError | undefined;
}

export type SessionTarget = { readonly kind: 'host'; readonly machine: HostInterface } | { readonly kind: 'image'; readonly image: string };

export type LoginDecision =
  | { readonly kind: 'admitted'; readonly to: SessionTarget; readonly chap?: ChapAccount | undefined }
  /** `status`: class and detail of the Login Response (RFC 7143 §11.13.5). */
  | { readonly kind: 'refused'; readonly status: number; readonly error: BootbenchError };

/**
 * Who may log in: to a host's target only the machine itself, by the rule of its patched ISO over HTTP; to an unmodified image everyone, as
 * over HTTP. With an account whose secret is not stored, every login is refused. Pure.
 */
export function decideLogin({ name, target, owner, asker, image, chap }: LoginFacts): LoginDecision {
  if (image !== undefined) return { kind: 'admitted', to: { kind: 'image', image } };
  if (target?.kind !== 'host' || !owner)
    return refused(LOGIN_STATUS.notFound, new BootbenchError('E_NOT_FOUND', sentences.noSuchTarget(name)));
  if (asker instanceof BootbenchError) return refused(LOGIN_STATUS.forbidden, asker);
  if (asker.host.name !== owner.host.name)
    return refused(LOGIN_STATUS.forbidden, new BootbenchError('E_IDENTITY_UNKNOWN', sentences.targetOfAnother(owner.host.name)));
  if (chap instanceof BootbenchError) return refused(LOGIN_STATUS.authenticationFailure, chap);
  return { kind: 'admitted', to: { kind: 'host', machine: owner }, chap };
}

function refused(status: number, error: BootbenchError): LoginDecision {
  return { kind: 'refused', status, error };
}
