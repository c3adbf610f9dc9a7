import { BootbenchError, errorBody, fromBody } from '../../contract/errors.ts';
import type { DoctorCheck } from '../../contract/doctor.ts';
import type { Port } from '../../contract/port.ts';
import type { Clock, HostServices, Log } from '../../contract/runtime.ts';
import { localPorts } from '../console/serial/local-ports.ts';
import { SerialHost } from '../console/serial/serial-host.ts';
import type { Place } from './places.ts';
import type { Collected, FromWorker, HostCall, Ready, ToWorker, WorkerInit } from './protocol.ts';

/** One worker, from start to exit. */
export interface RunningWorker {
  /** Undefined when its code and its native modules have loaded there, else why not. */
  readonly loaded: Promise<NotLoaded | undefined>;
  readonly ready: Promise<Ready>;
  /** Resolves with a message about the cause. */
  readonly ended: Promise<string>;
  openPort(): Port;
  stop(): Promise<void>;
}

export interface NotLoaded {
  readonly reason: string;
  /** All but a native module has loaded. */
  readonly isNative: boolean;
}

export interface WorkerDeps {
  readonly hostServices: HostServices;
  readonly log: Log;
  readonly clock: Clock;
  readonly onLock?: ((isLocked: boolean) => void) | undefined;
  /** Of a worker that checks this computer. */
  readonly onCheck?: ((check: DoctorCheck) => void) | undefined;
  readonly onCollected?: ((collected: Collected) => void) | undefined;
}

const STOP_TIMEOUT_MS = 5000;
/** A virus scanner may read every file first. */
const LOAD_TIMEOUT_MS = 60_000;

export function runWorker(place: Place, init: WorkerInit, deps: WorkerDeps): RunningWorker {
  const { hostServices, log, clock, onLock, onCheck, onCollected } = deps;
  const worker = place.start(init);
  // The native library of serial ports works in this thread only.
  const serial = new SerialHost(localPorts(clock), log);
  const host: HostServices = { ...hostServices, serial: async (call) => serial.answer(call) };
  const loading = Promise.withResolvers<NotLoaded | undefined>();
  const ready = Promise.withResolvers<Ready>();
  ready.promise.catch(() => undefined);

  const ended = new Promise<string>((resolve) => {
    worker.onExit((cause, error) => {
      if (error !== undefined) log.error({ error }, 'the appliance thread failed');
      resolve(cause);
    });
  });
  const cancelTimeout = clock.after(LOAD_TIMEOUT_MS, () => {
    loading.resolve({ reason: `not loaded after ${LOAD_TIMEOUT_MS / 1000} s`, isNative: false });
    worker.kill();
  });
  void loading.promise.then(cancelTimeout);
  void ended.then(async (sentence) => {
    loading.resolve({ reason: sentence, isNative: false });
    ready.reject(new BootbenchError('E_THREAD_DIED', sentence, { next: 'See the log for the cause.' }));
    await serial.closeAll();
  });
  worker.onMessage((message: FromWorker) => {
    if (message.kind === 'not-loaded') {
      loading.resolve({ reason: message.message, isNative: message.isNative });
      return;
    }
    loading.resolve(undefined);
    if (message.kind === 'ready') ready.resolve(message.ready);
    else if (message.kind === 'locked') onLock?.(true);
    else if (message.kind === 'failed') ready.reject(fromBody(message.error));
    else if (message.kind === 'checked') onCheck?.(message.check);
    else if (message.kind === 'collected') onCollected?.(message.collected);
    else if (message.kind === 'log') log[message.level](message.fields, message.message);
    else if (message.kind === 'ask') void useHost(host, message).then((answer) => worker.post(answer));
  });

  return {
    loaded: loading.promise,
    ready: ready.promise,
    ended,
    openPort: () => worker.openPort(),
    async stop() {
      worker.post({ kind: 'stop' });
      const giveUp = clock.after(STOP_TIMEOUT_MS, () => worker.kill());
      await ended;
      giveUp();
    },
  };
}

type Answer = Extract<ToWorker, { kind: 'answer' }>;

async function useHost(host: HostServices, call: HostCall): Promise<Answer> {
  const { id } = call;
  try {
    return { kind: 'answer', id, value: await answerOf(host, call) };
  } catch (error) {
    return { kind: 'answer', id, error: errorBody(error) };
  }
}

async function answerOf(host: HostServices, { power, args }: HostCall): Promise<unknown> {
  switch (power) {
    case 'runElevated':
      return host.runElevated(...args);
    case 'notify':
      await host.notify(...args);
      return undefined;
    case 'seal':
      return host.seal(...args);
    case 'unseal':
      return host.unseal(...args);
    case 'serial':
      return host.serial?.(...args);
    case 'endProgram':
      return host.endProgram?.(...args);
  }
}
