import { afterEach, describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Job, StepName } from '../../../contract/jobs.ts';
import { TIMING } from '../../../main-services/reimage/timing.ts';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';
import { isoUrl } from './fake-machines.ts';
import { openReimage, type ReimageFixture } from './reimage-fixture.ts';

let fixture: ReimageFixture;
afterEach(() => fixture.dispose());

const words = (job: Job): string[] => job.steps.map(({ name, state }) => `${name} ${state}`);
const step = (job: Job, name: StepName) => job.steps.find((each) => each.name === name)!;
const only = (jobs: Job[]): string => jobs[0]!.id;
const said = (job: Job): string => job.steps.flatMap(({ evidence }) => evidence).join('\n');

async function run(host: string, more: Record<string, unknown> = {}): Promise<Job> {
  const id = only(fixture.start({ hosts: [host], ...more }));
  await fixture.settle();
  return fixture.job(id);
}

describe('virtual media', () => {
  it('goes from off to the booted image, each step with its evidence, and ends as an installation does', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    const job = await run('r1');
    expect(words(job)).toEqual(
      ['preflight', 'power-off', 'eject', 'insert', 'boot-once', 'power-on', 'watch', 'finish'].map((name) => `${name} done`),
    );
    expect(job).toMatchObject({
      state: 'done',
      foundPower: 'off',
      method: 'virtual-media',
      mediaUrl: isoUrl('r1'),
      token: 'token',
      kind: 'install',
    });
    expect(job.steps.every(({ evidence, startedAt, endedAt }) => evidence.length > 0 && startedAt! <= endedAt!)).toBe(true);
    expect(step(job, 'boot-once').evidence).toEqual([expect.stringMatching(/from cdrom; .* cdrom, UEFI/)]);
    expect(step(job, 'watch').evidence.at(-1)).toContain('evidence is complete');
    expect(step(job, 'watch').events.length).toBeGreaterThan(1);
    expect(step(job, 'finish').evidence.at(-1)).toBe('r1 has read nothing for 180 s. The medium was ejected; the machine stays on.');
    expect(bmc).toMatchObject({ power: 'on', slot: { inserted: false } });
    expect(fixture.data.inventory.getHost('r1').assignment?.state).toBe('done');
    expect(fixture.notifications).toEqual(['Reimage: r1 was reimaged with lab.']);
  });

  it('a machine that has phoned home before anybody watched has left its ISO', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    bmc.onStart = () => {
      for (const type of ['iso.opened', 'config.served', 'boot.complete'] as const) fixture.record({ type, host: 'r1', message: type });
    };
    const job = await run('r1');
    expect(job.state).toBe('done');
    expect(step(job, 'finish').evidence.at(-1)).toBe('It has left the ISO (boot.complete). The medium was ejected; the machine stays on.');
  });

  it('a machine that is done at once and switches itself off is not started again', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    let starts = 0;
    bmc.onStart = () => {
      starts += 1;
      for (const type of ['iso.opened', 'config.served', 'boot.complete'] as const) fixture.record({ type, host: 'r1', message: type });
      bmc.power = 'off';
    };
    const job = await run('r1');
    expect(starts).toBe(1);
    expect(words(job)).toContain('power-on done');
    expect(job.state).toBe('done');
  });

  it('a BMC that is gone at the end does not undo a good installation', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    const gone = () => new BootbenchError('E_BMC_UNREACHABLE', 'gone');
    bmc.fail('clearBoot', gone());
    fixture.data.activity.subscribe(({ type, data }) => {
      if (type === 'job.step' && data.step === 'finish') bmc.fail('ejectAll', gone());
    });
    const job = await run('r1');
    expect(job.state).toBe('done');
    expect(step(job, 'finish').evidence).toEqual([
      'The boot override could not be cleared: gone',
      'r1 has read nothing for 180 s. The medium could not be ejected: gone',
    ]);
    expect(bmc.power).toBe('on');
  });

  it('leaves a live image’s medium', async () => {
    fixture = await openReimage({}, 'live');
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    expect(await run('r1')).toMatchObject({ state: 'done', kind: 'live' });
    expect(bmc).toMatchObject({ power: 'on', slot: { inserted: true } });
  });

  it('fills in what the record lacks', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc({ uuid: '4C4C4544-0000-1000-8000-00000000000A', serial: 'SN1', model: 'R750' }));
    await run('r1');
    expect(fixture.data.inventory.getHost('r1').facts).toMatchObject({
      uuid: '4c4c4544-0000-1000-8000-00000000000a',
      serial: 'SN1',
      product: 'R750',
      manufacturer: 'Lab',
    });
  });

  it('goes by PXE where the BMC turns out to have no media, unless virtual media was asked for', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc({ media: false }))!;
    fixture.addMachine('r2', 2, new ScriptedBmc({ media: false }));
    const job = await run('r1');
    expect(words(job)).toEqual(['preflight', 'boot-once', 'power-cycle', 'watch', 'finish'].map((name) => `${name} done`));
    expect(job.reason).toContain('has no virtual media');
    expect(bmc.calls).not.toContain('insert');
    const refused = await run('r2', { method: 'virtual-media' });
    expect(refused.state).toBe('failed');
    expect(step(refused, 'preflight').error?.code).toBe('E_BMC_UNSUPPORTED');
  });

  it('says that a medium was never read, with the override that reads back', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    bmc.onStart = () => undefined;
    const job = await run('r1');
    expect(step(job, 'watch').error).toMatchObject({ code: 'E_BMC_NO_MEDIA_READ' });
    expect(step(job, 'watch').error?.message).toContain('boot override is none');
    expect(said(job)).toContain('Nothing was read within 60 s');
    expect(words(job).slice(-2)).toEqual(['finish skipped', 'clean-up done']);
    expect(bmc).toMatchObject({ power: 'off', slot: { inserted: false } });
  });

  it('tells a stall after the kernel', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc());
    fixture.machines.silent.add('r1');
    fixture.data.clock.after(
      120_000,
      () => void fixture.record({ type: 'iso.stalled', host: 'r1', message: 'r1 loaded its kernel, then read nothing for 45 s.' }),
    );
    expect(step(await run('r1'), 'watch').error).toMatchObject({
      code: 'E_JOB_TIMEOUT',
      message: expect.stringContaining('lost its medium') as string,
    });
  });

  it('quotes the last lines of the console', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc());
    fixture.machines.silent.add('r1');
    fixture.consoleLines = ['dracut: FATAL', 'Kernel panic - not syncing \u2620'];
    const error = step(await run('r1'), 'watch').error;
    expect(error?.code).toBe('E_JOB_TIMEOUT');
    expect(error?.message).toContain('“dracut: FATAL / Kernel panic - not syncing ?”');
  });

  it('does not quote what the console printed before the machine was started', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc());
    fixture.machines.silent.add('r1');
    fixture.consoleLines = ['r1 login:'];
    fixture.consoleAt = fixture.data.clock.now();
    expect(step(await run('r1'), 'watch').error?.message).not.toContain('console');
  });

  it('quotes the last sign of a failure on the console, which more output followed, and decides nothing by it', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc());
    fixture.machines.silent.add('r1');
    const matched = (trigger: string, line: string): void =>
      void fixture.record({ type: 'console.matched', host: 'r1', message: 'm', data: { trigger, meaning: 'failed', line } });
    fixture.data.clock.after(60_000, () => matched('PXE error', 'PXE-E18: Server response timeout.'));
    fixture.data.clock.after(70_000, () => matched('Kernel panic', '[ 2.1] Kernel panic - not syncing: VFS'));
    fixture.consoleLines = ['Rebooting in 60 seconds..'];
    const { error, startedAt = 0, endedAt = 0 } = step(await run('r1'), 'watch');
    expect(error?.message).toContain('Its console matched “Kernel panic”: “[ 2.1] Kernel panic - not syncing: VFS”.');
    expect(error?.message).toContain('“Rebooting in 60 seconds..”');
    expect(error?.message).not.toContain('PXE-E18');
    expect(endedAt - startedAt).toBeGreaterThanOrEqual(TIMING.silence);
  });

  it.each(['installed', 'login'])('no match of meaning %s completes a job whose boot was not seen', async (meaning) => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc());
    fixture.machines.silent.add('r1');
    fixture.data.clock.after(60_000, () => {
      fixture.record({
        type: 'console.matched',
        host: 'r1',
        message: `matched ${meaning}`,
        data: { trigger: meaning, meaning, line: 'x' },
      });
    });
    const job = await run('r1');
    expect(job.state).toBe('failed');
    expect(step(job, 'watch').evidence).toContain(`matched ${meaning}`);
  });

  it.each(['failed', 'installed', 'login'])('no match of meaning %s ends a job whose boot was seen', async (meaning) => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc());
    fixture.data.clock.after(5000, () => {
      fixture.record({ type: 'console.matched', host: 'r1', message: 'm', data: { trigger: meaning, meaning, line: 'x' } });
    });
    expect((await run('r1')).state).toBe('done');
  });

  it('a trigger that matches again and again is progress once', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc());
    fixture.machines.silent.add('r1');
    for (let at = 60_000; at < 3 * TIMING.silence; at += 60_000) {
      fixture.data.clock.after(at, () => {
        fixture.record({
          type: 'console.matched',
          host: 'r1',
          message: 'm',
          data: { trigger: 'Kernel started', meaning: 'booting', line: 'Linux' },
        });
      });
    }
    const { startedAt = 0, endedAt = 0 } = step(await run('r1'), 'watch');
    expect(endedAt - startedAt).toBeLessThan(120_000 + TIMING.silence);
  });

  it('a console that opens, and what it matches, is not the machine being on', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    bmc.onStart = () => undefined;
    bmc.onCall = (call) => {
      if (call !== 'powerOn') return;
      bmc.power = 'off';
      fixture.record({ type: 'console.opened', host: 'r1', message: 'opened', data: {} });
      fixture.record({ type: 'console.matched', host: 'r1', message: 'm', data: { trigger: 'x', meaning: 'booting', line: 'x' } });
    };
    const job = await run('r1');
    expect(step(job, 'power-on').state).toBe('failed');
  });

  it('takes what a trigger matched on the console as evidence of progress', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc());
    fixture.machines.silent.add('r1');
    const matched = (meaning: string): void =>
      void fixture.record({ type: 'console.matched', host: 'r1', message: `matched ${meaning}`, data: { trigger: meaning, meaning } });
    fixture.data.clock.after(60_000, () => matched('installing'));
    fixture.data.clock.after(200_000, () => matched('none'));
    fixture.data.clock.after(300_000, () => matched('failed'));
    const { evidence, startedAt = 0, endedAt = 0 } = step(await run('r1'), 'watch');
    expect(evidence).toContain('matched installing');
    expect(evidence).toContain('matched failed');
    expect(evidence).not.toContain('matched none');
    // The silence is counted from what it installed, not from its failure.
    expect(endedAt - startedAt).toBeGreaterThanOrEqual(30_000 + TIMING.silence);
    expect(endedAt - startedAt).toBeLessThan(200_000 + TIMING.silence);
  });
});

