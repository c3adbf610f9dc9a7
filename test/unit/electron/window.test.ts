import type { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../../contract/runtime.ts';
import type { Area } from '../../../electron/window-state.ts';
import { PAGE_URL } from './pretended-electron.ts';
import { bringForward, openWindow } from '../../../electron/window.ts';

interface Box {
  readonly window: unknown;
  readonly options: { detail: string; buttons: string[]; defaultId: number; cancelId: number };
  answer(response: number): void;
}

/** What the pretended Electron noted. */
const noted = vi.hoisted(() => ({ boxes: [] as unknown[], quits: 0 }));
const boxes = noted.boxes as Box[];

vi.mock('electron', async () => {
  const { EventEmitter } = await import('node:events');
  class BrowserWindow extends EventEmitter {
    readonly webContents = Object.assign(new EventEmitter(), {
      ...{ crashed: false, url: 'bootbench://app/index.html' },
      isCrashed: () => this.webContents.crashed,
      getURL: () => this.webContents.url,
    });
    readonly done: string[] = [];
    readonly loaded: string[] = [];
    bounds: Area;
    maximized = false;
    minimized = false;
    fullScreen = false;
    constructor(options: Partial<Area>) {
      super();
      this.bounds = { x: 320, y: 140, width: 1280, height: 800, ...options };
      const { x, y, width, height } = this.bounds;
      this.bounds = { x, y, width, height };
    }
    getNormalBounds = (): Area => this.bounds;
    isMaximized = (): boolean => this.maximized;
    isMinimized = (): boolean => this.minimized;
    isFullScreen = (): boolean => this.fullScreen;
    isDestroyed = (): boolean => false;
    maximize = (): void => void (this.maximized = true);
    restore = (): void => void (this.minimized = false);
    isVisible = (): boolean => this.done.includes('show');
    show = (): void => {
      this.done.push('show');
      this.emit('show');
    };
    focus = (): void => void this.done.push('focus');
    reload = (): void => {
      this.done.push('reload');
      this.webContents.crashed = false;
    };
    loadURL = (url: string): Promise<void> => {
      this.loaded.push(url);
      return Promise.resolve();
    };
  }
  return {
    BrowserWindow,
    app: { quit: () => (noted.quits += 1) },
    dialog: {
      showErrorBox: () => expect.unreachable('it holds the main process'),
      showMessageBoxSync: () => expect.unreachable('it holds the main process'),
      showMessageBox: (window: unknown, options: unknown) =>
        new Promise((resolve) => noted.boxes.push({ window, options, answer: (response: number) => resolve({ response }) })),
    },
    nativeTheme: { shouldUseDarkColors: false },
    screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] },
  };
});

interface PretendedWindow extends EventEmitter {
  readonly webContents: EventEmitter & { crashed: boolean; url: string };
  readonly done: string[];
  readonly loaded: string[];
  bounds: Area;
  maximized: boolean;
  minimized: boolean;
  fullScreen: boolean;
}

let dataDir: string;
let now: number;
let copies: number;
let ends: number;
const quit = { mayClose: false, now: (): void => void (ends += 1) };
const AT = { x: 100, y: 80, width: 1000, height: 640 };

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'window-'));
  boxes.length = 0;
  [now, copies, ends, noted.quits, quit.mayClose] = [0, 0, 0, 0, false];
});
afterEach(() => rmSync(dataDir, { recursive: true }));

function open(): PretendedWindow {
  const clock = { now: () => now, monotonic: () => now, after: () => () => undefined };
  return openWindow({ dataDir, log: silentLog, clock, quit, copyAddress: () => void (copies += 1) }) as unknown as PretendedWindow;
}

function crash(window: PretendedWindow): void {
  window.webContents.crashed = true;
  window.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
}

const closing = (window: PretendedWindow): boolean => {
  let held = false;
  window.emit('close', { preventDefault: () => (held = true) });
  return !held;
};
const saved = (): unknown => JSON.parse(readFileSync(join(dataDir, 'window.json'), 'utf8'));
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a page that crashes', () => {
  it('is loaded again, three times within a minute; then a box that does not hold the program offers ways', () => {
    const window = open();
    for (let time = 0; time < 3; time++) crash(window);
    expect(window.done).toEqual(['reload', 'reload', 'reload']);
    crash(window);
    expect(window.done).toHaveLength(3);
    expect(boxes).toHaveLength(1);
    expect(boxes[0]?.window).toBe(window);
    expect(boxes[0]?.options.detail).toContain('exit code 5');
  });

  it('is loaded again as often as it likes, a minute apart', () => {
    const window = open();
    for (let time = 0; time < 9; time++) {
      now += 61_000;
      crash(window);
    }
    expect([window.done.length, boxes.length]).toEqual([9, 0]);
  });

  it.each([
    ['Reload', 'reload', 0],
    ['Copy page address', undefined, 1],
    ['Close', undefined, 0],
  ])('is at the user’s choice then: %s', async (button, done, copied) => {
    const window = open();
    for (let time = 0; time < 4; time++) crash(window);
    const { options, answer } = boxes[0]!;
    window.done.length = 0;
    answer(options.buttons.indexOf(button));
    await settled();
    expect([window.done[0], copies]).toEqual([done, copied]);
  });

  it('comes back with a second start', () => {
    const window = open();
    window.webContents.crashed = true;
    bringForward(window as never);
    expect(window.done).toEqual(['reload', 'show', 'focus']);
    window.done.length = 0;
    window.minimized = true;
    bringForward(window as never);
    expect([window.done, window.minimized]).toEqual([['show', 'focus'], false]);
  });
});

