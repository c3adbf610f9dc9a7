import { open } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { silentLog, systemClock, type SerialCall } from '../../../contract/runtime.ts';
import { localPorts } from '../../../main-services/console/serial/local-ports.ts';
import { SerialHost } from '../../../main-services/console/serial/serial-host.ts';
import { hasSocat, PtyPair } from '../../fixtures/pty-pair.ts';

type FromWorker = { ask: number; call: SerialCall } | { got: string };

/** Opens the port as the services do in their thread, and sends on what it reads. */
const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const pending = new Map();
  let last = 0;
  const ask = (call) => new Promise((resolve, reject) => { pending.set(++last, { resolve, reject }); parentPort.postMessage({ ask: last, call }); });
  parentPort.on('message', ({ id, value, error }) => error ? pending.get(id).reject(new Error(error)) : pending.get(id).resolve(value));
  (async () => {
    const { openSerial } = await import(workerData.room + '/open-serial.ts');
    const { remotePorts } = await import(workerData.room + '/remote-ports.ts');
    const { silentLog, systemClock } = await import(workerData.contract);
    const events = { data: (bytes) => parentPort.postMessage({ got: Buffer.from(bytes).toString() }), notice() {}, closed() {} };
    const port = await openSerial({ path: workerData.path, baud: 115200, native: remotePorts(ask), clock: systemClock, log: silentLog })(
      events, { signal: new AbortController().signal, takeOver: false });
    await port.write(Buffer.from('hello'));
  })();`;

it.runIf(hasSocat)(
  'ports of a thread are opened by the main thread, and closed when that thread ends in the middle of output',
  async () => {
    await using pty = new PtyPair();
    await pty.plug();
    await using machine = await open(pty.machine, 'r+');
    // Three times: the library aborts the process when one of its ports outlives the thread that it belongs to.
    for (let round = 0; round < 3; round++) {
      const host = new SerialHost(localPorts(systemClock), silentLog);
      const root = new URL('../../../', import.meta.url);
      const workerData = {
        path: pty.port,
        room: new URL('main-services/console/serial', root).href,
        contract: new URL('contract/runtime.ts', root).href,
      };
      const worker = new Worker(WORKER, { eval: true, workerData });
      let got = '';
      worker.on('message', (message: FromWorker) => {
        if ('got' in message) got += message.got;
        else {
          host.answer(message.call).then(
            (value) => {
              worker.postMessage({ id: message.ask, value });
            },
            (error: unknown) => {
              worker.postMessage({ id: message.ask, error: String(error) });
            },
          );
        }
      });
      const typed = await machine.read(Buffer.alloc(10), 0, 10, null);
      expect(typed.buffer.toString('latin1', 0, typed.bytesRead)).toBe('hello');
      await machine.write(`round ${round} `.repeat(500));
      await expect.poll(() => got.length).toBe(4000);
      await machine.write('x'.repeat(3000));
      await worker.terminate();
      await host.closeAll();
      await expect(host.answer({ do: 'read', port: 1 })).rejects.toThrow();
    }
  },
);
