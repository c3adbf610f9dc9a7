import type { ConsoleOutput, ConsoleViewer } from '../../contract/console.ts';
import { asBootbenchError } from '../../contract/errors.ts';
import type { Client } from '../../contract/port.ts';

export interface View {
  readonly host: string;
  readonly viewer: ConsoleViewer;
  /** As in `console.output`. */
  readonly from: number;
}

interface Place {
  readonly transcript: string;
  readonly offset: number;
}

/** Gives output to `take` as it arrives, until the signal or the end of the console. Continues after being cut off as a slow reader. */
export async function readOutput(
  client: Client,
  { host, viewer, from }: View,
  signal: AbortSignal,
  take: (output: ConsoleOutput) => Promise<void>,
): Promise<void> {
  let place: Place | undefined;
  let start = from;
  while (!signal.aborted) {
    try {
      for await (const outputs of client.stream('console.output', { host, viewer, from: start }, signal)) {
        for (const output of outputs) {
          place = { transcript: output.transcript, offset: endOf(output) };
          await take(output);
        }
      }
      return;
    } catch (error) {
      if (asBootbenchError(error).code !== 'E_SLOW_READER') throw error;
      if (place) start = await continuation(client, host, place);
    }
  }
}

/** The offset after its bytes. */
export function endOf({ offset, data }: ConsoleOutput): number {
  return offset + Buffer.byteLength(data, 'base64');
}

/** Of the transcript that is written now: where reading stopped, or its start where it is a later one. */
async function continuation(client: Client, host: string, { transcript, offset }: Place): Promise<number> {
  const status = (await client.call('console.list')).find((each) => each.host === host);
  return status?.transcript === transcript ? offset : 0;
}