describe('the other methods', () => {
  it('PXE with an IPMI BMC', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc({ protocol: 'ipmi', media: false }))!;
    bmc.power = 'on';
    const job = await run('r1');
    expect(job).toMatchObject({ state: 'done', method: 'pxe', foundPower: 'on' });
    expect(bmc.changes()).toEqual(['bootOnce', 'powerCycle', 'clearBoot']);
  });

  it('Wake-on-LAN, then a person', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1);
    const id = only(fixture.start({ hosts: ['r1'] }));
    await fixture.settle();
    expect(fixture.job(id)).toMatchObject({ state: 'waiting', method: 'by-hand' });
    expect(fixture.woken).toEqual(['52:54:00:00:00:01']);
    expect(step(fixture.job(id), 'ask').evidence[0]).toBe('Switch on r1 (52:54:00:00:00:01) and let it boot from the network.');
    fixture.runner.confirm(id);
    fixture.data.clock.after(30_000, () => fixture.machines.boot('r1'));
    await fixture.pass(5);
    await fixture.settle();
    expect(words(fixture.job(id))).toEqual(['preflight', 'wake', 'ask', 'watch', 'finish'].map((name) => `${name} done`));
    expect(() => fixture.runner.confirm(id)).toThrow(expect.objectContaining({ code: 'E_JOB_STATE' }));
  });

  it('a machine that is seen needs no confirmation', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1);
    const id = only(fixture.start({ hosts: ['r1'] }));
    await fixture.settle();
    fixture.machines.boot('r1');
    await fixture.pass(5);
    await fixture.settle();
    expect(fixture.job(id).state).toBe('done');
    expect(step(fixture.job(id), 'ask').evidence.at(-1)).toMatch(/^r1 started: /);
  });

  it('the caller’s tasks run in their order', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    const tasks: StepName[] = ['power-off', 'eject', 'insert', 'boot-once', 'power-on'];
    const job = await run('r1', { tasks, mediaUrl: 'http://10.0.0.1/hook.iso' });
    expect(words(job)).toEqual(['preflight', ...tasks].map((name) => `${name} done`));
    expect(bmc.changes().filter((call) => call !== 'powerOff')).toEqual(['ejectAll', 'insert', 'bootOnce', 'powerOn']);
    expect(bmc.slot.image).toBe('http://10.0.0.1/hook.iso');
  });
});

