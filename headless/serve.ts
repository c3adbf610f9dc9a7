import type { Settings } from '../contract/appliance.ts';
import { systemClock } from '../contract/runtime.ts';
import { startThread } from '../main-services/thread/host.ts';
import { startNodeProgram } from '../main-services/thread/places.ts';
import { headlessHost } from './host-services.ts';
import { openLog } from './log.ts';

export interface ServeOptions {
  readonly settings: Settings;
  readonly workerFile: string;
  readonly debug: boolean;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborted by a signal, whose name is the reason. */
  readonly signal: AbortSignal;
}

/**
 * The appliance without a window: says one JSON line when it is ready, runs until the signal or `bootbench stop`, then stops cleanly, also
 * when that comes while it starts. Rejects with the appliance's error when it cannot start.
 */
export async function serve({ settings, workerFile, debug, stdout, stderr, signal: given }: ServeOptions): Promise<void> {
  const { log, setLocked } = openLog(settings.dataDir, stderr, debug);
  const requested = new AbortController();
  const signal = AbortSignal.any([given, requested.signal]);
  const endProgram = (): Promise<void> => {
    requested.abort('bootbench stop');
    return Promise.resolve();
  };
  const started = startThread({
    settings,
    hostServices: { ...headlessHost(log, { dataDir: settings.dataDir, passphrase: process.env.BOOTBENCH_PASSPHRASE }), endProgram },
    log,
    clock: systemClock,
    workerFile,
    startProgram: startNodeProgram,
    debug,
    onLock: setLocked,
    signal,
  });
  const thread = await started.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  if (!thread) return;
  if (!signal.aborted) {
    stdout(`${JSON.stringify({ event: 'ready', ...thread.ready })}\n`);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
  log.info({ by: String(signal.reason) }, 'stopping');
  await thread.stop();
}
