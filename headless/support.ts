import type { Settings } from '../contract/appliance.ts';
import { offlineSupportBundle } from '../main-services/thread/support-host.ts';
import { withHeadlessWorker } from './doctor.ts';

/** A support bundle (the bytes of a .tar.gz) of a Bootbench that does not run, or does not answer. */
export function headlessSupportBundle(settings: Settings, workerFile: string): Promise<Uint8Array> {
  return withHeadlessWorker(settings, workerFile, (worker) => offlineSupportBundle({ settings, ...worker }));
}
