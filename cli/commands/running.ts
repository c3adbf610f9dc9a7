import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BootbenchError } from '../../contract/errors.ts';
import type { Client } from '../../contract/port.ts';
import { dataDirOf } from '../../headless/data-dir.ts';
import { withClient } from '../client.ts';
import type { Args, Io } from '../command.ts';

/** Asks the Bootbench that runs with this data directory; undefined where none answers. */
export async function askRunning<T>(args: Args, io: Io, question: (client: Client) => Promise<T>): Promise<T | undefined> {
  if (!existsSync(join(dataDirOf(args.flags['data-dir'], io), 'api.json'))) return undefined;
  try {
    return await withClient(args, io, question);
  } catch (error) {
    // It was killed, and left the file.
    if (error instanceof BootbenchError && error.code === 'E_API_UNREACHABLE') return undefined;
    throw error;
  }
}
