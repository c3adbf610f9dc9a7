import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { errorBody, errnoOf, fromBody } from '../../contract/errors.ts';
import { serve } from '../../contract/port.ts';
import { systemClock, type HostServices, type Log, type LogFields } from '../../contract/runtime.ts';
import { startAppliance } from '../appliance/appliance.ts';
import { createHandlers } from '../handlers/handlers.ts';
import type { Rooms } from '../handlers/rooms.ts';
import { portOf, type HostCall, type WorkerInit, type FromWorker, type LogLevel, type ToWorker } from './protocol.ts';

/** How long services may be `starting` before the appliance counts as ready; their status shows the rest. */
const READY_TIMEOUT_MS = 10_000;

const host = parentPort;
if (!host) throw new Error('thread-worker runs as a worker thread only');
const init = workerData as WorkerInit;
const post = (message: FromWorker): void => host.postMessage(message);
const pendingCalls = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
const earlyPorts: MessagePort[] = [];
let connect = (port: MessagePort): void => void earlyPorts.push(port);
let isStopping = false;
/** Undefined while the appliance starts: what it has opened is closed once it has started. */
let stop: (() => void) | undefined;

host.on('message', (message: ToWorker) => {
  if (message.kind === 'port') connect(message.port);
  else if (message.kind === 'stop') stopOnce();
  else settle(message);
});

run().catch((error: unknown) => {
  post({ kind: 'failed', error: errorBody(error) });
  process.exit(1);
});

async function run(): Promise<void> {
  const log = logToHost({});
  const isRestart = init.exitReason !== undefined;
  const appliance = await startAppliance(init.settings, {
    ...{ log, clock: systemClock, hostServices: hostServices(), isRestart },
    onLock: () => post({ kind: 'locked' }),
  });
  const handlers = createHandlers(appliance.rooms);
  connect = (port) => serve(portOf(port), handlers);
  stop = () => void appliance.stop().finally(() => process.exit(0));
  if (isStopping) {
    stop();
    return;
  }
  earlyPorts.forEach(connect);
  if (init.exitReason !== undefined) recordRestart(appliance.rooms, init.exitReason);
  await servicesSettled(appliance.rooms);
  post({ kind: 'ready', ready: { api: appliance.api, boot: bootUrl(appliance.rooms), ui: appliance.ui } });
}

function stopOnce(): void {
  if (isStopping) return;
  isStopping = true;
  stop?.();
}

/** Undefined where no boot server answers at it. */
function bootUrl({ control }: Rooms): string | undefined {
  const { bootUrl, services } = control.status();
  return services.some(({ name, state }) => name === 'http' && state === 'ready') ? bootUrl : undefined;
}

function settle({ id, value, error }: Extract<ToWorker, { kind: 'answer' }>): void {
  const call = pendingCalls.get(id);
  pendingCalls.delete(id);
  if (error === undefined) call?.resolve(value);
  else call?.reject(fromBody(error));
}

function recordRestart({ activity }: Rooms, death: string): void {
  activity.record({ type: 'service.up', message: `The services restarted. ${death}`, data: { code: 'E_THREAD_DIED' } });
}

/** Waits until no service is starting: each is ready, or its status says why not. */
async function servicesSettled({ control }: Rooms): Promise<void> {
  const busy = (): boolean => control.status().services.some(({ state }) => state === 'starting');
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (!busy()) resolve();
    };
    control.onStatus(check);
    systemClock.after(READY_TIMEOUT_MS, resolve);
    check();
  });
}

function hostServices(): HostServices {
  let lastId = 0;
  const ask = (question: (id: number) => HostCall): Promise<unknown> => {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      pendingCalls.set(id, { resolve, reject });
      post(question(id));
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
    serial: async (call) => ask((id) => ({ kind: 'ask', id, power: 'serial', args: [call] })),
  };
}

function logToHost(always: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (level !== 'debug' || init.debug) post({ kind: 'log', level, fields: plain({ ...always, ...fields }), message });
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