describe('failures', () => {
  const CASES: [call: 'powerOff' | 'ejectAll' | 'insert' | 'bootOnce' | 'powerOn' | 'identify', name: StepName][] = [
    ['identify', 'preflight'],
    ['powerOff', 'power-off'],
    ['ejectAll', 'eject'],
    ['insert', 'insert'],
    ['bootOnce', 'boot-once'],
    ['powerOn', 'power-on'],
  ];
  it.each(CASES)('%s refused for good ends in %s, and the lab is as it was found', async (call, name) => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    bmc.power = 'on';
    fixture.data.inventory.setAssignmentState('r1', 'done', [1]);
    bmc.fail(call, ...Array.from({ length: 3 }, () => new BootbenchError('E_BMC_REFUSED', 'Base.1.0.NotNow')));
    const job = await run('r1');
    expect(job.state).toBe('failed');
    expect(job.steps.find(({ state }) => state === 'failed')).toMatchObject({
      name,
      tries: 3,
      error: { code: 'E_BMC_REFUSED', message: 'Base.1.0.NotNow' },
    });
    expect(bmc).toMatchObject({ power: 'on', slot: { inserted: false }, override: { device: undefined } });
    expect(fixture.data.inventory.getHost('r1').assignment?.state).toBe('done');
  });

  it('a second try that works is enough', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    bmc.fail('insert', new BootbenchError('E_BMC_BUSY', 'busy'));
    const job = await run('r1');
    expect(job.state).toBe('done');
    expect(step(job, 'insert')).toMatchObject({ tries: 2, evidence: expect.arrayContaining(['Try 1 failed: busy']) as string[] });
  });

  it('a wrong password is tried once', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    bmc.fail('identify', new BootbenchError('E_BMC_AUTH', 'rejected'));
    expect(step(await run('r1'), 'preflight')).toMatchObject({ tries: 1, error: { code: 'E_BMC_AUTH' } });
    expect(bmc.calls).toEqual(['identify']);
  });

  it('a BMC that never answers ends with the step’s deadline', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    bmc.fail('insert', 'hang');
    expect(step(await run('r1'), 'insert').error).toMatchObject({
      code: 'E_BMC_TIMEOUT',
      message: expect.stringMatching(/“insert the ISO” for r1 .* 240 s/) as string,
    });
  });

  it('a failed job is tried again', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    bmc.fail('bootOnce', new BootbenchError('E_BMC_UNSUPPORTED', 'no'));
    const failed = await run('r1');
    expect(failed.state).toBe('failed');
    fixture.runner.retry(failed.id);
    await fixture.settle();
    const job = fixture.job(failed.id);
    expect(job.state).toBe('done');
    expect(step(job, 'preflight').evidence[0]).toBe('Retried: step “boot once” had failed. no');
    expect(() => fixture.runner.retry(failed.id)).toThrow(expect.objectContaining({ code: 'E_JOB_STATE' }));
  });
});

