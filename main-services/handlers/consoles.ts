import type { ConsoleOutput, ConsoleStatus } from '../../contract/console.ts';
import type { Handlers } from '../../contract/port.ts';
import type { ProcedureName } from '../../contract/procedures.ts';
import { batches, latest, type Waiting } from './signal.ts';
import type { Rooms } from './rooms.ts';

type ConsoleCalls = Extract<ProcedureName, `console.${string}`>;

/** Of one piece of output that is held, besides its data. */
const PIECE_BYTES = 200;
/** Bytes of output that may wait for one viewer: what it gets at first, and what comes while that is sent. */
const OUTPUT_WAITING: Waiting<ConsoleOutput> = {
  limit: 16 * 1024 * 1024,
  unit: 'bytes',
  sizeOf: ({ data, notice }) => PIECE_BYTES + data.length + (notice?.length ?? 0),
};

export function consoleHandlers({ consoles }: Rooms): Pick<Handlers, ConsoleCalls> {
  return {
    'console.list': () => consoles.list(),
    'console.watch': (_input, { signal }) =>
      latest(
        (push: (status: ConsoleStatus) => void) => consoles.subscribe(push),
        ({ host }) => host,
        signal,
      ),
    'console.output': ({ host, viewer, from }, { signal }) =>
      batches((output, ended) => consoles.view(host, viewer, from, { output, ended }), OUTPUT_WAITING, signal),
    'console.write': async ({ host, viewer, data }) => {
      await consoles.write(host, viewer, Buffer.from(data, 'base64'));
      return {};
    },
    'console.takeKeyboard': ({ host, viewer, takeOver }) => {
      consoles.takeKeyboard(host, viewer, { takeOver });
      return {};
    },
    'console.releaseKeyboard': ({ host, viewer }) => {
      consoles.releaseKeyboard(host, viewer);
      return {};
    },
    'console.sendBreak': async ({ host, viewer }) => {
      await consoles.sendBreak(host, viewer);
      return {};
    },
    'console.setBaud': async ({ host, viewer, baud }) => ({ baud: await consoles.setBaud(host, viewer, baud) }),
    'console.setLines': async ({ host, viewer, lines }) => {
      await consoles.setModemLines(host, viewer, lines);
      return {};
    },
    'console.reconnect': ({ host, takeOver }) => {
      consoles.reconnect(host, { takeOver });
      return {};
    },
    'console.acceptHostKey': ({ host, fingerprint }) => {
      consoles.acceptHostKey(host, fingerprint);
      return {};
    },
    'console.transcripts': ({ host }) => consoles.transcripts(host),
    'console.read': ({ host, transcript, offset, limit }) => consoles.read(host, transcript, offset, limit),
    'console.at': async ({ host, at }) => (await consoles.offsetAt(host, at)) ?? null,
    'console.search': ({ host, text, transcript, limit }, { signal }) =>
      consoles.search(host, text, { limit, signal, ...(transcript !== undefined && { transcript }) }),
    'console.export': ({ host, transcript, format }, { signal }) => consoles.export(host, transcript, format, signal),
    'console.ports': () => consoles.ports(),
    'console.triggers': ({ host }) => consoles.triggers(host),
  };
}
