import type { IncomingMessage, ServerResponse } from 'node:http';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Rooms } from '../../handlers/rooms.ts';
import { SAFE_HEADERS, sendJson } from '../reply.ts';
import { bodyPlace } from './content-range.ts';
import { sha256OfDigest } from './repr-digest.ts';
import type { ReadResource } from './resource.ts';
import type { Endpoint } from './router.ts';

type Library = Pick<Rooms, 'imports' | 'inventory'>;

interface Upload {
  readonly put: Endpoint<{ readonly name: string }>;
  readonly state: Endpoint<{ readonly name: string }>;
  readonly cancel: Endpoint<{ readonly name: string }>;
}

/**
 * The upload of an ISO in as many pieces as the sender likes, its headers named as in draft-ietf-httpbis-resumable-upload.
 *   PUT    body is the ISO, or the part of it that `Content-Range: bytes first-last/total` names. 202 when more is to come,
 *          201 with the object when it was the last byte. `Upload-Id` names the sender's file; `?bootConfigs=a,b` lists configs.
 *          `Repr-Digest: sha-256=:…:` (RFC 9530, of the whole ISO) refuses other bytes at the end: 422, and nothing stays.
 *   HEAD   200; Upload-Offset: bytes that are there, so the first that is missing; Upload-Length: of the whole, once known;
 *          Upload-Complete: ?1 when the image is in the library; Upload-Id. Content-Length is 0: there is no body to GET.
 *   DELETE cancels and removes what is there.
 * Every refusal of a PUT carries Upload-Offset and Upload-Length too.
 */
export function isoUpload(library: Library, images: ReadResource): Upload {
  return {
    put: ({ request, response, query, params: { name } }) => put(library, images, name, request, response, query),
    async state({ response, params: { name } }) {
      await showState(library, name, response);
      response.writeHead(200, { ...SAFE_HEADERS, 'Content-Length': 0, 'Cache-Control': 'no-store' }).end();
    },
    async cancel({ response, params: { name } }) {
      await library.imports.cancel(name);
      sendJson(response, 200, {});
    },
  };
}

async function put(
  library: Library,
  images: ReadResource,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  try {
    const { received, size, imported } = await library.imports.receive({ name, ...pieceOf(request, query) });
    await showState(library, name, response);
    if (imported) sendJson(response, 201, await images.get(name));
    else sendJson(response, 202, { name, received, size });
  } catch (error) {
    await drain(request);
    await showState(library, name, response);
    throw error;
  }
}

function pieceOf(request: IncomingMessage, query: URLSearchParams): Omit<Parameters<Library['imports']['receive']>[0], 'name'> {
  const { headers } = request;
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new BootbenchError('E_BAD_INPUT', 'Content-Encoding: send the ISO uncompressed.');
  return {
    ...bodyPlace(headers['content-range'], headers['content-length']),
    id: idOf(headers['upload-id']),
    sha256: digestOf(headers['repr-digest']),
    bootConfigs: (query.get('bootConfigs') ?? '').split(',').filter((config) => config !== ''),
    body: request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>,
  };
}

function idOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,300}$/.test(header))
    throw new BootbenchError('E_BAD_INPUT', 'Upload-Id: expected 1 to 300 printable ASCII characters without spaces.');
  return header;
}

function digestOf(header: string | string[] | undefined): string | undefined {
  const sha256 = header === undefined ? undefined : sha256OfDigest(String(header));
  if (sha256 === false)
    throw new BootbenchError('E_BAD_INPUT', 'Repr-Digest: expected sha-256=:…: with the base64 SHA-256 of the complete ISO.');
  return sha256;
}

async function showState({ imports, inventory }: Library, name: string, response: ServerResponse): Promise<void> {
  const image = inventory.listImages().find((each) => each.name === name);
  const { received, size, id } = image ? { received: image.index.size, size: image.index.size } : await imports.state(name);
  response.setHeader('Upload-Offset', received);
  response.setHeader('Upload-Complete', image ? '?1' : '?0');
  if (size > 0) response.setHeader('Upload-Length', size);
  if (id !== undefined) response.setHeader('Upload-Id', id);
}

const DRAINED_BYTES = 64 * 1024 * 1024;
const DRAINED_FOR = 2000;

/** Reads what a refused sender still sends, within limits: a browser that is cut off while it sends never sees the answer. */
async function drain(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return;
  await new Promise<void>((resolve) => {
    let left = DRAINED_BYTES;
    const timer = setTimeout(resolve, DRAINED_FOR);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    request.on('data', (bytes: Buffer) => {
      left -= bytes.length;
      if (left < 0) end();
    });
    request.once('end', end).once('close', end).once('error', end);
  });
}