describe('guards', () => {
  it('a BMC of another machine hears nothing that changes anything', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc({ uuid: '4c4c4544-0000-1000-8000-00000000000a' }))!;
    fixture.data.inventory.recordFacts('r1', { uuid: '4c4c4544-0000-1000-8000-00000000000b' });
    const before = fixture.data.inventory.getHost('r1');
    const job = await run('r1');
    expect(step(job, 'preflight').error?.code).toBe('E_BMC_WRONG_MACHINE');
    expect(bmc.changes()).toEqual([]);
    expect(fixture.data.inventory.getHost('r1')).toEqual(before);
  });

  it.each(['virtual-media', 'pxe'] as const)('a dry run by %s asks only, and says what would be done', async (method) => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    const before = fixture.data.inventory.getHost('r1');
    const job = await run('r1', { dryRun: true, method });
    expect(job.state).toBe('done');
    expect(bmc.changes()).toEqual([]);
    expect(job.steps.slice(1).every(({ state, evidence }) => state === 'skipped' && evidence[0]!.startsWith('Would'))).toBe(true);
    expect(fixture.data.inventory.getHost('r1')).toEqual(before);
    expect(fixture.notifications).toEqual([]);
  });

  it('one job per host; none without an image, a BMC where one is asked for, or a host', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1);
    fixture.addMachine('r2', 2);
    fixture.data.inventory.unassign('r2');
    fixture.start({ hosts: ['r1'] });
    const refused = (input: Parameters<ReimageFixture['start']>[0], code: string): void =>
      expect(() => fixture.start(input)).toThrow(expect.objectContaining({ code }));
    refused({ hosts: ['r1'] }, 'E_JOB_RUNNING');
    refused({ hosts: ['r2'] }, 'E_NO_SOURCE');
    refused({ hosts: ['nobody'] }, 'E_NOT_FOUND');
    refused({ hosts: ['r2'], method: 'pxe' }, 'E_NO_BMC');
    refused({ hosts: ['r2'], tasks: ['power-off'] }, 'E_NO_BMC');
    expect(fixture.runner.list()).toHaveLength(1);
  });

  it('a machine that netboots again after the job gets its own disk', async () => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc({ media: false }))!;
    fixture.data.inventory.assign('r1', { image: 'lab', mode: 'always' });
    expect((await run('r1')).state).toBe('done');
    expect(fixture.data.inventory.getHost('r1').assignment).toMatchObject({ mode: 'once', state: 'done' });
    expect(bmc.power).toBe('on');
  });
});

