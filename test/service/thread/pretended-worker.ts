import { parentPort, workerData } from 'node:worker_threads';
import type { Handlers } from '../../../contract/port.ts';
import { serve } from '../../../contract/port.ts';
import { portOf, type WorkerInit, type FromWorker, type ToWorker } from '../../../main-services/thread/protocol.ts';

/** Stands in for the appliance: answers, asks its host, and exits when `selectNic` says so. */
const init = workerData as WorkerInit;
const post = (message: FromWorker): void => parentPort!.postMessage(message);

const handlers: Partial<Handlers> = {
  'appliance.status': () => ({ services: [], version: init.exitReason ?? 'first life' }),
  'appliance.selectNic': ({ nic }) => {
    if (nic === 'throw')
      setTimeout(() => {
        throw new Error('a bug in a timer');
      });
    if (nic === 'exit') process.exit(3);
    return new Promise<never>(() => undefined);
  },
};

if (init.settings.nic === 'unusable') {
  post({ kind: 'failed', error: { code: 'E_LOCKED', title: '', message: 'held', next: 'close it' } });
  process.exit(1);
}
post({ kind: 'locked' });
parentPort!.on('message', (message: ToWorker) => {
  if (message.kind === 'port') serve(portOf(message.port), handlers as Handlers);
  if (message.kind === 'stop' && init.settings.nic !== 'deaf') process.exit(0);
  if (message.kind === 'answer') post({ kind: 'ready', ready: { api: 'a', ui: JSON.stringify(message) } });
});
post({ kind: 'log', level: 'info', fields: { a: 1 }, message: 'hello' });
post({ kind: 'ask', id: 7, power: 'runElevated', args: [['ip', 'link']] });
