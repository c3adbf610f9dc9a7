import { request as httpRequest, Agent } from 'node:http';
import { WebSocket } from 'ws';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';

let server: ManagementServer | undefined;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** The management plane on loopback, over a real database in memory of this thread: once for all inputs. */
export async function managementServer(): Promise<ManagementServer> {
  server ??= await startManagementServer();
  return server;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export function ask(
  one: ManagementServer,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Uint8Array,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${one.management.url}${path}`,
      { agent, method, headers: { authorization: `Bearer ${one.token}`, 'content-length': String(body.length), ...headers } },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A WebSocket that is open. */
export async function openSocket(one: ManagementServer): Promise<WebSocket> {
  const socket = new WebSocket(`${one.management.url.replace('http', 'ws')}/api/v1/ws`, ['bootbench.v1', `bearer.${one.token}`]);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}
