import { parentPort, workerData } from 'node:worker_threads';
import type { Handlers } from '../../../contract/port.ts';
import { serve } from '../../../contract/port.ts';
import { portOf, type WorkerInit, type FromWorker, type ToWorker } from '../../../main-services/thread/protocol.ts';

/** Stands in for the appliance: answers, asks its host, and dies when `selectNic` says so. */
const birth = workerData as WorkerInit;
const tell = (message: FromWorker): void => parentPort!.postMessage(message);

const handlers: Partial<Handlers> = {
  'appliance.status': () => ({ services: [], version: birth.death ?? 'first life' }),
  'appliance.selectNic': ({ nic }) => {
    if (nic === 'throw')
      setTimeout(() => {
        throw new Error('a bug in a timer');
      });
    if (nic === 'exit') process.exit(3);
    return new Promise<never>(() => undefined);
  },
};

if (birth.settings.nic === 'unusable') {
  tell({ kind: 'failed', error: { code: 'E_LOCKED', title: '', message: 'held', next: 'close it' } });
  process.exit(1);
}
parentPort!.on('message', (message: ToWorker) => {
  if (message.kind === 'port') serve(portOf(message.port), handlers as Handlers);
  if (message.kind === 'stop' && birth.settings.nic !== 'deaf') process.exit(0);
  if (message.kind === 'answer') tell({ kind: 'ready', ready: { api: 'a', ui: JSON.stringify(message) } });
});
tell({ kind: 'log', level: 'info', fields: { a: 1 }, message: 'hello' });
tell({ kind: 'ask', id: 7, power: 'runElevated', args: [['ip', 'link']] });
