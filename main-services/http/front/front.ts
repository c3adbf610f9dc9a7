import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { FrontConnection, type FrontDeps } from './front-connection.ts';

/**
 * Stands between the socket and node:http: GET and HEAD requests of ISOs, their files and boot files are answered here with few calls for each
 * (docs/adr/0025-bytes-without-node-http.md). A connection that sends anything else is given to node:http with all that it has sent, for good.
 */
export class Front {
  readonly #deps: FrontDeps;
  readonly #toNodeHttp: (socket: Socket) => void;
  readonly #connections = new Set<FrontConnection>();
  #timer: NodeJS.Timeout | undefined;

  /** Takes the place of the server's own listener for new connections. */
  constructor(server: Server, deps: FrontDeps) {
    this.#deps = deps;
    // node:http and node:https serve every connection by one listener of this event, and document that the event may be emitted by others.
    const event = deps.scheme === 'https' ? 'secureConnection' : 'connection';
    const [listener] = server.listeners(event) as ((this: Server, socket: Socket) => void)[];
    if (!listener) throw new Error('node:http does not listen for connections');
    server.removeListener(event, listener);
    server.on(event, (socket: Socket) => this.#accept(socket));
    this.#toNodeHttp = (socket) => listener.call(server, socket);
    const closeOthers = server.closeAllConnections.bind(server);
    server.closeAllConnections = () => {
      closeOthers();
      for (const connection of this.#connections) connection.destroy();
    };
  }

  #accept(socket: Socket): void {
    if (socket.destroyed || socket.writableEnded) return;
    const connection = new FrontConnection(socket, this.#deps, {
      ended: () => this.#connections.delete(connection),
      toNodeHttp: (bytes) => this.#handOver(socket, bytes),
    });
    this.#connections.add(connection);
    this.#timer ??= setInterval(() => this.#sweep(), this.#deps.timing.connectionsCheckingInterval).unref();
  }

  #handOver(socket: Socket, bytes: Buffer): void {
    socket.pause();
    if (bytes.length > 0) socket.unshift(bytes);
    this.#toNodeHttp(socket);
    socket.resume();
  }

  #sweep(): void {
    for (const connection of this.#connections) connection.endIfSilent();
    if (this.#connections.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
