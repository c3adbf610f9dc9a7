import { expect, it } from 'vitest';
import { TypedKeys } from '../../../../cli/console/typed-keys.ts';

/** Calls that end when the test says so. */
function keyboard() {
  const calls: { bytes: string; done: (error?: Error) => void }[] = [];
  const flow: string[] = [];
  const typed = new TypedKeys({
    send: (bytes) =>
      new Promise((resolve, reject) => {
        calls.push({ bytes: Buffer.from(bytes).toString(), done: (error) => (error ? reject(error) : resolve()) });
      }),
    failed: (error) => flow.push(String(error)),
    pause: () => flow.push('pause'),
    resume: () => flow.push('resume'),
  });
  return { typed, calls, flow };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('sends in order, one call at a time, with what was typed meanwhile in the next', async () => {
  const { typed, calls } = keyboard();
  for (const key of 'root\r') typed.push(Buffer.from(key));
  expect(calls.map(({ bytes }) => bytes)).toEqual(['r']);
  calls[0]?.done();
  await turn();
  expect(calls.map(({ bytes }) => bytes)).toEqual(['r', 'oot\r']);
  let isIdle = false;
  void typed.idle().then(() => (isIdle = true));
  await turn();
  expect(isIdle).toBe(false);
  calls[1]?.done();
  await turn();
  expect(isIdle).toBe(true);
});

it('discards what waits after a failure, and sends what is typed later', async () => {
  const { typed, calls, flow } = keyboard();
  typed.push(Buffer.from('a'));
  typed.push(Buffer.from('b'));
  calls[0]?.done(new Error('someone else types'));
  await turn();
  expect(flow).toEqual(['Error: someone else types']);
  typed.push(Buffer.from('c'));
  expect(calls.map(({ bytes }) => bytes)).toEqual(['a', 'c']);
});

it('cuts a pasted file into calls, and reads no more keys while it waits', async () => {
  const { typed, calls, flow } = keyboard();
  const file = 'x'.repeat(70_000) + 'y'.repeat(70_000);
  typed.push(Buffer.from('1'));
  typed.push(Buffer.from(file));
  expect(flow).toEqual(['pause']);
  // Each call that ends lets another one begin.
  for (const { done } of calls) {
    done();
    await turn();
  }
  expect(calls.map(({ bytes }) => bytes).join('')).toBe(`1${file}`);
  expect(Math.max(...calls.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(48 * 1024);
  expect(flow).toEqual(['pause', 'resume']);
});
