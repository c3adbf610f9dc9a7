import { BootbenchError } from '../../contract/errors.ts';
import type { Client } from '../../contract/port.ts';
import { openApi } from '../lab/machines/api.ts';
import { pause } from '../lab/process.ts';
import type { WriteLog } from './write-log.ts';

/** The program is gone; what was asked for may have happened or not. */
export class Disconnected extends Error {}

const RETRY_MS = 50;

/** One connection at a time, opened again whenever the program has been restarted. */
export class Session {
  readonly #dataDir: string;
  #client: Promise<Client> | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** Waits for the program as long as it takes. */
  client(): Promise<Client> {
    this.#client ??= this.#open();
    return this.#client;
  }

  async #open(): Promise<Client> {
    for (;;) {
      try {
        const client = await openApi(this.#dataDir);
        void client.closed.then(() => {
          this.#client = undefined;
        });
        return client;
      } catch {
        await pause(RETRY_MS);
      }
    }
  }
}

/** Runs `step` for ever, from `begin` on after each disconnection. A fault of the actor ends the process. */
export async function actor(
  session: Session,
  begin: (client: Client) => Promise<void>,
  step: (client: Client) => Promise<void>,
): Promise<never> {
  for (;;) {
    try {
      const client = await session.client();
      await begin(client);
      for (;;) await step(client);
    } catch (error) {
      if (!isDisconnected(error)) throw error;
      await pause(RETRY_MS);
    }
  }
}

/** A write with its lines in the log. Resolves with the error's code when it is refused; throws Disconnected without an answer. */
export async function logged(log: WriteLog, key: string, value: string | null, write: () => Promise<unknown>): Promise<string | undefined> {
  log.add('sent', key, value);
  try {
    await write();
    log.add('acked', key, value);
    return undefined;
  } catch (error) {
    if (isDisconnected(error) || !(error instanceof BootbenchError)) throw error;
    log.add('refused', key, value);
    return error.code;
  }
}

/** What is read, or null where it is not found. */
export async function found<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BootbenchError && error.code === 'E_NOT_FOUND') return null;
    throw error;
  }
}

/** Stopping services refuse what reaches them in their last moment. */
export function isDisconnected(error: unknown): boolean {
  return error instanceof Disconnected || (error instanceof BootbenchError && ['E_API_UNREACHABLE', 'E_THREAD_DIED'].includes(error.code));
}
