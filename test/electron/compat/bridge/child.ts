/** The other end of worker.ts, in Node 24: starts the worker of the command line and carries its protocol. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { FromWorker } from '../../../../main-services/thread/protocol.ts';
import type { FromChild, ToChild } from './messages.ts';

const file = process.argv[2];
if (file === undefined) throw new Error('Usage: child.ts WORKER');
const ports = new Map<number, MessagePort>();
let worker: Worker | undefined;

const send = (message: FromChild): void => {
  if (process.connected) process.send?.(message);
};

// In the desktop it is a thread: signals go to the program, and it ends with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(1));
process.on('message', (message: ToChild) => {
  if (message.kind === 'init') {
    worker = new Worker(file, { workerData: message.init, name: 'appliance' });
    worker.on('message', (content: FromWorker) => send({ kind: 'from-worker', message: content }));
    // A failed worker ends this process by an error, which the thread above reports.
    worker.on('exit', (code) => process.exit(code));
  } else if (message.kind === 'to-worker') worker?.postMessage(message.message);
  else if (message.kind === 'port-open') openPort(message.id);
  else if (message.kind === 'port-message') ports.get(message.id)?.postMessage(message.message);
  else ports.get(message.id)?.close();
});

function openPort(id: number): void {
  const { port1, port2 } = new MessageChannel();
  ports.set(id, port1);
  port1.on('message', (content: unknown) => send({ kind: 'port-message', id, message: content }));
  port1.on('close', () => {
    if (ports.delete(id)) send({ kind: 'port-close', id });
  });
  worker?.postMessage({ kind: 'port', port: port2 }, [port2]);
}
