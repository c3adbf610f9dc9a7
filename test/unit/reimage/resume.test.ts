import { afterEach, describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import type { StepName } from '../../../contract/jobs.ts';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';
import { openWorld, type World } from './world.ts';

let world: World;
afterEach(() => world.dispose());

/** One whole job whose program is killed at the `count`th row or BMC call; undefined when it was over before. */
async function killed(bmc: ScriptedBmc, what: 'row' | 'call', count: number): Promise<string | undefined> {
  world = await openWorld();
  world.addMachine('r1', 1, bmc);
  world.bench.inventory.setAssignmentState('r1', 'done', []);
  const [job] = world.start({ hosts: ['r1'] });
  const kill = world.killAt(what, count);
  await world.settle();
  if (!kill.died()) return undefined;
  await world.restart();
  await world.settle();
  return job!.id;
}

describe.each([
  ['virtual media', () => new ScriptedBmc()],
  ['PXE', () => new ScriptedBmc({ media: false })],
] as const)('%s, killed', (_name, machine) => {
  it.each(['row', 'call'] as const)(
    'at every %s, ends right after the restart',
    async (what) => {
      let count = 1;
      for (; count < 200; count += 1) {
        const bmc = machine();
        const id = await killed(bmc, what, count);
        if (id === undefined) break;
        const job = world.job(id);
        expect(job.steps.filter(({ state }) => state !== 'done')).toEqual([]);
        expect(job).toMatchObject({ state: 'done', foundPower: 'off' });
        expect(bmc).toMatchObject({ power: 'on', slot: { inserted: false }, override: { device: undefined } });
        expect(world.bench.inventory.getHost('r1').assignment?.state).toBe('done');
        await world.dispose();
      }
      expect(count).toBeGreaterThan(7);
    },
    120_000,
  );
});

it('a failing job that is killed at every row of its end is still cleaned up, and failed', async () => {
  for (let count = 1; count < 200; count += 1) {
    const bmc = new ScriptedBmc();
    bmc.power = 'on';
    bmc.fail('bootOnce', new BootbenchError('E_BMC_UNSUPPORTED', 'no'));
    const id = await killed(bmc, 'row', count);
    if (id === undefined) return;
    const job = world.job(id);
    if (bmc.calls.filter((call) => call === 'bootOnce').length === 1) expect(job.state).toBe('failed');
    expect(bmc).toMatchObject({ power: 'on', slot: { inserted: false } });
    await world.dispose();
  }
}, 120_000);

describe('a restart', () => {
  const begun = async (name: StepName, bmc = new ScriptedBmc()): Promise<string> => {
    world = await openWorld();
    world.addMachine('r1', 1, bmc);
    const [job] = world.start({ hosts: ['r1'] });
    const stop = world.bench.activity.subscribe(({ type, data }) => {
      if (type === 'job.step' && data.step === name && data.state === 'running') world.killAt('row', 1);
    });
    await world.settle();
    stop();
    return job!.id;
  };

  it('says in the step how the job goes on', async () => {
    const id = await begun('insert');
    await world.restart();
    await world.settle();
    const insert = world.job(id).steps.find(({ name }) => name === 'insert');
    expect(insert?.evidence[0]).toContain('restarted during insert');
  });

  it('tells no sign of the boot twice', async () => {
    world = await openWorld();
    world.addMachine('r1', 1, new ScriptedBmc());
    const [job] = world.start({ hosts: ['r1'] });
    const reads = () =>
      world
        .job(job!.id)
        .steps.flatMap(({ evidence }) => evidence)
        .filter((text) => text === 'r1 began to read lab.');
    for (let round = 0; round < 200 && reads().length === 0; round += 1) await world.pass(1);
    await world.restart();
    await world.settle();
    expect(reads()).toHaveLength(1);
    expect(world.job(job!.id).state).toBe('done');
  });

  it('after a long time cleans up instead, and says so', async () => {
    const bmc = new ScriptedBmc();
    bmc.power = 'on';
    const id = await begun('insert', bmc);
    world.bench.clock.advance(2 * 3600_000);
    await world.restart();
    await world.settle();
    expect(world.job(id).state).toBe('failed');
    expect(world.job(id).steps.find(({ name }) => name === 'insert')?.error).toMatchObject({
      code: 'E_JOB_TIMEOUT',
      message: expect.stringMatching(/120 min during insert/) as string,
    });
    expect(bmc).toMatchObject({ power: 'on', slot: { inserted: false } });
  });

  it('looks at the machine again: a BMC that is another one’s now is left alone', async () => {
    const bmc = new ScriptedBmc({ uuid: '4c4c4544-0000-1000-8000-00000000000a' });
    const id = await begun('insert', bmc);
    world.bench.inventory.recordFacts('r1', { uuid: '4c4c4544-0000-1000-8000-00000000000b' });
    const before = bmc.changes().length;
    await world.restart();
    await world.settle();
    expect(world.job(id).steps.find(({ name }) => name === 'insert')?.error?.code).toBe('E_BMC_WRONG_MACHINE');
    expect(bmc.changes()).toHaveLength(before);
  });

  it('leaves queued jobs in their queue, and a job that waits for a person waiting', async () => {
    world = await openWorld();
    world.addMachine('r1', 1);
    world.addMachine('r2', 2);
    const [first, second] = world.start({ hosts: ['r1', 'r2'], concurrency: 1 });
    await world.pass(2);
    await world.restart();
    await world.pass(2);
    expect(world.job(first!.id).state).toBe('waiting');
    expect(world.job(second!.id).state).toBe('queued');
    expect(() => world.start({ hosts: ['r2'] })).toThrow(expect.objectContaining({ code: 'E_JOB_RUNNING' }));
    world.runner.cancel(first!.id);
    await world.pass(5);
    expect(world.job(second!.id).state).toBe('waiting');
  });

  it('stopping in order leaves the job as it is, to be taken up', async () => {
    world = await openWorld();
    const bmc = world.addMachine('r1', 1, new ScriptedBmc())!;
    const [job] = world.start({ hosts: ['r1'] });
    await world.pass(5);
    const stopping = world.runner.stop();
    await world.pass(1);
    await stopping;
    expect(world.job(job!.id).state).toBe('running');
    expect(bmc.slot.inserted).toBe(true);
    await world.restart();
    await world.settle();
    expect(world.job(job!.id).state).toBe('done');
  });
});
