import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdQuit, type Quit, type QuitOptions } from '../../../electron/quit.ts';

const electron = vi.hoisted((): { app: unknown } => ({ app: undefined }));
vi.mock('electron', () => electron);

/** Quits as Electron does: unless a listener prevents it. */
class PretendedApp extends EventEmitter {
  ended: number | undefined;
  relaunched: unknown;
  /** A window that does not close. */
  hangs = false;
  quit(): void {
    const preventDefault = vi.fn();
    this.emit('before-quit', { preventDefault });
    if (preventDefault.mock.calls.length === 0 && !this.hangs) this.ended ??= 0;
  }
  exit(code: number): void {
    this.ended ??= code;
  }
  relaunch(options: unknown): void {
    this.relaunched = options;
  }
}

let app: PretendedApp;
let stops: number;
let finishStop: () => void;
let questions: AbortSignal[];
let answer: (agreed: boolean) => void;
let timers: (() => void)[];
let quit: Quit;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function start(options: Partial<QuitOptions> = {}): void {
  quit = holdQuit({
    clock: { now: () => 0, monotonic: () => 0, after: (_ms, run) => (timers.push(run), () => undefined) },
    confirm: (signal) => {
      questions.push(signal);
      return new Promise((resolve) => (answer = resolve));
    },
    stop: () => {
      stops += 1;
      return new Promise((resolve) => (finishStop = resolve));
    },
    ...options,
  });
}

beforeEach(() => {
  app = new PretendedApp();
  electron.app = app;
  [stops, questions, timers] = [0, [], []];
  start();
});
afterEach(() => void vi.unstubAllEnvs());

describe('quitting', () => {
  it('asks, stops the appliance, and then ends', async () => {
    app.quit();
    expect([questions.length, stops]).toEqual([1, 0]);
    answer(true);
    await settled();
    expect([stops, app.ended, quit.mayClose]).toEqual([1, undefined, false]);
    finishStop();
    await settled();
    expect([app.ended, quit.mayClose]).toEqual([0, true]);
  });

  it('does nothing when the user refuses, and asks again next time', async () => {
    app.quit();
    answer(false);
    await settled();
    expect([stops, app.ended, quit.isEnding]).toEqual([0, undefined, false]);
    app.quit();
    expect(questions).toHaveLength(2);
  });

  it('asks once while the question is open', () => {
    app.quit();
    app.quit();
    expect(questions).toHaveLength(1);
  });

  it('stops once, and does not end before the appliance has stopped', async () => {
    app.quit();
    answer(true);
    await settled();
    app.quit();
    quit.now();
    await settled();
    expect([questions.length, stops, app.ended]).toEqual([1, 1, undefined]);
    finishStop();
    await settled();
    expect(app.ended).toBe(0);
  });

  it('ends when the question cannot be asked', async () => {
    app.removeAllListeners();
    start({ confirm: () => Promise.reject(new Error('no display')) });
    app.quit();
    await settled();
    expect(stops).toBe(1);
  });

  it('ends when stopping fails', async () => {
    app.removeAllListeners();
    start({ stop: () => Promise.reject(new Error('disk')) });
    quit.now();
    await settled();
    expect(app.ended).toBe(0);
  });

  it('ends though a window does not close', async () => {
    app.hangs = true;
    quit.now();
    finishStop();
    await settled();
    expect(app.ended).toBeUndefined();
    timers.forEach((run) => run());
    expect(app.ended).toBe(0);
  });
});

describe('a signal', () => {
  it('ends without a question', async () => {
    quit.now();
    expect([questions.length, stops, quit.isEnding]).toEqual([0, 1, true]);
    finishStop();
    await settled();
    expect(app.ended).toBe(0);
  });

  it('ends while the question is open, closes it, and ignores its answer', async () => {
    app.quit();
    quit.now();
    expect([stops, questions[0]?.aborted]).toEqual([1, true]);
    answer(false);
    await settled();
    expect([stops, quit.isEnding]).toEqual([1, true]);
    finishStop();
    await settled();
    expect(app.ended).toBe(0);
  });
});

describe('a second start while the program ends', () => {
  it.each([
    ['an installed program', undefined, {}],
    ['an AppImage, whose running binary is gone then', '/opt/Bootbench.AppImage', { execPath: '/opt/Bootbench.AppImage' }],
  ])('starts %s afterwards', async (_what, appImage, place) => {
    vi.stubEnv('APPIMAGE', appImage);
    quit.now();
    quit.thenStart(['--nic', 'eth0', '/a.iso']);
    expect(app.relaunched).toBeUndefined();
    finishStop();
    await settled();
    expect([app.relaunched, app.ended]).toEqual([{ args: ['--nic', 'eth0', '/a.iso'], ...place }, 0]);
  });

  it('is the only reason for another start', async () => {
    quit.now();
    finishStop();
    await settled();
    expect(app.relaunched).toBeUndefined();
  });
});
