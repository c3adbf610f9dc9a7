import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { PlaceName } from '../../contract/doctor.ts';
import type { Port } from '../../contract/port.ts';
import { PortMultiplexer, isPortMessage } from './port-multiplexer.ts';
import { portOf, type FromProcess, type FromWorker, type ToProcess, type ToWorker, type WorkerInit } from './protocol.ts';

/** A worker, wherever it runs. */
export interface PlacedWorker {
  post(message: Exclude<ToWorker, { kind: 'port' }>): void;
  openPort(): Port;
  onMessage(listener: (message: FromWorker) => void): void;
  /** Called once, after the last message, with a sentence about the cause, and with what was thrown. */
  onExit(listener: (cause: string, error?: unknown) => void): void;
  /** Ends it now. */
  kill(): void;
}

/** Where the services can run. */
export interface Place {
  readonly name: PlaceName;
  /** Starts a worker there. One that cannot be started exits with the cause. */
  start(init: WorkerInit): PlacedWorker;
}

/** A process that runs the worker's file, as the host program starts it: Node's child process or Electron's utility process. */
export interface ChildProgram {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, with how it ended, such as `exit code 3`. */
  onExit(listener: (how: string) => void): void;
  kill(): void;
}

export type StartProgram = (file: string) => ChildProgram;

/** A thread of this process. */
export function threadPlace(name: PlaceName, file: string | URL): Place {
  return {
    name,
    start(init) {
      const worker = new Worker(file, { workerData: init, name: 'appliance' });
      let cause = 'The service thread exited.';
      let thrown: unknown;
      worker.on('error', (error: unknown) => {
        thrown = error;
        cause = `The service thread failed: ${error instanceof Error ? error.message : String(error)}.`;
      });
      return {
        post: (message) => worker.postMessage(message),
        openPort() {
          const { port1, port2 } = new MessageChannel();
          worker.postMessage({ kind: 'port', port: port2 } satisfies ToWorker, [port2]);
          return portOf(port1);
        },
        onMessage: (listener) => worker.on('message', listener),
        onExit: (listener) => worker.once('exit', () => listener(cause, thrown)),
        kill: () => void worker.terminate(),
      };
    },
  };
}

/** A process of its own, in which a native module that aborts ends nothing else. */
export function processPlace(file: string | URL, startProgram: StartProgram): Place {
  return {
    name: 'process',
    start(init) {
      const child = startProgram(typeof file === 'string' ? file : fileURLToPath(file));
      const send = (message: ToProcess): void => child.post(message);
      const ports = new PortMultiplexer(send);
      const listeners = new Set<(message: FromWorker) => void>();
      child.onMessage((given) => {
        const message = given as FromProcess;
        if (isPortMessage(message)) ports.receive(message);
        else for (const listener of listeners) listener(message);
      });
      send({ kind: 'init', init });
      return {
        post: send,
        openPort: () => ports.open(),
        onMessage: (listener) => listeners.add(listener),
        onExit: (listener) =>
          child.onExit((how) => {
            ports.closeAll();
            listener(`The service process ended (${how}).`);
          }),
        kill: () => child.kill(),
      };
    },
  };
}

/** A child process of Node. Its output goes to this program's stderr, because stdout has one line of JSON. */
export const startNodeProgram: StartProgram = (file) => {
  const child = fork(file, [], { serialization: 'advanced', stdio: ['ignore', 2, 2, 'ipc'], execArgv: [] });
  let how = 'not started';
  child.on('error', (error) => {
    how = error.message;
  });
  return {
    // A message to a process that has just ended is lost, as with a thread.
    post: (message) => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => child.on('message', listener),
    onExit: (listener) => child.once('close', (code, signal) => listener(signal ?? (code === null ? how : `exit code ${code}`))),
    kill: () => void child.kill('SIGKILL'),
  };
};
