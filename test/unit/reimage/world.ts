import type { BenchEvent, NewEvent } from '../../../contract/appliance.ts';
import type { BmcStatus } from '../../../contract/bmc.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import type { HostInput, ImageIndex } from '../../../contract/inventory.ts';
import { isUnderWay, type Job, type JobInput } from '../../../contract/jobs.ts';
import { JobInput as JobInputSchema } from '../../../contract/jobs.ts';
import { silentLog, type Clock } from '../../../contract/runtime.ts';
import type { Reading } from '../../../contract/views.ts';
import { jobRows, type JobRows } from '../../../db/jobs.ts';
import type { BmcProvider } from '../../../main-services/bmc/provider.ts';
import type { View } from '../../../main-services/boot/boot.ts';
import { watchEvidence } from '../../../main-services/boot/evidence/evidence.ts';
import type { ReimageDeps } from '../../../main-services/reimage/deps.ts';
import { JobRunner } from '../../../main-services/reimage/runner.ts';
import { TIMING } from '../../../main-services/reimage/timing.ts';
import { hostInput, LAB_IMAGE, openBench, type DataBench } from '../../fixtures/bench.ts';
import type { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';

export const URL_OF = (host: string): string => `http://192.168.77.1:7080/iso/${host}/token/lab.iso`;

/** Machines of a lab whose BMCs and boots are in memory, over a real database, with a clock that a test moves. */
export interface World {
  bench: DataBench;
  runner: JobRunner;
  readonly bmcs: Map<string, ScriptedBmc>;
  /** The latest status that was read from a BMC, by host. */
  readonly statuses: Map<string, BmcStatus>;
  readonly woken: string[];
  readonly notes: string[];
  /** Machines whose system shows itself after it read its ISO. */
  silent: Set<string>;
  addMachine(name: string, number: number, bmc?: ScriptedBmc, more?: Partial<HostInput>): ScriptedBmc | undefined;
  /** What a machine does when it starts from its ISO. */
  boots(name: string): void;
  record(event: NewEvent): BenchEvent;
  start(input: Partial<JobInput> & { hosts: string[] }): Job[];
  /** Moves the clock until every job is over, or waits for a person. */
  settle(): Promise<void>;
  /** Moves the clock by so many seconds. */
  pass(seconds: number): Promise<void>;
  job(id: string): Job;
  /** Kills the runner where it is, and starts another on the same database. */
  restart(): Promise<void>;
  /** Kills this life of the program at the `count`th row or effect from now. */
  killAt(what: 'row' | 'call', count: number): { readonly died: () => boolean };
  dispose(): Promise<void>;
}

export async function openWorld(index: Partial<ImageIndex> = {}, kind: 'install' | 'live' = 'install'): Promise<World> {
  let bench = openBench();
  const bmcs = new Map<string, ScriptedBmc>();
  const statuses = new Map<string, BmcStatus>();
  const woken: string[] = [];
  const notes: string[] = [];
  const reading = new Map<string, number>();
  let life = { alive: true };
  let countdown: { what: 'row' | 'call'; left: number } | undefined;
  let unwatch: () => void = () => undefined;
  let ids = 0;

  await bench.inventory.addImage({ ...LAB_IMAGE, kind });
  const { index: plain } = bench.inventory.getImage('lab');
  bench.inventory.refreshImage('lab', { ...plain, ...index });

  const tick = (what: 'row' | 'call'): void => {
    if (countdown?.what !== what) return;
    countdown.left -= 1;
    if (countdown.left > 0) return;
    countdown = undefined;
    life.alive = false;
  };

  /** Everything that one life of the program touches; dead, it touches nothing. */
  const depsOf = (own: { alive: boolean }): ReimageDeps => {
    const rows = jobRows(bench.db);
    const providers = new Map<string, BmcProvider>();
    const mortal =
      <A extends unknown[], T>(work: (...args: A) => T, dead: T) =>
      (...args: A): T =>
        own.alive ? work(...args) : dead;
    const clock: Clock = {
      now: () => bench.clock.now(),
      after: (ms, run) => bench.clock.after(ms, () => own.alive && run()),
    };
    const mortalRows: JobRows = {
      list: () => rows.list(),
      get: (id) => rows.get(id),
      prune: mortal((keep: number) => rows.prune(keep), undefined),
      putAll: mortal((jobs: readonly Job[]) => rows.putAll(jobs), undefined),
      put: mortal((job: Job) => {
        rows.put(job);
        tick('row');
      }, undefined),
    };
    const { activity, inventory } = bench;
    return {
      rows: mortalRows,
      inventory: {
        ...inventory,
        assign: (...args) => (own.alive ? inventory.assign(...args) : { host: inventory.getHost(args[0]), notes: [] }),
        setAssignmentState: (...args) => (own.alive ? inventory.setAssignmentState(...args) : inventory.getHost(args[0])),
        recordFacts: mortal((name, facts) => inventory.recordFacts(name, facts), undefined),
      },
      activity: {
        ...activity,
        record: (event) => (own.alive ? activity.record(event) : { ...event, seq: 0, at: 0, data: {} }),
        subscribe: (listener) => activity.subscribe((event) => own.alive && listener(event)),
      },
      bmc: {
        provider: (host) => {
          const bmc = bmcs.get(host.name);
          if (!bmc) return Promise.reject(new BootbenchError('E_NO_BMC', host.name));
          const provider = providers.get(host.name) ?? mortalProvider(bmc.provider(), own, () => tick('call'));
          providers.set(host.name, provider);
          return Promise.resolve(provider);
        },
        known: ({ name, bmc }) =>
          bmc === undefined ? undefined : { media: bmc.address.startsWith('ipmi:') ? false : bmcs.has(name) ? undefined : true },
        hasPassword: ({ name }) => bmcs.has(name),
        lastStatus: ({ name }) => statuses.get(name),
      },
      boot: {
        mediaUrl: (host) => Promise.resolve({ url: URL_OF(host), token: 'token' }),
        view: () => Promise.resolve({ source: { size: 4096, read: () => Promise.resolve(new Uint8Array(2048)) } } as unknown as View),
        netboot: () => Promise.resolve({ methodReason: 'It can be read over the network.' } as View),
      },
      readings: { of: (host) => (reading.has(host) ? ({ lastAt: reading.get(host) } as Reading) : undefined) },
      wake: (macs) => {
        woken.push(...macs);
        return Promise.resolve('255.255.255.255');
      },
      notify: (title, body) => {
        notes.push(`${title}: ${body}`);
        return Promise.resolve();
      },
      clock,
      log: silentLog,
      timing: TIMING,
      newId: () => `job${++ids}`,
    };
  };

  const begin = (): JobRunner => {
    // The kills are this program's own; the disk's part of it is not what is tried here.
    bench.db.main.pragma('synchronous = OFF');
    life = { alive: true };
    unwatch();
    unwatch = watchEvidence(bench.activity, bench.inventory);
    return new JobRunner(depsOf(life));
  };

  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };

  const world: World = {
    bench,
    runner: begin(),
    bmcs,
    statuses,
    woken,
    notes,
    silent: new Set(),
    addMachine(name, number, bmc, more = {}) {
      const mac = `52:54:00:00:${Math.floor(number / 256)
        .toString(16)
        .padStart(2, '0')}:${(number % 256).toString(16).padStart(2, '0')}`;
      bench.inventory.addHost({
        ...hostInput(name, mac),
        ...(bmc && { bmc: { address: bmc.identity.protocol === 'ipmi' ? 'ipmi://10.0.0.1' : 'redfish://10.0.0.1', username: 'root' } }),
        ...more,
      });
      bench.inventory.assign(name, { image: 'lab', mode: 'once' });
      if (!bmc) return undefined;
      bmcs.set(name, bmc);
      bmc.identity.macs.push(mac);
      bmc.onStart = (device, image) => {
        if (device === 'cdrom' && image === URL_OF(name)) bench.clock.after(20_000, () => world.boots(name));
        if (device === 'pxe' && bench.inventory.getHost(name).assignment?.state === 'armed') {
          bench.clock.after(
            15_000,
            () => void world.record({ type: 'script.served', host: name, message: `Served the script to ${name}.` }),
          );
          bench.clock.after(20_000, () => world.boots(name));
        }
      };
      return bmc;
    },
    boots(name) {
      reading.set(name, bench.clock.now());
      world.record({ type: 'iso.opened', host: name, ip: '10.0.0.9', message: `${name} began to read lab.` });
      if (world.silent.has(name)) return;
      bench.clock.after(
        10_000,
        () => void world.record({ type: 'dhcp.os-lease', host: name, message: `The system of ${name} has an address.` }),
      );
    },
    record: (event) => bench.activity.record(event),
    start: (input) => world.runner.start(JobInputSchema.parse(input)),
    async settle() {
      for (let round = 0; round < 40_000; round += 1) {
        await turns();
        if (!life.alive) return;
        const open = jobRows(bench.db).list().filter(isUnderWay);
        if (open.every(({ state }) => state === 'waiting')) return;
        bench.clock.advance(5000);
      }
      throw new Error('the jobs never ended');
    },
    async pass(seconds) {
      for (let passed = 0; passed < seconds; passed += 1) {
        await turns();
        bench.clock.advance(1000);
      }
      await turns();
    },
    job: (id) => world.runner.get(id),
    async restart() {
      life.alive = false;
      await turns();
      unwatch();
      unwatch = () => undefined;
      bench = bench.reopen();
      world.bench = bench;
      world.runner = begin();
      world.runner.resume();
    },
    killAt(what, left) {
      const own = life;
      countdown = { what, left };
      return { died: () => !own.alive };
    },
    async dispose() {
      life.alive = false;
      await turns();
      unwatch();
      bench.dispose();
    },
  };
  return world;
}

/** A dead program neither asks nor hears. */
function mortalProvider(provider: BmcProvider, life: { alive: boolean }, after: () => void): BmcProvider {
  const never = new Promise<never>(() => undefined);
  const isAlive = (): boolean => life.alive;
  return Object.fromEntries(
    Object.entries(provider).map(([name, call]) => [
      name,
      async (...args: unknown[]) => {
        if (!isAlive()) return never;
        const result = await (call as (...args: unknown[]) => Promise<unknown>)(...args);
        after();
        return isAlive() ? result : never;
      },
    ]),
  ) as unknown as BmcProvider;
}
