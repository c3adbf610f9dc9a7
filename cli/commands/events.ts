import type { BenchEvent } from '../../contract/appliance.ts';
import { asBootbenchError } from '../../contract/errors.ts';
import type { Client } from '../../contract/port.ts';
import { openClient, withClient } from '../client.ts';
import type { Args, Command, Io } from '../command.ts';
import { clockTime } from '../output.ts';

export const eventsCommand: Command = {
  name: 'events',
  usage: '[--watch] [--host H] [--since N] [--limit N]',
  summary: 'Show events; with --watch, follow new ones.',
  options: { watch: { type: 'boolean' }, host: { type: 'string' }, since: { type: 'string' }, limit: { type: 'string' } },
  words: [0, 0],
  run: (args, io) => (args.flag('watch') ? watch(args, io) : history(args, io)),
};

function history(args: Args, io: Io): Promise<void> {
  return withClient(args, io, async (client) => {
    const events = await client.call('events.history', { host: args.text('host'), limit: args.number('limit') });
    const since = args.number('since') ?? 0;
    tell(args, io, events.filter(({ seq }) => seq > since).reverse());
  });
}

/** Continues from the last number after being cut off as a slow reader; ends with the signal. */
async function watch(args: Args, io: Io): Promise<void> {
  const place = { since: args.number('since') };
  while (!io.signal.aborted) {
    const client = await openClient(args, io);
    const cutOff = await follow(client, args, io, place).catch((error: unknown) => {
      if (asBootbenchError(error).code !== 'E_SLOW_READER') throw error;
      return true;
    });
    client.close();
    if (!cutOff) return;
  }
}

async function follow(client: Client, args: Args, io: Io, place: { since: number | undefined }): Promise<boolean> {
  for await (const events of client.stream('events.watch', { since: place.since, host: args.text('host') }, io.signal)) {
    tell(args, io, events);
    place.since = events.at(-1)?.seq ?? place.since;
  }
  return false;
}

/** One line for each event; with --json, one JSON object a line. */
function tell(args: Args, io: Io, events: readonly BenchEvent[]): void {
  for (const event of events) io.stdout(`${args.flag('json') ? JSON.stringify(event) : words(event)}\n`);
}

function words({ at, type, host, mac, ip, message: text }: BenchEvent): string {
  const who = host ?? mac ?? ip ?? '';
  return `${clockTime(at)}  ${type.padEnd(18)} ${who.padEnd(18)} ${text}`;
}
