import type { BenchEvent, NewEvent } from '../../../contract/appliance.ts';
import type { HostInput, ImageIndex } from '../../../contract/inventory.ts';
import { isUnderWay, JobInput, type Job } from '../../../contract/jobs.ts';
import { silentLog } from '../../../contract/runtime.ts';
import { jobRows } from '../../../db/jobs.ts';
import { watchEvidence } from '../../../main-services/boot/evidence/evidence.ts';
import type { ReimageDeps } from '../../../main-services/reimage/deps.ts';
import { JobRunner } from '../../../main-services/reimage/runner.ts';
import { TIMING } from '../../../main-services/reimage/timing.ts';
import { LAB_IMAGE, openData, type DataFixture } from '../../fixtures/data-fixture.ts';
import type { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';
import { FakeMachines } from './fake-machines.ts';
import { activityOf, clockOf, inventoryOf, ProgramRun, rowsOf, type KillPoint } from './program-run.ts';
import { fakeBmcs, fakeBoot } from './reimage-fakes.ts';

/** A job runner over a real database, with fake machines, on a clock that the test moves. */
export class ReimageFixture {
  data: DataFixture;
  runner: JobRunner;
  readonly machines = new FakeMachines(() => this.data);
  /** MAC addresses that Wake-on-LAN packets were sent to. */
  readonly woken: string[] = [];
  /** What every console printed last, and when. */
  consoleLines: string[] = [];
  consoleAt = Number.POSITIVE_INFINITY;
  /** Desktop notifications, `title: body`. */
  readonly notifications: string[] = [];
  #run = new ProgramRun();
  #unwatch: () => void = () => undefined;
  #jobCount = 0;

  constructor(data: DataFixture) {
    this.data = data;
    this.runner = this.#startRunner();
    void this.runner.resume();
  }

  addMachine(name: string, number: number, bmc?: ScriptedBmc, more?: Partial<HostInput>): ScriptedBmc | undefined {
    return this.machines.add(name, number, bmc, more);
  }

  record(event: NewEvent): BenchEvent {
    return this.data.activity.record(event);
  }

  start(input: Partial<JobInput> & { hosts: string[] }): Job[] {
    return this.runner.start(JobInput.parse(input));
  }

  job(id: string): Job {
    return this.runner.get(id);
  }

  /** Moves the clock until every job has ended or waits for a technician, or the run is killed. */
  async settle(): Promise<void> {
    for (let round = 0; round < 40_000; round += 1) {
      await pendingWork();
      if (!this.#run.alive) return;
      const open = jobRows(this.data.db).list().filter(isUnderWay);
      if (open.every(({ state }) => state === 'waiting')) return;
      this.data.clock.advance(5000);
    }
    throw new Error('the jobs never ended');
  }

  async pass(seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 1) {
      await pendingWork();
      this.data.clock.advance(1000);
    }
    await pendingWork();
  }

  /** Kills this run of the program at the `count`th point from now. */
  killAt(point: KillPoint, count: number): { readonly died: () => boolean } {
    const run = this.#run;
    run.killAt(point, count);
    return { died: () => !run.alive };
  }

  /** Kills this run of the program and starts another on the same database; its jobs wait for `runner.resume()` where that is wanted. */
  async restart({ resume = true } = {}): Promise<void> {
    await this.#kill();
    this.data = this.data.reopen();
    this.runner = this.#startRunner();
    if (resume) void this.runner.resume();
  }

  async dispose(): Promise<void> {
    await this.#kill();
    this.data.dispose();
  }

  async #kill(): Promise<void> {
    this.#run.kill();
    await pendingWork();
    this.#unwatch();
  }

  #startRunner(): JobRunner {
    const { db, activity, inventory } = this.data;
    // Runs are killed, never the disk: what the database has written to it is not tested here.
    db.main.pragma('synchronous = OFF');
    this.#run = new ProgramRun();
    this.#unwatch = watchEvidence(activity, inventory);
    return new JobRunner(this.#depsOf(this.#run));
  }

  #depsOf(run: ProgramRun): ReimageDeps {
    const { clock, db, activity, inventory } = this.data;
    return {
      rows: rowsOf(run, jobRows(db)),
      inventory: inventoryOf(run, inventory),
      activity: activityOf(run, activity),
      bmc: fakeBmcs(this.machines, run),
      boot: fakeBoot(),
      readings: { silenceOf: (host) => this.machines.silenceOf(host) },
      consoleLines: (_host, since) => (this.consoleAt < since ? [] : this.consoleLines),
      wake: (macs) => {
        this.woken.push(...macs);
        return Promise.resolve('255.255.255.255');
      },
      notify: (title, body) => {
        this.notifications.push(`${title}: ${body}`);
        return Promise.resolve();
      },
      clock: clockOf(run, clock),
      log: silentLog,
      timing: TIMING,
      newId: () => `job${++this.#jobCount}`,
    };
  }
}

/** The lab's image is in the inventory, with `index` over what an import finds. */
export async function openReimage(index: Partial<ImageIndex> = {}, kind: 'install' | 'live' = 'install'): Promise<ReimageFixture> {
  const data = openData();
  await data.inventory.addImage({ ...LAB_IMAGE, kind });
  const { index: found } = data.inventory.getImage('lab');
  data.inventory.refreshImage('lab', { ...found, ...index });
  return new ReimageFixture(data);
}

/** Resolves when everything that needs no timer is done. */
async function pendingWork(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
