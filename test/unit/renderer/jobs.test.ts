import { describe, expect, it } from 'vitest';
import type { Job, JobStep, StepName } from '../../../contract/jobs.ts';
import { countUnderWay, endedFleets, fleetsOf, newestJobs, passes } from '../../../renderer/features/jobs/fleets.ts';
import { latestMessage, verbsOf } from '../../../renderer/features/jobs/job-status.ts';
import { attemptsLabel, fleetCounts, fleetTitle, jobStatus, outcomeOf } from '../../../renderer/features/jobs/labels.ts';

const step = (name: StepName, state: JobStep['state'], more: Partial<JobStep> = {}): JobStep => ({
  name,
  state,
  tries: 1,
  evidence: [],
  events: [],
  ...more,
});
const job = (host: string, state: Job['state'], more: Partial<Job> = {}): Job => ({
  id: host,
  fleet: 'f',
  concurrency: 4,
  host,
  image: 'Fedora-43',
  method: 'virtual-media',
  reason: 'because',
  dryRun: false,
  state,
  steps: [],
  wanted: {},
  since: 0,
  createdAt: 1000,
  ...more,
});
const byId = (...jobs: Job[]): Record<string, Job> => Object.fromEntries(jobs.map((each) => [each.id, each]));
const FAILED = job('x11-02', 'failed', {
  steps: [
    step('power-off', 'done', { evidence: ['The BMC says Off.'] }),
    step('power-on', 'failed', { error: { code: 'E_BMC_TIMEOUT', message: 'The BMC says Off for 62 s.', next: 'Look at it.' } }),
  ],
});

describe('a job', () => {
  it.each([
    [job('a', 'queued'), 'off', 'queued'],
    [job('a', 'running'), 'working', 'starting'],
    [job('a', 'running', { steps: [step('power-on', 'running')] }), 'working', 'power on requested; waiting for the BMC'],
    [job('a', 'waiting', { steps: [step('ask', 'running')] }), 'needs', 'waiting for you'],
    [job('a', 'done'), 'ready', 'done'],
    [job('a', 'done', { dryRun: true }), 'ready', 'dry run done'],
    [job('a', 'failed'), 'failed', 'failed'],
    [FAILED, 'failed', 'failed at power on'],
    [job('a', 'cancelled'), 'off', 'cancelled'],
  ] as const)('%#', (given, state, label) => {
    expect(jobStatus(given)).toEqual({ state, label });
  });

  it('has a latest message: of the running step, or why it failed', () => {
    expect(latestMessage(FAILED)).toBe('The BMC says Off for 62 s.');
    expect(latestMessage(job('a', 'running', { steps: [step('insert', 'running', { evidence: ['one', 'two'] })] }))).toBe('two');
    expect(latestMessage(job('a', 'done', { steps: [step('finish', 'done', { evidence: ['x'] })] }))).toBeUndefined();
  });

  it('offers what can be requested of it; restoring the previous state cannot be cancelled', () => {
    expect(verbsOf(job('a', 'queued'))).toEqual(['cancel']);
    expect(verbsOf(job('a', 'waiting'))).toEqual(['confirm', 'cancel']);
    expect(verbsOf(job('a', 'running', { ending: 'failed' }))).toEqual([]);
    expect(verbsOf(job('a', 'failed'))).toEqual(['retry']);
    expect(verbsOf(job('a', 'cancelled'))).toEqual(['retry']);
    expect(verbsOf(job('a', 'done'))).toEqual([]);
  });

  it('counts attempts where one was not enough', () => {
    expect([1, 2, 3].map(attemptsLabel)).toEqual([undefined, '2 attempts', '3 attempts']);
  });
});

describe('fleets', () => {
  it('the newest first, by name within', () => {
    const fleets = fleetsOf([
      job('n10', 'done', { fleet: 'old' }),
      job('n2', 'done', { fleet: 'old' }),
      job('z', 'running', { fleet: 'new', createdAt: 2000 }),
    ]);
    expect(fleets.map(({ id, jobs }) => [id, jobs.map(({ host }) => host)])).toEqual([
      ['new', ['z']],
      ['old', ['n2', 'n10']],
    ]);
  });

  it('a title and counts', () => {
    const [one] = fleetsOf([job('a', 'queued')]);
    const [dry] = fleetsOf([job('a', 'done', { dryRun: true }), job('b', 'running', { dryRun: true })]);
    const [three] = fleetsOf([job('a', 'done'), FAILED, job('c', 'waiting')]);
    expect([one, dry, three].map((fleet) => fleet && fleetTitle(fleet))).toEqual([
      'Reimage of a',
      'Dry run for 2 machines',
      'Reimage of 3 machines',
    ]);
    expect(three && fleetCounts(three)).toBe('1 done, 1 failed, 1 waiting for you');
  });

  it('pass a filter, and are counted while they are under way', () => {
    expect((['all', 'active', 'failed', 'done'] as const).map((filter) => passes(FAILED, filter))).toEqual([true, false, true, false]);
    expect(countUnderWay(byId(FAILED, job('a', 'queued'), job('b', 'waiting'), job('c', 'done')))).toBe(2);
  });

  it('the newest job of a host', () => {
    const again = job('a', 'running', { id: 'second', createdAt: 5000 });
    expect(newestJobs(byId(again, job('a', 'failed'))).get('a')).toBe(again);
  });

  it('end once, if they were seen under way', () => {
    const before = byId(job('a', 'running'), job('b', 'done', { fleet: 'g' }), job('c', 'running', { fleet: 'h' }));
    const after = byId(job('a', 'done'), job('b', 'done', { fleet: 'g' }), job('c', 'waiting', { fleet: 'h' }));
    expect(endedFleets(before, after)).toEqual(['f']);
    expect(endedFleets(after, after)).toEqual([]);
    expect(endedFleets(before, {})).toEqual([]);
  });

  it('have an outcome', () => {
    const outcome = (...jobs: Job[]) => fleetsOf(jobs).map(outcomeOf)[0];
    expect(outcome(job('a', 'done'))).toEqual({ state: 'ready', message: 'a was reimaged.', failures: [] });
    expect(outcome(job('a', 'done', { dryRun: true }))?.message).toContain('nothing was changed');
    expect(outcome(job('a', 'done'), job('b', 'done'), FAILED, job('z', 'cancelled'))).toEqual({
      state: 'failed',
      message: 'a and b were reimaged. x11-02 failed. z was cancelled.',
      failures: ['x11-02 at power on: The BMC says Off for 62 s.'],
    });
  });
});
