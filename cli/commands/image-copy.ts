import type { BenchEvent } from '../../contract/appliance.ts';
import { BootbenchError, ERRORS, type ErrorCode } from '../../contract/errors.ts';
import type { Image } from '../../contract/inventory.ts';
import type { Client } from '../../contract/port.ts';
import type { Io } from '../command.ts';

interface Wanted {
  readonly name: string;
  readonly path: string;
  readonly bootConfigs: string[] | undefined;
  readonly sha256: string | undefined;
}

/** Has an ISO copied into the library and waits for its end, which is told as an event. Ending the command does not end the copy. */
export async function copyIntoLibrary(client: Client, wanted: Wanted, io: Io): Promise<Image> {
  const [latest] = await client.call('events.history', { limit: 1 });
  await client.call('image.import', wanted);
  const end = await endOf(client, wanted.name, latest?.seq ?? 0, io.signal);
  if (end.type === 'image.imported') return client.call('image.get', { name: wanted.name });
  throw new BootbenchError(codeOf(end.data.code), end.message);
}

async function endOf(client: Client, name: string, since: number, signal: AbortSignal): Promise<BenchEvent> {
  for await (const events of client.stream('events.watch', { since }, signal)) {
    const end = events.find(({ type, data }) => (type === 'image.imported' || type === 'image.import-failed') && data.name === name);
    if (end) return end;
  }
  throw new BootbenchError('E_CANCELLED', `Bootbench continues to copy ${name}.`, {
    next: 'Follow the progress with `bootbench events --watch`.',
  });
}

function codeOf(value: unknown): ErrorCode {
  return typeof value === 'string' && value in ERRORS ? (value as ErrorCode) : 'E_INTERNAL';
}
