import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { BootbenchError, errorBody, errnoOf } from '../../contract/errors.ts';
import { serve } from '../../contract/port.ts';
import { systemClock, type HostServices, type Log, type LogFields } from '../../contract/runtime.ts';
import { startAppliance } from '../appliance/appliance.ts';
import { createHandlers } from '../handlers/handlers.ts';
import type { Rooms } from '../handlers/rooms.ts';
import { portOf, type HostCall, type WorkerInit, type FromWorker, type LogLevel, type ToWorker } from './protocol.ts';

/** Milliseconds that services may be `starting` before we say ready anyway; their status tells the rest. */
const READY_WITHIN = 10_000;

const host = parentPort;
if (!host) throw new Error('thread-worker runs as a worker thread only');
const birth = workerData as WorkerInit;
const tell = (message: FromWorker): void => host.postMessage(message);
const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
const early: MessagePort[] = [];
let connect = (port: MessagePort): void => void early.push(port);
let stop = (): void => process.exit(0);

host.on('message', (message: ToWorker) => {
  if (message.kind === 'port') connect(message.port);
  else if (message.kind === 'stop') stop();
  else answered(message);
});

run().catch((error: unknown) => {
  tell({ kind: 'failed', error: errorBody(error) });
  process.exit(1);
});

async function run(): Promise<void> {
  const log = logToHost({});
  const reborn = birth.death !== undefined;
  const appliance = await startAppliance(birth.settings, { log, clock: systemClock, hostServices: hostServices(), reborn });
  const handlers = createHandlers(appliance.rooms);
  connect = (port) => serve(portOf(port), handlers);
  stop = () => void appliance.stop().finally(() => process.exit(0));
  early.forEach(connect);
  if (birth.death !== undefined) tellDeath(appliance.rooms, birth.death);
  await settled(appliance.rooms);
  tell({
    kind: 'ready',
    ready: { api: appliance.api, boot: appliance.boot ?? appliance.rooms.control.status().bootUrl, ui: appliance.ui },
  });
}

function answered({ id, value, error }: Extract<ToWorker, { kind: 'answer' }>): void {
  const asker = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) asker?.resolve(value);
  else asker?.reject(new BootbenchError('E_INTERNAL', error));
}

function tellDeath({ activity }: Rooms, death: string): void {
  activity.record({ type: 'service.up', message: `The services restarted. ${death}`, data: { code: 'E_THREAD_DIED' } });
}

/** Waits until no service is on its way any more: each is ready, or its status says why not. */
async function settled({ control }: Rooms): Promise<void> {
  const busy = (): boolean => control.status().services.some(({ state }) => state === 'starting');
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (!busy()) resolve();
    };
    control.onStatus(check);
    systemClock.after(READY_WITHIN, resolve);
    check();
  });
}

function hostServices(): HostServices {
  let lastId = 0;
  const ask = (question: (id: number) => HostCall): Promise<unknown> => {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      tell(question(id));
    });
  };
  return {
    runElevated: async (command) =>
      (await ask((id) => ({ kind: 'ask', id, power: 'runElevated', args: [command] }))) as { ok: boolean; output: string },
    notify: async (title, body) => {
      await ask((id) => ({ kind: 'ask', id, power: 'notify', args: [title, body] }));
    },
    seal: async (text) => (await ask((id) => ({ kind: 'ask', id, power: 'seal', args: [text] }))) as string | undefined,
    unseal: async (sealed) => (await ask((id) => ({ kind: 'ask', id, power: 'unseal', args: [sealed] }))) as string | undefined,
  };
}

function logToHost(always: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (level !== 'debug' || birth.debug) tell({ kind: 'log', level, fields: plain({ ...always, ...fields }), message });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => logToHost({ ...always, ...fields }),
  };
}

/** What can be sent to another thread: errors as their message, code and stack. */
function plain(fields: LogFields): LogFields {
  const readable = (_key: string, value: unknown): unknown => {
    if (value instanceof Error) return { message: value.message, code: errnoOf(value), stack: value.stack };
    return typeof value === 'bigint' ? String(value) : value;
  };
  try {
    return JSON.parse(JSON.stringify(fields, readable)) as LogFields;
  } catch (error) {
    return { unreadable: String(error) };
  }
}
