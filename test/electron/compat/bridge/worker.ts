/**
 * In the place of the built worker: Electron 22's Node cannot load better-sqlite3. It runs as a worker thread of main-services/thread/host.ts
 * and carries that protocol to a child, the project's Node with the real worker. When the child is killed this thread fails, as the
 * worker itself would.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { ToWorker, WorkerInit } from '../../../../main-services/thread/protocol.ts';
import type { FromChild, ToChild } from './messages.ts';

// In a package these files are unpacked next to the archive; else this is FOLDER/app/out/main as build.ts filled it.
const here = __dirname.replace(/app\.asar(?!\.)/, 'app.asar.unpacked');
const folder = join(here, '../../..');
const node = process.env.BOOTBENCH_TEST_NODE ?? join(folder, 'node');
const worker = process.env.BOOTBENCH_TEST_WORKER ?? join(folder, 'appliance/out/main/thread.js');
const script = join(here, 'child.mts');
const host = parentPort;
if (!host) throw new Error('The bridge runs as a worker thread only.');

const child = spawn(node, [script, worker], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' });
const send = (message: ToChild): void => {
  if (child.connected) child.send(message);
};
const ports = new Map<number, MessagePort>();
let lastId = 0;

send({ kind: 'init', init: workerData as WorkerInit });
child.on('message', (message: FromChild) => {
  if (message.kind === 'from-worker') {
    host.postMessage(message.message);
    return;
  }
  const port = ports.get(message.id);
  if (message.kind === 'port-message') port?.postMessage(message.message);
  else if (message.kind === 'port-close') {
    ports.delete(message.id);
    port?.close();
  }
});
host.on('message', (message: ToWorker) => {
  if (message.kind !== 'port') {
    send({ kind: 'to-worker', message });
    return;
  }
  const id = ++lastId;
  const { port } = message;
  ports.set(id, port);
  send({ kind: 'port-open', id });
  port.on('message', (content: unknown) => send({ kind: 'port-message', id, message: content }));
  port.on('close', () => {
    if (ports.delete(id)) send({ kind: 'port-close', id });
  });
});
child.on('error', (error) => {
  throw error;
});
child.on('exit', (code, signal) => {
  if (signal) throw new Error(`The process of the worker was ended by ${signal}`);
  process.exit(code ?? 1);
});
