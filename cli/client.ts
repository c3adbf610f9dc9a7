import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { WebSocket } from 'ws';
import { BootbenchError } from '../contract/errors.ts';
import { connect, type Client, type Port } from '../contract/port.ts';
import type { Args, Io } from './command.ts';
import { dataDirOf } from '../headless/data-dir.ts';

/** Runs `work` with a connection to the appliance, and closes it. */
export async function withClient<T>(args: Args, io: Io, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await openClient(args, io);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** Connects with `--api` and `--token-file`, or with what the running appliance left in the data directory. */
export async function openClient(args: Args, io: Io): Promise<Client> {
  const dataDir = dataDirOf(args.flags['data-dir'], io);
  const about = readAbout(dataDir);
  const url = apiUrl(args.text('api') ?? io.env.BOOTBENCH_API) ?? about?.url ?? 'http://127.0.0.1:7780';
  const given = args.text('token-file') ?? io.env.BOOTBENCH_TOKEN_FILE;
  const tokenFile = given === undefined ? (about?.tokenFile ?? join(dataDir, 'api-token')) : resolve(io.cwd, given);
  return connect(await openPort(url, readToken(tokenFile)));
}

/** `host:port` or a URL. */
function apiUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (!url)
    throw new BootbenchError('E_USAGE', `--api ${text}: invalid address.`, { next: 'Use HOST:PORT, such as --api 127.0.0.1:7780.' });
  return url.origin;
}

function readAbout(dataDir: string): { url: string; tokenFile: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'api.json'), 'utf8')) as { url: string; tokenFile: string };
  } catch {
    return undefined;
  }
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new BootbenchError(
      'E_API_UNREACHABLE',
      `The token file ${file} cannot be read. Was Bootbench started with this data directory?`,
      {
        cause: error,
      },
    );
  }
}

function openPort(url: string, token: string): Promise<Port> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/ws`, ['bootbench.v1'], {
    headers: { Authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    handshakeTimeout: 5000,
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(portOf(socket)));
    socket.on('error', (error) =>
      reject(new BootbenchError('E_API_UNREACHABLE', `${url} does not answer: ${reasonOf(error)}`, { cause: error })),
    );
    socket.once('unexpected-response', (_request, response) => {
      const refused = response.statusCode === 401;
      reject(
        refused
          ? new BootbenchError('E_AUTH', `${url} does not accept the token.`, {
              next: 'Use the --data-dir or --token-file of the running Bootbench.',
            })
          : new BootbenchError('E_API_UNREACHABLE', `${url} returned HTTP status ${response.statusCode ?? 0}.`),
      );
    });
  });
}

function reasonOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(String).join('; ') : error.message;
}

function portOf(socket: WebSocket): Port {
  return {
    send: (message) => socket.send(JSON.stringify(message)),
    onMessage: (listener) => socket.on('message', (data) => listener(JSON.parse((data as Buffer).toString('utf8')))),
    onClose: (listener) => socket.on('close', listener),
    close: () => socket.close(),
  };
}
