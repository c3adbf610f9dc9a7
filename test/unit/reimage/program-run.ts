import type { NewEvent } from '../../../contract/appliance.ts';
import type { Job } from '../../../contract/jobs.ts';
import type { Clock } from '../../../contract/runtime.ts';
import type { JobRows } from '../../../db/jobs.ts';
import type { Activity } from '../../../main-services/activity/activity.ts';
import type { BmcProvider } from '../../../main-services/bmc/provider.ts';
import type { Inventory } from '../../../main-services/inventory/inventory.ts';

/** Where a test kills a run: after it wrote a job's row, or after a call to a BMC. */
export type KillPoint = 'row' | 'call';

/** One run of the program, from its start until it is killed. */
export class ProgramRun {
  alive = true;
  #kill: { at: KillPoint; left: number } | undefined;

  kill(): void {
    this.alive = false;
  }

  /** Kills the run at the `count`th such point from now. */
  killAt(at: KillPoint, count: number): void {
    this.#kill = { at, left: count };
  }

  reached(point: KillPoint): void {
    if (this.#kill?.at !== point) return;
    this.#kill.left -= 1;
    if (this.#kill.left === 0) this.kill();
  }

  /** `work`, which a dead run replaces by `dead`. */
  guard<A extends unknown[], T>(work: (...args: A) => T, dead: NoInfer<(...args: A) => T>): (...args: A) => T {
    return (...args) => (this.alive ? work(...args) : dead(...args));
  }
}

const nothing = (): undefined => undefined;

/** Timers of a dead run do not fire. */
export function clockOf(run: ProgramRun, clock: Clock): Clock {
  return { now: () => clock.now(), monotonic: () => clock.monotonic(), after: (ms, work) => clock.after(ms, run.guard(work, nothing)) };
}

/** A dead run reads rows but writes none. */
export function rowsOf(run: ProgramRun, rows: JobRows): JobRows {
  const put = (job: Job): void => {
    rows.put(job);
    run.reached('row');
  };
  return {
    list: () => rows.list(),
    get: (id) => rows.get(id),
    prune: run.guard((keep: number) => rows.prune(keep), nothing),
    putAll: run.guard((jobs: readonly Job[]) => rows.putAll(jobs), nothing),
    put: run.guard(put, nothing),
  };
}

/** A dead run reads the inventory but changes nothing. */
export function inventoryOf(run: ProgramRun, inventory: Inventory): Inventory {
  return {
    ...inventory,
    assign: run.guard(inventory.assign.bind(inventory), (name) => ({ host: inventory.getHost(name), notes: [] })),
    setAssignmentState: run.guard(inventory.setAssignmentState.bind(inventory), (name) => inventory.getHost(name)),
    recordFacts: run.guard(inventory.recordFacts.bind(inventory), nothing),
  };
}

/** A dead run records no event and receives none. */
export function activityOf(run: ProgramRun, activity: Activity): Activity {
  return {
    ...activity,
    record: run.guard(activity.record.bind(activity), (event: NewEvent) => ({ ...event, seq: 0, at: 0, data: {} })),
    subscribe: (listener) => activity.subscribe(run.guard(listener, nothing)),
  };
}

/** A dead run calls no BMC, and a call that it is killed in never returns. */
export function providerOf(run: ProgramRun, provider: BmcProvider): BmcProvider {
  const never = new Promise<never>(() => undefined);
  const guarded =
    (call: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      if (!run.alive) return never;
      const result = await call(...args);
      run.reached('call');
      return run.guard(
        () => result,
        () => never,
      )();
    };
  const calls = Object.entries(provider) as [string, (...args: unknown[]) => Promise<unknown>][];
  return Object.fromEntries(calls.map(([name, call]) => [name, guarded(call)])) as unknown as BmcProvider;
}
