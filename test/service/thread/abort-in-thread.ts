import { Settings } from '../../../contract/appliance.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { startThread } from '../../../main-services/thread/host.ts';
import { startNodeProgram } from '../../../main-services/thread/places.ts';
import { quietHost } from '../../fixtures/host-services.ts';

/** A host program whose worker aborts in a thread, on the data directory of the command line. Prints how the services were reached. */
const [dataDir = ''] = process.argv.slice(2);
const thread = await startThread({
  settings: Settings.parse({ dataDir, bootFilesDir: '/b', uiDir: '/u', nic: 'aborts' }),
  hostServices: quietHost,
  log: { ...silentLog, warn: (_fields, message) => void process.stdout.write(`${message}\n`) },
  clock: systemClock,
  workerFile: new URL('./linked-worker.ts', import.meta.url),
  startProgram: startNodeProgram,
});
process.stdout.write(`ready ${thread.ready.ui}\n`);
await thread.stop();