describe('the page', () => {
  it('is the only one, and comes back when its script leaves it', () => {
    const window = open();
    expect(window.loaded).toEqual([PAGE_URL]);
    for (const url of [PAGE_URL, `${PAGE_URL}#/hosts`]) window.webContents.emit('did-navigate', {}, url);
    expect(window.loaded).toHaveLength(1);
    for (const url of ['about:blank', 'chrome://gpu/']) window.webContents.emit('did-navigate', {}, url);
    expect(window.loaded).toEqual([PAGE_URL, PAGE_URL, PAGE_URL]);
  });

  it.each([
    ['comes back from a navigation that fails and leaves the window empty', 'about:srcdoc', 2],
    ['stays after one that has no effect', PAGE_URL, 1],
  ])('%s', (_what, url, loads) => {
    const window = open();
    window.webContents.url = url;
    window.webContents.emit('did-fail-load', {}, -300, 'ERR_INVALID_URL', 'about:srcdoc', true);
    expect(window.loaded).toHaveLength(loads);
  });
});

describe('closing the window', () => {
  it('quits, and keeps the window until the appliance has stopped', () => {
    const window = open();
    expect([closing(window), noted.quits]).toEqual([false, 1]);
    quit.mayClose = true;
    expect([closing(window), noted.quits]).toEqual([true, 1]);
  });

  it('by the end of the session asks nothing', () => {
    open().emit('session-end');
    expect([ends, noted.quits]).toEqual([1, 0]);
  });
});

describe('what is saved', () => {
  it('is the size before it was maximized, also after a start as maximized', () => {
    writeFileSync(join(dataDir, 'window.json'), JSON.stringify({ at: AT, maximized: true }));
    const window = open();
    expect([window.maximized, window.bounds]).toEqual([true, AT]);
    window.bounds = { x: 0, y: 0, width: 1920, height: 1080 };
    closing(window);
    expect(saved()).toEqual({ at: AT, maximized: true });
  });

  it.each(['minimized', 'fullScreen'] as const)('is nothing of a window that is %s', (state) => {
    writeFileSync(join(dataDir, 'window.json'), JSON.stringify({ at: AT, maximized: false }));
    const window = open();
    window[state] = true;
    window.bounds = { x: 7, y: 7, width: 200, height: 30 };
    closing(window);
    expect(saved()).toEqual({ at: AT, maximized: false });
  });

  /** Moves a window as an X server reports it. */
  function moveBy(window: PretendedWindow, x: number, y: number): void {
    window.bounds = { ...window.bounds, x: window.bounds.x + x, y: window.bounds.y + y };
    window.emit('move');
  }
  const onX11 = it.runIf(process.platform === 'linux');

  onX11('does not include the frame of the window manager', () => {
    for (let start = 0; start < 3; start++) {
      const window = open();
      window.emit('ready-to-show');
      moveBy(window, 1, 20);
      closing(window);
      expect(saved()).toEqual({ at: { x: 320, y: 140, width: 1280, height: 800 }, maximized: false });
    }
  });

  onX11('does not include the frame of a window that opened maximized and was restored later', () => {
    writeFileSync(join(dataDir, 'window.json'), JSON.stringify({ at: AT, maximized: true }));
    const window = open();
    window.emit('ready-to-show');
    now += 60_000;
    window.maximized = false;
    moveBy(window, 1, 20);
    closing(window);
    expect(saved()).toEqual({ at: AT, maximized: false });
  });

  onX11('includes where its user moved it in its first half second', () => {
    const window = open();
    window.emit('ready-to-show');
    moveBy(window, 1, 20);
    now += 100;
    moveBy(window, 30, 40);
    closing(window);
    expect(saved()).toMatchObject({ at: { x: 350, y: 180 } });
  });

  it('includes a short move of a window that no frame has moved', () => {
    const window = open();
    window.emit('ready-to-show');
    now += 5000;
    moveBy(window, 30, 40);
    closing(window);
    expect(saved()).toMatchObject({ at: { x: 350, y: 180 } });
  });
});
