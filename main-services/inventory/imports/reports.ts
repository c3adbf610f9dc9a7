import type { BootbenchError } from '../../../contract/errors.ts';
import type { Image } from '../../../contract/inventory.ts';
import type { Clock } from '../../../contract/runtime.ts';
import type { Activity } from '../../activity/activity.ts';
import { megabytes, wordsFor } from './verdict.ts';
import { measure, type ImportPlan, type RateMeter } from './state.ts';

/** What the activity room hears of imports: progress `import:<name>` and events `image.import-*`. */
export interface ImportReports {
  started(plan: ImportPlan, from: number): void;
  moved(plan: ImportPlan, received: number): void;
  /** All bytes are there; the ISO is being looked at. */
  checking(plan: ImportPlan): void;
  imported(image: Image): void;
  /** `resumable`: what has come is kept. */
  failed(name: string, error: BootbenchError, resumable: boolean): void;
  /** Nothing moves any more; nothing is said. */
  quiet(name: string): void;
}

export function importReports(activity: Activity, clock: Clock): ImportReports {
  const meters = new Map<string, RateMeter>();
  const show = (plan: ImportPlan, text: string, done: number, rate?: number): void =>
    activity.progress({ key: keyOf(plan.name), message: text, done, total: plan.size, rate });
  const quiet = (name: string): void => {
    meters.delete(name);
    activity.progress({ key: keyOf(name), message: '', done: 0 }, true);
  };

  return {
    quiet,
    started(plan, from) {
      meters.delete(plan.name);
      const { name, size, origin } = plan;
      const source = origin.type === 'path' ? `from ${origin.path}` : 'by upload';
      const what = from === 0 ? `started ${source}: ${megabytes(size)}` : `goes on ${source} at ${megabytes(from)} of ${megabytes(size)}`;
      activity.record({ type: 'image.import-started', message: `The import of ${name} ${what}.`, data: { name, size, from } });
      show(plan, 'importing', from);
    },
    moved(plan, received) {
      const meter = measure(meters.get(plan.name), clock.now(), received);
      meters.set(plan.name, meter);
      show(plan, 'importing', received, meter.rate);
    },
    checking: (plan) => show(plan, 'checking', plan.size),
    imported(image) {
      const { name, index, sha256 = null, verifiedBy = null } = image;
      quiet(name);
      activity.record({ type: 'image.imported', message: wordsFor(image), data: { name, size: index.size, sha256, verifiedBy } });
    },
    failed(name, { code, message }, resumable) {
      quiet(name);
      activity.record({ type: 'image.import-failed', message: message, data: { name, code, resumable } });
    },
  };
}

function keyOf(name: string): string {
  return `import:${name}`;
}
