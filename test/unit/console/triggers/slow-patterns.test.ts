import { expect, it } from 'vitest';
import { ConsoleTrigger } from '../../../../contract/console.ts';
import { Budget } from '../../../../main-services/console/triggers/budget.ts';
import { createMatcher } from '../../../../main-services/console/triggers/create-matcher.ts';

/** Once per test the machine code of a pattern is made, or memory is collected. */
const MAX_ONCE_MS = 150;
const MAX_BLOCKED_MS = 40;

const SLOW = [
  '(a*)*b',
  '(x+x+)+y',
  '.{1,140}.{1,140}z',
  '(?:.{0,17}){0,17}[zq]',
  '(x.?){1,90}[yq]',
  '(?i)(?:[\\pL\\pN]|\\p{Greek}){80}[^a-z]q',
  '(.*)(.*)(.*)(.*)(.*)[zq]',
  'x.{90}[zq]',
  'x.{34}[zq]',
  '(?:x.{40}|a.{41}|[xa].{42})[zq]',
  '(x.{1,90}x|a.{1,90}a)[zq]',
  `(${Array.from({ length: 60 }, (_, index) => `w${index}.*`).join('|')})[zq]`,
];

/** `x` and `a` in an order that never repeats: a state machine that is built as it is needed needs a state for each character. */
const RANDOM = Array.from({ length: 20 }, (_, line) =>
  Array.from({ length: 2000 }, (_, at) => (isOdd((line + 1) * 7919 + at) ? 'x' : 'a')).join(''),
);

function isOdd(seed: number): boolean {
  return (Math.imul(seed ^ (seed >>> 7), 0x9e3779b1) >>> 15) % 2 === 1;
}

/** Lines that patterns of `x`, `a` and letters follow to their end, and hardly ever match. */
const LINES = [
  ...RANDOM,
  'x'.repeat(2000),
  'a'.repeat(2000),
  'xa'.repeat(1000),
  'xyé'.repeat(600),
  `w1${'w2 '.repeat(600)}`,
  'aΣxz '.repeat(400),
];

/** For how long the event loop was not free, the two longest times, of this thread's own CPU time: other programs do not count. */
async function longestBlocks(work: () => void, isDone: () => boolean): Promise<{ first: number; second: number }> {
  const blocks = [0, 0];
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const measure = (since: number): void => void blocks.push(cpuMs() - since);
  const start = cpuMs();
  work();
  measure(start);
  while (!isDone()) {
    const before = cpuMs();
    await turn();
    measure(before);
  }
  const [first = 0, second = 0] = blocks.sort((one, other) => other - one);
  return { first, second };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

it.each(SLOW)('never blocks the event loop, whatever the output: %s', async (pattern) => {
  const trigger = ConsoleTrigger.parse({ name: 'slow', pattern });
  const last = ConsoleTrigger.parse({ name: 'last', pattern: 'the last line' });
  let done = false;
  let stopped = 0;
  const matcher = createMatcher([trigger, last], {
    matched: (match) => void (done ||= match.trigger.name === 'last'),
    stopped: () => {
      stopped++;
    },
  });
  const output = Buffer.from(`${LINES.join('\n')}\n`.repeat(6));
  const { first, second } = await longestBlocks(
    () => {
      matcher.push(output, 0);
      matcher.push(Buffer.from('the last line\n'), 0);
    },
    () => done,
  );
  expect(second).toBeLessThan(MAX_BLOCKED_MS);
  expect(first).toBeLessThan(MAX_ONCE_MS);
  expect(stopped).toBeLessThanOrEqual(1);
  matcher.close();
});

it('does not block the event loop for longer with many consoles, each with a slow pattern of its own', async () => {
  let done = 0;
  const matchers = Array.from({ length: 64 }, (_, host) => {
    const slow = { name: 'slow', pattern: `.{1,140}.{1,140}[z${String.fromCharCode(0x4e00 + host)}]` };
    const triggers = [slow, { name: 'last', pattern: 'the last line' }].map((trigger) => ConsoleTrigger.parse(trigger));
    const matched = ({ trigger }: { trigger: ConsoleTrigger }): void => void (done += trigger.name === 'last' ? 1 : 0);
    return createMatcher(triggers, { matched, stopped: () => undefined });
  });
  const output = Buffer.from(`${RANDOM.slice(0, 2).join('\n')}\nthe last line\n`);
  const { first, second } = await longestBlocks(
    () => {
      for (const matcher of matchers) matcher.push(output, 0);
    },
    () => done === matchers.length,
  );
  for (const matcher of matchers) matcher.close();
  expect(second).toBeLessThan(MAX_BLOCKED_MS);
  expect(first).toBeLessThan(MAX_ONCE_MS);
});

it('stops a pattern that takes more than its share, and not one that is slow now and then', () => {
  const busy = new Budget();
  const excesses = Array.from({ length: 10 }, (_, index) => busy.spend(100, (index + 1) * 1000));
  expect(excesses.findIndex((excess) => excess !== undefined)).toBe(4);
  expect(excesses[4]).toMatchObject({ ms: 300, seconds: 4 });
  const fair = new Budget();
  expect(Array.from({ length: 1000 }, (_, index) => fair.spend(49, index * 1000)).every((excess) => excess === undefined)).toBe(true);
  expect(new Budget().spend(200, 0)).toBeUndefined();
});
