import type { BootbenchError } from '../../../contract/errors.ts';
import type { Image } from '../../../contract/inventory.ts';
import type { Clock } from '../../../contract/runtime.ts';
import type { Activity } from '../../activity/activity.ts';
import { imported, started } from './sentences.ts';
import { measure, type ImportPlan, type RateMeter } from './state.ts';

/** Progress `import:<name>` and events `image.import-*`. */
export interface ImportReports {
  started(plan: ImportPlan, from: number): void;
  moved(plan: ImportPlan, received: number): void;
  /** The file is complete and being checked. */
  checking(plan: ImportPlan): void;
  imported(image: Image): void;
  /** `resumable`: the partial file stays for the rest. */
  failed(name: string, error: BootbenchError, resumable: boolean): void;
  /** Removes the progress, without an event. */
  remove(name: string): void;
}

export function importReports(activity: Activity, clock: Clock): ImportReports {
  const meters = new Map<string, RateMeter>();
  const show = (plan: ImportPlan, text: string, done: number, rate?: number): void =>
    activity.progress({ key: keyOf(plan.name), message: text, done, total: plan.size, rate });
  const remove = (name: string): void => {
    meters.delete(name);
    activity.progress({ key: keyOf(name), message: '', done: 0 }, true);
  };

  return {
    remove,
    started(plan, from) {
      meters.delete(plan.name);
      const { name, size, origin } = plan;
      activity.record({
        type: 'image.import-started',
        message: started(name, origin.type === 'path' ? origin.path : undefined, from, size),
        data: { name, size, from },
      });
      show(plan, 'importing', from);
    },
    moved(plan, received) {
      const meter = measure(meters.get(plan.name), clock.monotonic(), received);
      meters.set(plan.name, meter);
      show(plan, 'importing', received, meter.rate);
    },
    checking: (plan) => show(plan, 'checking', plan.size),
    imported(image) {
      const { name, index, sha256 = null, verifiedBy = null } = image;
      remove(name);
      activity.record({ type: 'image.imported', message: imported(image), data: { name, size: index.size, sha256, verifiedBy } });
    },
    failed(name, { code, message }, resumable) {
      remove(name);
      activity.record({ type: 'image.import-failed', message: message, data: { name, code, resumable } });
    },
  };
}

function keyOf(name: string): string {
  return `import:${name}`;
}
