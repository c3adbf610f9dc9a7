import type { Client, ClientChannel } from 'ssh2';
import type { BootbenchError } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import type { ConsoleTransport, OpenTransport, TransportEvents } from '../transport.ts';
import { enterConsole } from './enter.ts';
import { serverOf, sshLogin, type SshLogin } from './login.ts';
import type { SshEntry } from './presets.ts';
import * as sentences from './sentences.ts';

export interface SshOptions extends Omit<SshLogin, 'port'> {
  readonly entry: SshEntry;
  readonly clock: Clock;
}

/** A terminal of 80 by 24, as firmware menus are drawn. */
const TERMINAL = { term: 'xterm', cols: 80, rows: 24 };

/**
 * A BMC's serial console over SSH: login, the vendor's command at its prompt, then bytes. What the prompt prints is passed on too, so that a
 * person sees what the BMC says. Errors as OpenTransport, and E_CONSOLE_BUSY when the BMC says that another session uses the console.
 */
export function openSsh({ entry, clock, ...login }: SshOptions): OpenTransport {
  return async (events, { signal, takeOver }) => {
    const server = serverOf(login.host, entry.port);
    const client = await sshLogin({ ...login, port: entry.port }, signal);
    try {
      const channel = await openShell(client, server);
      const transport = new SshTransport({ client, channel, server, leave: entry.leave, events });
      await enterConsole(channel, entry, { server, takeOver, clock, signal });
      transport.start();
      return transport;
    } catch (error) {
      client.end();
      throw error;
    }
  };
}

function openShell(client: Client, server: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.once('close', () => reject(sentences.connectionLost(server, undefined)));
    client.shell(TERMINAL, (error, channel) => {
      if (error) reject(sentences.shellRefused(server, error.message));
      else resolve(channel);
    });
  });
}

interface Parts {
  readonly client: Client;
  readonly channel: ClientChannel;
  readonly server: string;
  readonly leave: string;
  readonly events: TransportEvents;
}

/** Milliseconds until a BMC that does not close the connection itself is left. */
const CLOSE_TIMEOUT_MS = 2000;

class SshTransport implements ConsoleTransport {
  readonly baud = undefined;
  readonly canBreak = false;
  readonly #parts: Parts;
  #lost: Error | undefined;
  #isClosing = false;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { client, channel, events } = parts;
    channel.on('data', (bytes: Buffer) => events.data(bytes));
    channel.stderr.on('data', (bytes: Buffer) => events.data(bytes));
    channel.on('error', (error: Error) => (this.#lost = error));
    client.on('error', (error) => (this.#lost = error));
  }

  get description(): string {
    return sentences.describeSsh(this.#parts.server);
  }

  /** From now on the end of the connection is reported as the console's. */
  start(): void {
    const { client, channel } = this.#parts;
    channel.once('close', () => this.#ended());
    client.once('close', () => this.#ended());
  }

  write(bytes: Uint8Array): Promise<void> {
    const { channel } = this.#parts;
    if (this.#isClosed || this.#isClosing || !channel.writable) return Promise.reject(this.#gone());
    return new Promise((resolve, reject) => {
      channel.write(bytes, (error) => (error ? reject(this.#gone()) : resolve()));
    });
  }

  sendBreak(): Promise<void> {
    return Promise.reject(sentences.noBreak(this.#parts.server));
  }

  pause(): void {
    this.#parts.channel.pause();
  }

  resume(): void {
    this.#parts.channel.resume();
  }

  close(): Promise<void> {
    const { client, channel, leave } = this.#parts;
    if (this.#isClosed) return Promise.resolve();
    this.#isClosing = true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => client.destroy(), CLOSE_TIMEOUT_MS);
      client.once('close', () => {
        clearTimeout(timer);
        this.#ended();
        resolve();
      });
      channel.resume();
      channel.end(leave, () => client.end());
    });
  }

  #ended(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.client.end();
    this.#parts.events.closed(this.#isClosing ? undefined : this.#gone());
  }

  #gone(): BootbenchError {
    return sentences.connectionLost(this.#parts.server, this.#lost?.message);
  }
}
