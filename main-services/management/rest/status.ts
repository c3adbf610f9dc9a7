import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorCode } from '../../../contract/error-codes.ts';
import { asBootbenchError, errorBody } from '../../../contract/errors.ts';
import { withFullStop } from '../../../util/text.ts';
import { sendErrorBody } from '../reply.ts';

/** Reasons of Kubernetes' Status (apimachinery, meta/v1), which its clients decide by. Codes that share a number come first. */
const REASON_OF_CODE: Partial<Record<ErrorCode, string>> = { E_EXISTS: 'AlreadyExists' };
const REASON_OF_HTTP: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/**
 * An error as Kubernetes' Status, with the members of `ErrorBody` in it; `details.code` is always ours. Clients that accept
 * `application/json` by name, as those of Kubernetes do, get the HTTP status in `code` and the next step inside `message`;
 * others get our code in `code`, and the next step in `next` alone. Of a 422, kubectl prints each cause as its field and message, and nothing else.
 */
export function statusOf(error: unknown, request: Pick<IncomingMessage, 'headers' | 'url'>): Record<string, unknown> {
  const { http } = asBootbenchError(error);
  const body = errorBody(error);
  const { code, message, next, details } = body;
  const isKubernetes = acceptsJsonByName(request);
  const text = isKubernetes ? `${withFullStop(message)} ${next}` : message;
  const fields = (details?.fields ?? []).map(({ path, message: problem }) => ({
    reason: 'FieldValueInvalid',
    field: path,
    message: problem,
  }));
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    ...body,
    message: text,
    reason: REASON_OF_CODE[code] ?? REASON_OF_HTTP[http] ?? '',
    code: isKubernetes ? http : code,
    details: {
      ...details,
      ...objectOf(request.url),
      code,
      causes: [{ reason: code, ...(http === 422 && { field: 'spec' }), message: text }, ...fields],
    },
  };
}

export function sendStatus(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  sendErrorBody(response, asBootbenchError(error).http, statusOf(error, request));
}

function acceptsJsonByName({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return (headers.accept ?? '').includes('application/json');
}

/** Which object the request is about, as Kubernetes' details name it: the kind is the plural. */
function objectOf(url: string | undefined): { kind?: string; name?: string } {
  const [, kind, name] = /^\/api\/v1\/(?:namespaces\/[^/?]+\/)?([a-z-]+)(?:\/([\w.-]+))?/.exec(url ?? '') ?? [];
  return { ...(kind !== undefined && { kind }), ...(name !== undefined && { name }) };
}
