import { afterEach, describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Job, StepName } from '../../../contract/jobs.ts';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';
import { openReimage, type ReimageFixture } from './reimage-fixture.ts';

let fixture: ReimageFixture;
afterEach(() => fixture.dispose());

/** One whole job whose program is killed at the `count`th row or BMC call; undefined when it was over before. */
async function killed(bmc: ScriptedBmc, what: 'row' | 'call', count: number): Promise<string | undefined> {
  fixture = await openReimage();
  fixture.addMachine('r1', 1, bmc);
  fixture.data.inventory.setAssignmentState('r1', 'done', []);
  const [job] = fixture.start({ hosts: ['r1'] });
  const kill = fixture.killAt(what, count);
  await fixture.settle();
  if (!kill.died()) return undefined;
  await fixture.restart();
  await fixture.settle();
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
        const job = fixture.job(id);
        expect(job.steps.filter(({ state }) => state !== 'done')).toEqual([]);
        expect(job).toMatchObject({ state: 'done', foundPower: 'off' });
        expect(bmc).toMatchObject({ power: 'on', slot: { inserted: false }, override: { device: undefined } });
        expect(fixture.data.inventory.getHost('r1').assignment?.state).toBe('done');
        await fixture.dispose();
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
    const job = fixture.job(id);
    if (bmc.calls.filter((call) => call === 'bootOnce').length === 1) expect(job.state).toBe('failed');
    expect(bmc).toMatchObject({ power: 'on', slot: { inserted: false } });
    await fixture.dispose();
  }
}, 120_000);

describe('a restart', () => {
  const begun = async (name: StepName, bmc = new ScriptedBmc()): Promise<string> => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, bmc);
    const [job] = fixture.start({ hosts: ['r1'] });
    const stop = fixture.data.activity.subscribe(({ type, data }) => {
      if (type === 'job.step' && data.step === name && data.state === 'running') fixture.killAt('row', 1);
    });
    await fixture.settle();
    stop();
    return job!.id;
  };

  it('says in the step how the job goes on', async () => {
    const id = await begun('insert');
    await fixture.restart();
    await fixture.settle();
    const insert = fixture.job(id).steps.find(({ name }) => name === 'insert');
    expect(insert?.evidence[0]).toContain('restarted during the step “insert the ISO”');
  });

  it('tells no sign of the boot twice', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc());
    const [job] = fixture.start({ hosts: ['r1'] });
    const reads = () =>
      fixture
        .job(job!.id)
        .steps.flatMap(({ evidence }) => evidence)
        .filter((text) => text === 'r1 started reading lab.');
    for (let round = 0; round < 200 && reads().length === 0; round += 1) await fixture.pass(1);
    await fixture.restart();
    await fixture.settle();
    expect(reads()).toHaveLength(1);
    expect(fixture.job(job!.id).state).toBe('done');
  });

  it('after a long time cleans up instead, and says so', async () => {
    const bmc = new ScriptedBmc();
    bmc.power = 'on';
    const id = await begun('insert', bmc);
    fixture.data.clock.advance(2 * 3600_000);
    await fixture.restart();
    await fixture.settle();
    expect(fixture.job(id).state).toBe('failed');
    expect(fixture.job(id).steps.find(({ name }) => name === 'insert')?.error).toMatchObject({
      code: 'E_JOB_TIMEOUT',
      message: expect.stringMatching(/120 min during the step “insert the ISO”/) as string,
    });
    expect(bmc).toMatchObject({ power: 'on', slot: { inserted: false } });
  });

  it('looks at the machine again: a BMC that is another one’s now is left alone', async () => {
    const bmc = new ScriptedBmc({ uuid: '4c4c4544-0000-1000-8000-00000000000a' });
    const id = await begun('insert', bmc);
    fixture.data.inventory.recordFacts('r1', { uuid: '4c4c4544-0000-1000-8000-00000000000b' });
    const before = bmc.changes().length;
    await fixture.restart();
    await fixture.settle();
    expect(fixture.job(id).steps.find(({ name }) => name === 'insert')?.error?.code).toBe('E_BMC_WRONG_MACHINE');
    expect(bmc.changes()).toHaveLength(before);
  });

  it('leaves queued jobs in their queue, and a job that waits for a person waiting', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1);
    fixture.addMachine('r2', 2);
    const [first, second] = fixture.start({ hosts: ['r1', 'r2'], concurrency: 1 });
    await fixture.pass(2);
    await fixture.restart();
    await fixture.pass(2);
    expect(fixture.job(first!.id).state).toBe('waiting');
    expect(fixture.job(second!.id).state).toBe('queued');
    expect(() => fixture.start({ hosts: ['r2'] })).toThrow(expect.objectContaining({ code: 'E_JOB_RUNNING' }));
    fixture.runner.cancel(first!.id);
    await fixture.pass(5);
    expect(fixture.job(second!.id).state).toBe('waiting');
  });

  it('stopping in order leaves the job as it is, to be taken up', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    const [job] = fixture.start({ hosts: ['r1'] });
    await fixture.pass(5);
    const stopping = fixture.runner.stop();
    await fixture.pass(1);
    await stopping;
    expect(fixture.job(job!.id).state).toBe('running');
    expect(bmc.slot.inserted).toBe(true);
    await fixture.restart();
    await fixture.settle();
    expect(fixture.job(job!.id).state).toBe('done');
  });
});

