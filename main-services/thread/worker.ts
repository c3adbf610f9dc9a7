import { openHostLink } from './host-link.ts';

/**
 * The file that runs in the services' thread or process. It imports next to nothing, so that it can say which part of the program cannot
 * be loaded here; the host program then tries another place.
 */
const link = await openHostLink();
const loaded = await load().catch((error: unknown) => {
  post(error, false);
  return undefined;
});
if (loaded) void loaded.run(link);

async function load() {
  const worker = await import('./appliance-worker.ts');
  if (link.init.doctor === undefined && link.init.withoutNatives !== true) {
    try {
      await worker.tryNatives();
    } catch (error) {
      post(error, true);
      return undefined;
    }
  }
  link.post({ kind: 'loaded' });
  return worker;
}

function post(error: unknown, isNative: boolean): void {
  link.post({ kind: 'not-loaded', message: error instanceof Error ? error.message : String(error), isNative });
  // The message leaves a process before its end only when it has been written.
  setTimeout(() => process.exit(1), 100);
}
