import { errorBody, errnoOf, fromBody } from '../../contract/errors.ts';
import { serve, type Port } from '../../contract/port.ts';
import { systemClock, type HostServices, type Log, type LogFields } from '../../contract/runtime.ts';
import { storedEvents } from '../../db/probe.ts';
import { startAppliance } from '../appliance/appliance.ts';
import { checkComputer } from '../doctor/doctor.ts';
import { WORKER_NATIVES } from '../doctor/natives.ts';
import { createHandlers } from '../handlers/handlers.ts';
import type { Rooms } from '../handlers/rooms.ts';
import { listNics } from '../network/nics.ts';
import { MAX_EVENTS } from '../support/bundle.ts';
import type { HostLink } from './host-link.ts';
import type { HostCall, LogLevel, ToWorker } from './protocol.ts';

/** How long services may be `starting` before the appliance counts as ready; their status shows the rest. */
const READY_TIMEOUT_MS = 10_000;

/** Loads the native modules that the services use, and calls each once. Throws where one does not load. */
export async function tryNatives(): Promise<void> {
  for (const { load } of WORKER_NATIVES) await load();
}

/** Runs what the host program asked for: the appliance until it is to stop, or the checks of `bootbench doctor`. */
export async function run(link: HostLink): Promise<void> {
  const calls = new HostCalls(link);
  try {
    await (link.init.doctor ? runDoctor(link, calls) : runAppliance(link, calls));
  } catch (error) {
    link.post({ kind: 'failed', error: errorBody(error) });
    exitSoon(1);
  }
}

async function runDoctor(link: HostLink, calls: HostCalls): Promise<void> {
  const { settings, doctor } = link.init;
  link.listen(
    (message) => {
      if (message.kind === 'answer') calls.settle(message);
      else process.exit(0);
    },
    (port) => port.close(),
  );
  const checks = checkComputer({ settings, nic: doctor?.nic, hostServices: calls.services(), clock: systemClock });
  for await (const check of checks) link.post({ kind: 'checked', check });
  if (doctor?.collects === true) {
    const events = storedEvents(settings.dataDir, MAX_EVENTS);
    link.post({ kind: 'collected', collected: { nics: await listNics(), ...(events && { events }) } });
  }
  exitSoon(0);
}

async function runAppliance(link: HostLink, calls: HostCalls): Promise<void> {
  const { settings, exitReason, runsIn } = link.init;
  const earlyPorts: Port[] = [];
  let connect = (port: Port): void => void earlyPorts.push(port);
  const ending = new AbortController();
  link.listen(
    (message) => {
      if (message.kind === 'answer') calls.settle(message);
      else ending.abort();
    },
    (port) => connect(port),
  );
  const appliance = await startAppliance(settings, {
    ...{ log: logToHost(link, {}), clock: systemClock, hostServices: calls.services(), isRestart: exitReason !== undefined, runsIn },
    onLock: () => link.post({ kind: 'locked' }),
  });
  const handlers = createHandlers(appliance.rooms);
  connect = (port) => serve(port, handlers);
  const stop = (): void => void appliance.stop().finally(() => process.exit(0));
  // While it starts, what it has opened is closed once it has started.
  if (ending.signal.aborted) {
    stop();
    return;
  }
  ending.signal.addEventListener('abort', stop, { once: true });
  earlyPorts.forEach(connect);
  if (exitReason !== undefined) recordRestart(appliance.rooms, exitReason);
  await servicesSettled(appliance.rooms);
  link.post({ kind: 'ready', ready: { api: appliance.api, boot: bootUrl(appliance.rooms), ui: appliance.ui } });
}

/** Undefined where no boot server answers at it. */
function bootUrl({ control }: Rooms): string | undefined {
  const { bootUrl, services } = control.status();
  return services.some(({ name, state }) => name === 'http' && state === 'ready') ? bootUrl : undefined;
}

/** A process loses what it posts just before its end. */
function exitSoon(code: number): void {
  setTimeout(() => process.exit(code), 100);
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

/** Calls of the host program's services, and the answers that are to come. */
class HostCalls {
  readonly #link: HostLink;
  readonly #pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #lastId = 0;

  constructor(link: HostLink) {
    this.#link = link;
  }

  settle({ id, value, error }: Extract<ToWorker, { kind: 'answer' }>): void {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(fromBody(error));
  }

  services(): HostServices {
    return {
      runElevated: async (command) =>
        (await this.#ask((id) => ({ kind: 'ask', id, power: 'runElevated', args: [command] }))) as { ok: boolean; output: string },
      notify: async (title, body) => {
        await this.#ask((id) => ({ kind: 'ask', id, power: 'notify', args: [title, body] }));
      },
      seal: async (text) => (await this.#ask((id) => ({ kind: 'ask', id, power: 'seal', args: [text] }))) as string | undefined,
      unseal: async (sealed) => (await this.#ask((id) => ({ kind: 'ask', id, power: 'unseal', args: [sealed] }))) as string | undefined,
      serial: async (call) => this.#ask((id) => ({ kind: 'ask', id, power: 'serial', args: [call] })),
      endProgram: async () => {
        await this.#ask((id) => ({ kind: 'ask', id, power: 'endProgram', args: [] }));
      },
    };
  }

  #ask(question: (id: number) => HostCall): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#link.post(question(id));
    });
  }
}

function logToHost(link: HostLink, always: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (level !== 'debug' || link.init.debug) link.post({ kind: 'log', level, fields: plain({ ...always, ...fields }), message });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => logToHost(link, { ...always, ...fields }),
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
