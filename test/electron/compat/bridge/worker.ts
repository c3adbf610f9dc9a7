/**
 * In the place of the built worker: Electron 22's Node cannot load better-sqlite3. It runs as a worker thread or a utility process of
 * main-services/thread/ and carries that protocol to a child, the project's Node with the real worker. When the child is killed this
 * fails, as the worker itself would.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Port } from '../../../../contract/port.ts';
import { openHostLink } from '../../../../main-services/thread/host-link.ts';
import type { FromChild, ToChild } from './messages.ts';

// In a package these files are unpacked next to the archive; else this is FOLDER/app/out/main as build.ts filled it.
const here = __dirname.replace(/app\.asar(?!\.)/, 'app.asar.unpacked');
const folder = join(here, '../../..');
const node = process.env.BOOTBENCH_TEST_NODE ?? join(folder, 'node');
const worker = process.env.BOOTBENCH_TEST_WORKER ?? join(folder, 'appliance/out/main/thread.js');
const script = join(here, 'child.mts');

const child = spawn(node, [script, worker], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' });
const send = (message: ToChild): void => {
  if (child.connected) child.send(message);
};
const ports = new Map<number, Port>();
let lastId = 0;

void openHostLink().then((host) => {
  send({ kind: 'init', init: host.init });
  child.on('message', (message: FromChild) => {
    if (message.kind === 'from-worker') {
      host.post(message.message);
      return;
    }
    const port = ports.get(message.id);
    if (message.kind === 'port-message') port?.send(message.message);
    else if (message.kind === 'port-close') {
      ports.delete(message.id);
      port?.close();
    }
  });
  host.listen((message) => send({ kind: 'to-worker', message }), addPort);
});

function addPort(port: Port): void {
  const id = ++lastId;
  ports.set(id, port);
  send({ kind: 'port-open', id });
  port.onMessage((content) => send({ kind: 'port-message', id, message: content }));
  port.onClose(() => {
    if (ports.delete(id)) send({ kind: 'port-close', id });
  });
}
child.on('error', (error) => {
  throw error;
});
child.on('exit', (code, signal) => {
  if (signal) throw new Error(`The process of the worker was ended by ${signal}`);
  process.exit(code ?? 1);
});