describe('fleets', () => {
  it('64 machines, four at a time, and no job crosses another', async () => {
    fixture = await openReimage();
    const names = Array.from({ length: 64 }, (_, index) => `m${index}`);
    const bmcs = names.map((name, index) => fixture.addMachine(name, index + 1, new ScriptedBmc())!);
    let most = 0;
    bmcs.forEach((bmc) => {
      bmc.onCall = () => {
        most = Math.max(most, fixture.runner.list().filter(({ state }) => state === 'running').length);
      };
    });
    fixture.start({ hosts: names, concurrency: 4 });
    await fixture.settle();
    const jobs = fixture.runner.list();
    expect(jobs).toHaveLength(64);
    expect(jobs.every(({ state }) => state === 'done')).toBe(true);
    expect(most).toBe(4);
    for (const job of jobs) {
      expect(job.mediaUrl).toBe(isoUrl(job.host));
      const own = new Set(fixture.data.activity.history({ host: job.host, limit: 1000 }).map(({ seq }) => seq));
      expect(job.steps.flatMap(({ events }) => events).every((seq) => own.has(seq))).toBe(true);
    }
    expect(bmcs.every((bmc) => bmc.calls.filter((call) => call === 'insert').length === 1 && bmc.power === 'on')).toBe(true);
    expect(fixture.notifications).toEqual(['Reimage of 64 machines: 64 done, 0 failed, 0 cancelled.']);
  }, 60_000);
});

describe('cancelling', () => {
  const NAMES: StepName[] = ['preflight', 'power-off', 'eject', 'insert', 'boot-once', 'power-on', 'watch', 'finish'];
  it.each(NAMES)('in %s puts back what was found', async (name) => {
    fixture = await openReimage();
    const bmc = fixture.addMachine('r1', 1, new ScriptedBmc())!;
    bmc.power = 'on';
    const id = only(fixture.start({ hosts: ['r1'] }));
    const stop = fixture.data.activity.subscribe(({ type, data }) => {
      if (type === 'job.step' && data.step === name && data.state === 'running') fixture.runner.cancel(id);
    });
    if (name === 'preflight') fixture.runner.cancel(id);
    await fixture.settle();
    stop();
    const job = fixture.job(id);
    expect(job.state).toBe('cancelled');
    expect(step(job, name)).toMatchObject({ state: 'failed', error: { code: 'E_CANCELLED' } });
    expect(bmc).toMatchObject({ power: 'on', slot: { inserted: false } });
    expect(() => fixture.runner.cancel(id)).toThrow(expect.objectContaining({ code: 'E_JOB_STATE' }));
  });

  it('a job that waits for its turn does nothing', async () => {
    fixture = await openReimage();
    fixture.addMachine('r1', 1, new ScriptedBmc());
    const second = fixture.addMachine('r2', 2, new ScriptedBmc())!;
    const [, queued] = fixture.start({ hosts: ['r1', 'r2'], concurrency: 1 });
    expect(queued!.state).toBe('queued');
    fixture.runner.cancel(queued!.id);
    await fixture.settle();
    expect(fixture.job(queued!.id)).toMatchObject({ state: 'cancelled' });
    expect(second.calls).toEqual([]);
  });
});
