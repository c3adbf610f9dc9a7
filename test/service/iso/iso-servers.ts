import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly requests: IncomingMessage[];
  /** Away, with all its connections, until `begin`. */
  end(): Promise<void>;
  begin(): Promise<void>;
}

const servers = new Set<Server>();

/** For afterEach: ends every server of the test. */
export async function endServers(): Promise<void> {
  await Promise.all([...servers].map(ended));
}

function ended(server: Server): Promise<void> {
  servers.delete(server);
  return new Promise((done) => {
    server.close(() => {
      done();
    });
    server.closeAllConnections();
  });
}

export async function serve(handler: Handler, host = '127.0.0.1'): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  let port = 0;
  let server: Server;
  const begin = async (): Promise<void> => {
    server = createServer((request, response) => {
      requests.push(request);
      handler(request, response);
    });
    servers.add(server);
    await new Promise<void>((done) => server.listen(port, host, done));
    ({ port } = server.address() as AddressInfo);
  };
  await begin();
  return { url: `http://${host}:${port}`, port, requests, begin, end: () => ended(server) };
}

export interface Served {
  etag?: string;
  modified?: string;
  content?: Buffer;
}

/** A server with ranges, as it is told to be just now. */
export function ranged(served: () => Served): Handler {
  return (request, response) => {
    const { etag, modified, content = Buffer.alloc(0) } = served();
    if (etag !== undefined) response.setHeader('ETag', etag);
    if (modified !== undefined) response.setHeader('Last-Modified', modified);
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const ifRange = request.headers['if-range'];
    if (!match || (ifRange !== undefined && ifRange !== etag && ifRange !== modified)) return response.end(content);
    const [start, end] = [Number(match[1]), Math.min(Number(match[2]), content.length - 1)];
    response.writeHead(206, { 'Content-Range': `bytes ${start}-${end}/${content.length}`, 'Content-Length': end - start + 1 });
    response.end(content.subarray(start, end + 1));
  };
}
