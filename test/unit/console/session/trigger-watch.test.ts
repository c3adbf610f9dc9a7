import { expect, it } from 'vitest';
import { ConsoleTrigger } from '../../../../contract/console.ts';
import { BootbenchError } from '../../../../contract/errors.ts';
import { TriggerWatch } from '../../../../main-services/console/session/trigger-watch.ts';
import type { CreateMatcher, MatcherEvents } from '../../../../main-services/console/triggers/matcher.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';
import { Recorder } from '../../../fixtures/recorder.ts';

const [login, broken] = [
  { name: 'login', pattern: 'login:', meaning: 'login' },
  { name: 'broken', pattern: '(' },
].map((trigger) => ConsoleTrigger.parse(trigger)) as [ConsoleTrigger, ConsoleTrigger];

/** The watch over a matcher whose matches the test makes. */
function watchOf(triggers: ConsoleTrigger[], type: () => Promise<void> = () => Promise.resolve()) {
  const recorder = new Recorder();
  const made: { names: string[]; events: MatcherEvents; closed: boolean }[] = [];
  const createMatcher: CreateMatcher = (of, events) => {
    if (of.includes(broken)) throw new BootbenchError('E_TRIGGER', 'The pattern ( is not closed.');
    const matcher = { names: of.map(({ name }) => name), events, closed: false };
    made.push(matcher);
    return { push: () => undefined, close: () => void (matcher.closed = true) };
  };
  const watch = new TriggerWatch({
    ...{ host: 'r1', activity: recorder, clock: new TestClock(), createMatcher, type },
    triggers: () => triggers,
    transcript: () => 't1',
    matched: () => undefined,
  });
  watch.push(new Uint8Array(1), 0);
  return { watch, recorder, made, last: () => made.at(-1)! };
}

it('leaves out a stored trigger that is invalid now, and says so', () => {
  const { recorder, last } = watchOf([login, broken]);
  expect(last().names).toEqual(['login']);
  expect(recorder.events).toMatchObject([{ type: 'console.trigger-stopped', host: 'r1', data: { trigger: 'broken' } }]);
});

it('records a trigger that matches every line after ten seconds, and then ever more seldom', () => {
  const { recorder, last } = watchOf([login]);
  const match = (at: number): void => last().events.matched({ trigger: login, line: 'login:', at, answer: undefined });
  for (let at = 0; at <= 75_000; at += 100) match(at);
  expect(recorder.events).toHaveLength(4);
  for (let at = 75_000; at <= 24 * 3_600_000; at += 1000) match(at);
  expect(recorder.events.length).toBeLessThan(4 + 24 * 6 + 5);
});

it('records each match of a trigger that matches now and then, and the first one after a pause', () => {
  const { recorder, last } = watchOf([login]);
  const match = (at: number): void => last().events.matched({ trigger: login, line: 'login:', at, answer: undefined });
  for (let at = 0; at < 30 * 60_000; at += 30_000) match(at);
  expect(recorder.events).toHaveLength(60);
  // Also where the clock was set back.
  match(0);
  expect(recorder.events).toHaveLength(61);
});

it('records an answer when it was typed, and not when the console was closed meanwhile', async () => {
  const answer = Buffer.from('root\r');
  const typed = watchOf([login]);
  typed.last().events.matched({ trigger: login, line: 'login:', at: 0, answer });
  await Promise.resolve();
  expect(typed.recorder.types()).toEqual(['console.matched', 'console.answered']);
  const gone = watchOf([login], () => Promise.reject(new BootbenchError('E_CONSOLE_GONE', 'gone')));
  gone.last().events.matched({ trigger: login, line: 'login:', at: 0, answer });
  await Promise.resolve();
  expect(gone.recorder.types()).toEqual(['console.matched']);
});

it('starts over with each boot, and with other triggers, but not without a change', () => {
  const triggers = [login];
  const { watch, made } = watchOf(triggers);
  watch.refresh();
  watch.push(new Uint8Array(1), 1);
  expect(made).toHaveLength(1);
  watch.reset();
  watch.push(new Uint8Array(1), 2);
  expect(made.map(({ closed }) => closed)).toEqual([true, false]);
  triggers.push({ ...login, name: 'another' });
  watch.refresh();
  watch.push(new Uint8Array(1), 3);
  expect(made.at(-1)?.names).toEqual(['login', 'another']);
});
