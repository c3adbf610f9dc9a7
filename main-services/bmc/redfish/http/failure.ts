import { BootbenchError, errnoOf, type ErrorCode } from '../../../../contract/errors.ts';
import { mentions, ownWords, type BmcMessage } from './problem.ts';
import { cancelled } from './timing.ts';

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
  if (mentions(messages, CHANGE_PASSWORD)) return ['E_BMC_AUTH', 'The factory password must be changed on the BMC first.'];
  if (status === 401)
    return ['E_BMC_AUTH', `The BMC rejected the user “${asked.username}”. Wrong password, or the account is locked after failed tries.`];
  if (mentions(messages, SESSIONS_FULL)) {
    return ['E_BMC_BUSY', 'The BMC’s session table is full. Close browser tabs of the BMC, or wait up to 30 minutes.'];
  }
  if (mentions(messages, UNREADABLE) && asked.image !== undefined) return ['E_BMC_REFUSED', `The BMC could not read ${asked.image}.`];
  if (status === 403 && asked.image !== undefined) {
    const licence = asked.licence === undefined ? 'a licence' : `the licence (${asked.licence})`;
    return ['E_BMC_REFUSED', `The user “${asked.username}” lacks the virtual media privilege, or the BMC lacks ${licence}.`];
  }
  if (status === 403) return ['E_BMC_REFUSED', `The user “${asked.username}” may not ${asked.what} on this BMC.`];
  if (status === 503 || status === 429) return ['E_BMC_BUSY', `The BMC is too busy to ${asked.what}.`];
  return ['E_BMC_REFUSED', `The BMC refused to ${asked.what}.`];
}

const SILENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ENOTFOUND: 'the name is not known here',
  EAI_AGAIN: 'the name is not known here',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
};

/** A BMC that is there, and did not answer this request. */
const LEFT_OPEN: Readonly<Record<string, string>> = {
  ECONNRESET: 'cut the connection',
  EPIPE: 'cut the connection',
  UND_ERR_SOCKET: 'cut the connection',
  UND_ERR_HEADERS_TIMEOUT: 'took the request and then said nothing',
  UND_ERR_BODY_TIMEOUT: 'stopped in the middle of the answer',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'stopped in the middle of the answer',
};

/** One request as sentences name it. */
export interface Request {
  readonly method: string;
  readonly path: string;
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY/;

/** Why no answer came to the request. A refusal of the pinning connector passes through as it is. */
export function connectionError(error: unknown, endpoint: string, { method, path }: Request, signal?: AbortSignal): BootbenchError {
  if (signal?.aborted === true) return cancelled(error);
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof BootbenchError) return cause;
  const code = errnoOf(error) ?? '';
  if (CERTIFICATE.test(code)) {
    return new BootbenchError('E_BMC_CERTIFICATE', `The certificate of the BMC at ${endpoint} is not trusted (${code}).`, { cause: error });
  }
  if (code.startsWith('HPE_')) {
    return new BootbenchError('E_BMC_UNSUPPORTED', `What answers at ${endpoint} does not speak HTTP (${code}).`, { cause: error });
  }
  const left = LEFT_OPEN[code];
  if (left !== undefined) {
    const message = `The BMC at ${endpoint} ${left} (${method} ${path}).`;
    return new BootbenchError('E_BMC_UNREACHABLE', message, { cause: error, details: { document: path } });
  }
  const why = SILENCES[code] ?? (code === '' ? String(error) : code);
  return new BootbenchError('E_BMC_UNREACHABLE', `No BMC answers at ${endpoint}: ${why}. Is the BMC’s port cabled to this switch?`, {
    cause: error,
  });
}

/** Whether the connection, not the service, failed: worth another try when nothing can have happened twice. */
export function wasCut(error: unknown): boolean {
  return ['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'].includes(errnoOf(error) ?? '');
}
