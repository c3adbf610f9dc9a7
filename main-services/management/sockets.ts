import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { asBootbenchError, BootbenchError, errorBody } from '../../contract/errors.ts';
import { serve, type Handlers } from '../../contract/port.ts';
import type { Log } from '../../contract/runtime.ts';
import { subprotocols, SUBPROTOCOL, type Gate } from './gate.ts';
import { webSocketPort } from './websocket-port.ts';

const PATH = '/api/v1/ws';
const MAX_MESSAGE = 4 * 1024 * 1024;
const PING_EVERY = 20_000;

/** Answers WebSocket upgrades at /api/v1/ws with the contract's procedures. Returns what ends them all. */
export function serveSockets(server: Server, gate: Gate, handlers: Handlers, log: Log, tooMany: (client: string) => void): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL,
  });
  const alive = new Map<WebSocket, boolean>();

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    try {
      check(gate, request);
      sockets.handleUpgrade(request, stream, head, (socket) => open(socket, `port ${request.socket.remotePort ?? 0}`));
    } catch (error) {
      log.info({ code: asBootbenchError(error).code, from: request.socket.remoteAddress }, asBootbenchError(error).message);
      refuse(stream, error);
    }
  });

  const open = (socket: WebSocket, client: string): void => {
    alive.set(socket, true);
    socket.on('pong', () => alive.set(socket, true));
    socket.on('close', () => alive.delete(socket));
    socket.on('error', (error) => log.info({ error: error.message }, 'a management connection failed'));
    serve(webSocketPort(socket), handlers, () => tooMany(client));
  };

  const pings = setInterval(() => {
    for (const [socket, answered] of alive) {
      if (!answered) socket.terminate();
      else {
        alive.set(socket, false);
        socket.ping();
      }
    }
  }, PING_EVERY).unref();

  return () => {
    clearInterval(pings);
    for (const socket of alive.keys()) {
      socket.close(1001, 'Bootbench is stopping');
      setTimeout(() => socket.terminate(), 500).unref();
    }
    sockets.close();
  };
}

function check(gate: Gate, request: IncomingMessage): void {
  gate.checkPage(request);
  if (request.url !== PATH) throw new BootbenchError('E_NOT_FOUND', `WebSockets are at ${PATH}.`);
  gate.checkToken(request);
  if (!subprotocols(request.headers['sec-websocket-protocol']).includes(SUBPROTOCOL))
    throw new BootbenchError('E_BAD_INPUT', `Missing subprotocol ${SUBPROTOCOL}.`);
}

function refuse(stream: Duplex, error: unknown): void {
  const body = JSON.stringify(errorBody(error));
  const { http } = asBootbenchError(error);
  stream.end(
    `HTTP/1.1 ${http} Refused\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
