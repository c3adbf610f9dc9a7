import { BootbenchError } from '../../contract/errors.ts';
import type { Image } from '../../contract/inventory.ts';
import type { Client } from '../../contract/port.ts';
import type { Io } from '../command.ts';

interface Wanted {
  readonly name: string;
  readonly path: string;
  readonly bootConfigs: string[] | undefined;
  readonly sha256: string | undefined;
}

/** Copies an ISO into the library and waits until it is there. Ending the command does not end the copy. Errors as `image.importResult`. */
export async function copyIntoLibrary(client: Client, wanted: Wanted, io: Io): Promise<Image> {
  const { id } = await client.call('image.import', wanted);
  return client.call('image.importResult', { id }, io.signal).catch((error: unknown) => {
    if (!io.signal.aborted) throw error;
    throw new BootbenchError('E_CANCELLED', `Bootbench continues to copy ${wanted.name}.`, {
      next: 'Follow the progress with `bootbench events --watch`.',
    });
  });
}
