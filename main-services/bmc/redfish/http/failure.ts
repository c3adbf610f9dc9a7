import type { ErrorCode } from '../../../../contract/error-codes.ts';
import { BootbenchError, errnoOf } from '../../../../contract/errors.ts';
import { mentions, ownWords, type BmcMessage } from './problem.ts';
import * as say from './sentences.ts';

/** An answer that is no success, as far as its meaning goes. */
export interface Refusal {
  readonly status: number;
  readonly messages: readonly BmcMessage[];
}

export interface Asked {
  /** Ends “The BMC refused to …”. */
  readonly what: string;
  readonly username: string;
  /** The URL that the BMC was to mount. */
  readonly image?: string;
  /** What virtual media needs on this BMC, if a licence is known. */
  readonly licence?: string;
}

/** RAC0904, RAC0720, SYS446 and VRM…: iDRAC cannot read the image; the Base registry has its own. */
export const UNREADABLE = /\b(RAC0904|RAC0720|SYS446|VRM\d+)\b|UnableToMount|CouldNotEstablishConnection|ResourceAtUriUnauthorized/i;
export const SESSIONS_FULL = /\bRAC0218\b|maximum number of (user )?sessions|SessionLimitExceeded/i;
const CHANGE_PASSWORD = /PasswordChangeRequired/i;

/** The sentence of an answer that is no success, with the BMC's own words behind it. */
export function refusal({ status, messages }: Refusal, asked: Asked): BootbenchError {
  const [code, sentence] = meaning({ status, messages }, asked);
  const words = ownWords(messages, status);
  const judged = status === 401 && !mentions(messages, CHANGE_PASSWORD);
  const details = judged ? { credentials: 'rejected' } : undefined;
  return new BootbenchError(code, words === '' ? sentence : `${sentence} ${words}`, { details });
}

function meaning({ status, messages }: Refusal, asked: Asked): [ErrorCode, string] {
  if (mentions(messages, CHANGE_PASSWORD)) return ['E_BMC_AUTH', say.MUST_CHANGE_PASSWORD];
  if (status === 401) return ['E_BMC_AUTH', say.loginRejected(asked.username)];
  if (mentions(messages, SESSIONS_FULL)) {
    return ['E_BMC_BUSY', say.SESSIONS_FULL_MESSAGE];
  }
  if (mentions(messages, UNREADABLE) && asked.image !== undefined) return ['E_BMC_REFUSED', say.imageUnreadable(asked.image)];
  if (status === 403 && asked.image !== undefined) return ['E_BMC_REFUSED', say.mediaForbidden(asked.username, asked.licence)];
  if (status === 403) return ['E_BMC_REFUSED', say.forbidden(asked.username, asked.what)];
  if (status === 503 || status === 429) return ['E_BMC_BUSY', say.tooBusy(asked.what)];
  return ['E_BMC_REFUSED', say.refusedTo(asked.what)];
}

/** One request as sentences name it. */
export interface Request {
  readonly method: string;
  readonly path: string;
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY/;

/** Why no response came. A refusal of the pinning connector, with both fingerprints in its details, passes through as it is. */
export function connectionError(error: unknown, endpoint: string, { method, path }: Request, signal?: AbortSignal): BootbenchError {
  if (signal?.aborted === true) return say.requestCancelled(error);
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof BootbenchError) return cause;
  const code = errnoOf(error) ?? '';
  if (CERTIFICATE.test(code)) return say.certificateNotTrusted(endpoint, code, error);
  if (code.startsWith('HPE_')) return say.notHttp(endpoint, code, error);
  const aborted = say.ABORTED_RESPONSES[code];
  if (aborted !== undefined) return say.responseAborted({ endpoint, what: aborted, method, path }, error);
  return say.noAnswer(endpoint, say.CONNECTION_REASONS[code] ?? (code === '' ? String(error) : code), error);
}

/** Whether the connection, not the service, failed: worth another try when nothing can have happened twice. */
export function wasCut(error: unknown): boolean {
  return ['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'].includes(errnoOf(error) ?? '');
}
