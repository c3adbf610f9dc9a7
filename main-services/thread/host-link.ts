import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { Port } from '../../contract/port.ts';
import { isPortMessage, PortMultiplexer } from './port-multiplexer.ts';
import { portOf, type FromProcess, type FromWorker, type ToProcess, type ToWorker, type WorkerInit } from './protocol.ts';

type Message = Exclude<ToWorker, { kind: 'port' }>;

/** The worker's connection to its host program, wherever the worker runs. */
export interface HostLink {
  readonly init: WorkerInit;
  post(message: FromWorker): void;
  /** Called for those that came before, too. */
  listen(onMessage: (message: Message) => void, onPort: (port: Port) => void): void;
}

/** Electron's `process.parentPort` in a utility process. */
interface UtilityPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  postMessage(message: unknown): void;
}

/** In a thread, in Electron's utility process or in a child process. Resolves when the worker has its settings. */
export function openHostLink(): Promise<HostLink> {
  const utilityPort = (process as { parentPort?: UtilityPort }).parentPort;
  if (parentPort) return Promise.resolve(threadLink(parentPort));
  ignoreSignals();
  if (utilityPort) {
    reportExceptions((message) => utilityPort.postMessage(message));
    return processLink(
      (message) => utilityPort.postMessage(message),
      (listener) => utilityPort.on('message', ({ data }) => listener(data)),
    );
  }
  reportExceptions((message) => void process.send?.(message));
  // The host program is gone, and with it the only one who could stop this process.
  process.on('disconnect', () => process.exit(1));
  return processLink(
    (message) => void process.send?.(message),
    (listener) => process.on('message', listener),
  );
}

/** A thread's exceptions reach its host program by themselves; a process only prints them. */
function reportExceptions(send: (message: FromProcess) => void): void {
  process.on('uncaughtException', (error) => {
    send({ kind: 'log', level: 'error', fields: { stack: error.stack }, message: `the appliance process failed: ${error.message}` });
    setTimeout(() => process.exit(1), 100);
  });
}

/** Ctrl-C reaches the whole group of processes; the host program says when to stop. */
function ignoreSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) process.on(signal, () => undefined);
}

function threadLink(host: MessagePort): HostLink {
  const inbox = new Inbox();
  host.on('message', (message: ToWorker) => {
    if (message.kind === 'port') inbox.addPort(portOf(message.port));
    else inbox.add(message);
  });
  return { init: workerData as WorkerInit, post: (message) => host.postMessage(message), listen: inbox.listen };
}

function processLink(send: (message: FromProcess) => void, receive: (listener: (message: unknown) => void) => void): Promise<HostLink> {
  const inbox = new Inbox();
  const ports = new PortMultiplexer(send, (port) => inbox.addPort(port));
  return new Promise((resolve) => {
    receive((given) => {
      const message = given as ToProcess;
      if (isPortMessage(message)) ports.receive(message);
      else if (message.kind === 'init') resolve({ init: message.init, post: send, listen: inbox.listen });
      else inbox.add(message);
    });
  });
}

/** What came before the worker was ready for it. */
class Inbox {
  #onMessage: ((message: Message) => void) | undefined;
  #onPort: ((port: Port) => void) | undefined;
  #messages: Message[] = [];
  #ports: Port[] = [];

  add(message: Message): void {
    if (this.#onMessage) this.#onMessage(message);
    else this.#messages.push(message);
  }

  addPort(port: Port): void {
    if (this.#onPort) this.#onPort(port);
    else this.#ports.push(port);
  }

  readonly listen = (onMessage: (message: Message) => void, onPort: (port: Port) => void): void => {
    [this.#onMessage, this.#onPort] = [onMessage, onPort];
    this.#messages.splice(0).forEach(onMessage);
    this.#ports.splice(0).forEach(onPort);
  };
}
