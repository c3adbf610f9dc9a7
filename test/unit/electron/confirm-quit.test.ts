import { beforeEach, describe, expect, it, vi } from 'vitest';
import { serve, type Handlers, type Port } from '../../../contract/port.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { confirmQuit } from '../../../electron/confirm-quit.ts';

interface Box {
  message: string;
  detail: string;
  buttons: string[];
  defaultId: number;
  cancelId: number;
  signal: AbortSignal;
}

const electron = vi.hoisted(() => ({ windows: [] as unknown[], boxes: [] as [unknown, unknown][], response: 0 }));
vi.mock('electron', () => ({
  BrowserWindow: { getAllWindows: () => electron.windows },
  dialog: {
    showMessageBox: (...args: unknown[]) => {
      electron.boxes.push([args.length > 1 ? args[0] : undefined, args.at(-1)]);
      return Promise.resolve({ response: electron.response });
    },
    showErrorBox: () => expect.unreachable('a box that holds the main process'),
  },
}));

/** An appliance in the same thread; `closed` tells whether its port was given back. */
function appliance(handlers: Partial<Handlers>): { openPort(): Port; closed: boolean } {
  const state = {
    closed: false,
    openPort(): Port {
      const listeners: [(message: unknown) => void, (message: unknown) => void] = [() => undefined, () => undefined];
      const side = (mine: 0 | 1, other: 0 | 1): Port => ({
        send: (message) => queueMicrotask(() => listeners[other](message)),
        onMessage: (listener) => (listeners[mine] = listener),
        onClose: () => undefined,
        close: () => (state.closed = true),
      });
      serve(side(0, 1), handlers as Handlers);
      return side(1, 0);
    },
  };
  return state;
}

const job = (host: string, state: string): never => ({ id: host, host, image: 'debian-13', state }) as never;
const patient: Clock = { now: () => 0, monotonic: () => 0, after: () => () => undefined };
const impatient: Clock = { now: () => 0, monotonic: () => 0, after: (_ms, run) => (setImmediate(run), () => undefined) };
const box = (): Box => electron.boxes[0]?.[1] as Box;
const { signal } = new AbortController();

beforeEach(() => {
  electron.boxes.length = 0;
  electron.windows.length = 0;
  electron.response = 0;
});

describe('quitting', () => {
  it('needs no question without jobs, or after they ended', async () => {
    const thread = appliance({ 'job.list': () => [job('web-1', 'done'), job('web-2', 'failed'), job('web-3', 'cancelled')] });
    expect(await confirmQuit(thread, patient, signal)).toBe(true);
    expect(electron.boxes).toEqual([]);
    expect(thread.closed).toBe(true);
  });

  it.each(['queued', 'running', 'waiting'])('asks while a job is %s: which one, and what becomes of it', async (state) => {
    const window = {};
    electron.windows.push(window);
    const thread = appliance({ 'job.list': () => [job('web-1', 'done'), job('web-2', state)] });
    expect(await confirmQuit(thread, patient, signal)).toBe(true);
    expect(electron.boxes).toHaveLength(1);
    expect(electron.boxes[0]?.[0]).toBe(window);
    expect(box().detail).toContain('web-2: debian-13');
    expect(box().detail).not.toContain('web-1');
    expect(box().detail).toMatch(/continue/);
    expect(box().signal).toBe(signal);
  });

  it('is refused by the button, by Escape and by Enter without a choice', async () => {
    electron.response = 1;
    const thread = appliance({ 'job.list': () => [job('web-1', 'running'), job('web-2', 'running')] });
    expect(await confirmQuit(thread, patient, signal)).toBe(false);
    const { buttons, defaultId, cancelId, message } = box();
    expect([buttons[defaultId], buttons[cancelId]]).toEqual(['Keep running', 'Keep running']);
    expect(message).toContain('2 jobs');
  });

  it('names a few of very many jobs, and their number', async () => {
    const jobs = Array.from({ length: 40 }, (_, number) => job(`web-${number}`, 'queued'));
    await confirmQuit(appliance({ 'job.list': () => jobs }), patient, signal);
    expect(box().message).toContain('40 jobs');
    expect(box().detail.split('\n').length).toBeLessThan(15);
    expect(box().detail).toContain('and 32 more');
  });

  it.each<[string, Partial<Handlers>, Clock]>([
    ['does not answer', { 'job.list': () => new Promise<never>(() => undefined) }, impatient],
    ['fails', { 'job.list': () => Promise.reject(new Error('database')) }, patient],
  ])('needs no question of an appliance that %s', async (_what, handlers, clock) => {
    expect(await confirmQuit(appliance(handlers), clock, signal)).toBe(true);
    expect(electron.boxes).toEqual([]);
  });

  it('asks nothing that a signal has answered already', async () => {
    const thread = appliance({ 'job.list': () => [job('web-1', 'running')] });
    await confirmQuit(thread, patient, AbortSignal.abort());
    expect(electron.boxes).toEqual([]);
  });
});