/** A job whose program is killed right after the BMC did its power request; `meanwhile` is what happens until the restart. */
async function killedAfter(call: 'powerOn' | 'powerCycle', bmc: ScriptedBmc, meanwhile: () => void = () => undefined): Promise<Job> {
  fixture = await openReimage();
  fixture.addMachine('r1', 1, bmc);
  const start = bmc.onStart;
  bmc.onStart = (device, image) => {
    starts.push(device);
    // What starts while no Bootbench answers boots nothing.
    if (restarted) start(device, image);
  };
  let restarted = false;
  starts = [];
  const [job] = fixture.start({ hosts: ['r1'] });
  bmc.onCall = (done) => {
    if (done === call && !restarted) fixture.killAt('row', 1);
  };
  await fixture.settle();
  expect(starts).toHaveLength(1);
  meanwhile();
  restarted = true;
  await fixture.restart();
  await fixture.pass(5);
  const powered = fixture.job(job!.id);
  await fixture.settle();
  return powered;
}

/** What each start booted from. */
let starts: (string | undefined)[];

describe('killed once power was requested', () => {
  const ofMedia = (): ScriptedBmc => new ScriptedBmc();
  const ofPxe = (): ScriptedBmc => new ScriptedBmc({ media: false });
  const ofIpmi = (): ScriptedBmc => new ScriptedBmc({ media: false, protocol: 'ipmi' });

  it.each([
    ['powerOn', ofMedia],
    ['powerCycle', ofPxe],
    ['powerCycle', ofIpmi],
  ] as const)('%s: a machine that is still turning on is not started again, and its override is left alone', async (call, make) => {
    const bmc = make();
    const job = await killedAfter(call, bmc, () => {
      bmc.power = 'turning-on';
      bmc.onCall = () => {
        if (bmc.calls.filter((done) => done === 'powerStatus').length > 6) bmc.power = 'on';
      };
    });
    expect(starts).toHaveLength(1);
    expect(bmc.calls.filter((done) => done === 'bootOnce')).toHaveLength(1);
    expect(job.steps.find(({ name }) => name.startsWith('power-') && name !== 'power-off')?.resumed).toBe(true);
  });

  it.each([
    ['powerOn', ofMedia, 'cdrom'],
    ['powerCycle', ofPxe, 'pxe'],
    ['powerCycle', ofIpmi, 'pxe'],
  ] as const)('%s: one that booted nothing and went off starts from its medium, not from its disk', async (call, make, device) => {
    const bmc = make();
    const { id } = await killedAfter(call, bmc, () => {
      bmc.power = 'off';
    });
    expect(starts).toEqual([device, device]);
    expect(fixture.job(id).state).toBe('done');
  });

  it.each(['iso.patched-read', 'dhcp.os-lease'] as const)('one that went off after %s is not started again', async (type) => {
    const bmc = ofMedia();
    await killedAfter('powerOn', bmc, () => {
      bmc.power = 'off';
      fixture.record({ type, host: 'r1', message: 'It booted.' });
    });
    expect(starts).toEqual(['cdrom']);
  });
});

describe('before jobs are resumed', () => {
  /** A program that was killed when its job was inserting the ISO, and started again. */
  const restarted = async (bmc: ScriptedBmc): Promise<string> => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, bmc);
    fixture.addMachine('r2', 2, new ScriptedBmc());
    const [job] = fixture.start({ hosts: ['r1'] });
    const kill = fixture.killAt('call', 6);
    await fixture.settle();
    expect(kill.died()).toBe(true);
    await fixture.restart({ resume: false });
    return job!.id;
  };
  const powerOns = (bmc: ScriptedBmc): number => bmc.calls.filter((call) => call === 'powerOn').length;

  it('a host with an interrupted job takes no other one', async () => {
    const bmc = new ScriptedBmc();
    const id = await restarted(bmc);
    expect(fixture.runner.ofHost('r1')).toBe(id);
    expect(() => fixture.start({ hosts: ['r1'] })).toThrow(expect.objectContaining({ code: 'E_JOB_RUNNING' }));
  });

  it('a job that is started waits, and then runs once', async () => {
    const id = await restarted(new ScriptedBmc());
    const second = fixture.machines.bmcs.get('r2')!;
    const [job] = fixture.start({ hosts: ['r2'] });
    await fixture.pass(10);
    expect([fixture.job(job!.id).state, second.calls]).toEqual(['queued', []]);
    void fixture.runner.resume();
    await fixture.settle();
    expect([fixture.job(id).state, fixture.job(job!.id).state]).toEqual(['done', 'done']);
    expect(powerOns(second)).toBe(1);
  });

  it('many jobs are resumed one in a turn of the event loop, so that machines that boot are answered in between', async () => {
    fixture = await openReimage();
    const names = Array.from({ length: 6 }, (_, index) => `many${index}`);
    names.forEach((name, index) => fixture.addMachine(name, 100 + index, new ScriptedBmc()));
    fixture.start({ hosts: names, concurrency: 6 });
    await fixture.pass(1);
    await fixture.restart({ resume: false });
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await fixture.runner.resume();
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(6);
    await fixture.settle();
    for (const name of names) expect(fixture.runner.ofHost(name)).toBeUndefined();
  });

  it('a running job that is cancelled is cleaned up once it is resumed', async () => {
    const bmc = new ScriptedBmc();
    const id = await restarted(bmc);
    fixture.runner.cancel(id);
    expect(() => fixture.runner.cancel(id)).toThrow(expect.objectContaining({ code: 'E_JOB_STATE' }));
    void fixture.runner.resume();
    await fixture.settle();
    expect(fixture.job(id).state).toBe('cancelled');
    expect(bmc).toMatchObject({ slot: { inserted: false }, override: { device: undefined } });
  });
});
