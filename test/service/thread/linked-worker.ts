import { isMainThread } from 'node:worker_threads';
import type { Handlers } from '../../../contract/port.ts';
import { serve } from '../../../contract/port.ts';
import { openHostLink } from '../../../main-services/thread/host-link.ts';

/** Stands in for the appliance behind the real link; `settings.nic` says what it does in a thread. */
const link = await openHostLink();
const { settings, runsIn, exitReason } = link.init;
const inThread = !isMainThread;

// What a native module does that aborts: a thread has no process.abort().
if (inThread && settings.nic === 'aborts') process.kill(process.pid, 'SIGABRT');
if (inThread && settings.nic === 'exits') process.exit(7);
if (settings.nic === 'no-native' ? link.init.withoutNatives !== true : inThread && settings.nic === 'native-fails') {
  link.post({ kind: 'not-loaded', message: 'koffi: invalid ELF header', isNative: true });
  setTimeout(() => process.exit(1), 50);
} else {
  const handlers: Partial<Handlers> = {
    'appliance.status': () => ({ services: [], version: JSON.stringify({ runsIn, exitReason, pid: process.pid }) }),
    'appliance.selectNic': ({ nic }) => {
      if (nic === 'exit') process.exit(3);
      return new Promise<never>(() => undefined);
    },
    'appliance.statusWatch': async function* () {
      for (const version of ['one', 'two', 'three']) yield await Promise.resolve({ services: [], version });
    },
  };
  link.post({ kind: 'locked' });
  link.listen(
    (message) => {
      if (message.kind === 'stop' && settings.router !== '10.9.9.9') process.exit(0);
      if (message.kind === 'answer') link.post({ kind: 'ready', ready: { api: 'a', ui: String(message.value) } });
    },
    (port) => serve(port, handlers as Handlers),
  );
  link.post({ kind: 'ask', id: 1, power: 'seal', args: ['secret'] });
}
