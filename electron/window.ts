import { app, BrowserWindow, dialog, nativeTheme, screen } from 'electron';
import { join } from 'node:path';
import type { Clock, Log } from '../contract/runtime.ts';
import type { Quit } from './quit.ts';
import { isOurPage, PAGE_URL } from './sender.ts';
import { CLOSE, COPY_ADDRESS, RELOAD, windowCrashes, type BoxText } from './sentences.ts';
import { followState, readWindowState, SMALLEST, writeWindowState, type Followed } from './window-state.ts';

export interface WindowOptions {
  readonly dataDir: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly quit: Pick<Quit, 'mayClose' | 'now'>;
  /** Copies the page's URL, with its token, for a browser. */
  copyAddress(): void;
}

const SAVE_AFTER = 500;
/** Enough for the window manager of a busy computer. */
const SETTLE_MS = 3000;
/** A page that crashes more often than this within a minute is not loaded again. */
const MOST_CRASHES = 3;

/** The one window: sandboxed, where it was last time, and loaded again when its page crashes. */
export function openWindow(options: WindowOptions): BrowserWindow {
  const file = join(options.dataDir, 'window.json');
  const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const state = readWindowState(file, areas);
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    ...state.at,
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    show: false,
    autoHideMenuBar: true,
    // The page's own ground (tokens.css), so nothing flashes before it is there.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#14171a' : '#fbfbf9',
    title: 'Bootbench',
    webPreferences: {
      preload: join(import.meta.dirname, '..', 'preload', 'index.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  const followed = followState(state, window.getNormalBounds());
  if (state.maximized) window.maximize();
  keepState(window, file, followed, options.clock);
  if (process.platform === 'linux') settleFrame(window, followed, options.clock);
  holdClose(window, options.quit);
  mendPage(window, options);
  returnToPage(window);
  window.once('ready-to-show', () => window.show());
  void window.loadURL(PAGE_URL);
  return window;
}

/** Saves a moment after each move, not only at the end: the program may crash. */
function keepState(window: BrowserWindow, file: string, followed: Followed, clock: Clock): void {
  let cancel = (): void => undefined;
  const save = (): void => {
    cancel();
    if (window.isDestroyed()) return;
    const hidden = window.isMinimized() || window.isFullScreen();
    writeWindowState(file, followed.next({ bounds: window.getNormalBounds(), maximized: window.isMaximized(), hidden }));
  };
  const saveSoon = (): void => {
    cancel();
    cancel = clock.after(SAVE_AFTER, save);
  };
  window.on('move', saveSoon);
  window.on('resize', saveSoon);
  window.on('maximize', saveSoon);
  window.on('unmaximize', saveSoon);
  window.on('close', save);
  window.on('closed', () => cancel());
}

/** The window manager frames a window as soon as it is shown, or restored where it opened maximized. */
function settleFrame(window: BrowserWindow, followed: Followed, clock: Clock): void {
  let since: number | undefined;
  const observe = (): void => {
    if (!window.isVisible() || window.isMaximized() || window.isMinimized() || window.isFullScreen()) return;
    since ??= clock.now();
    if (clock.now() - since < SETTLE_MS) followed.settle(window.getNormalBounds());
  };
  window.once('show', () => {
    if (!window.isMaximized()) since = clock.now();
  });
  window.on('move', observe);
}

/** The program ends with its window, and not before the appliance has stopped. */
function holdClose(window: BrowserWindow, quit: WindowOptions['quit']): void {
  window.on('close', (event) => {
    if (quit.mayClose) return;
    event.preventDefault();
    app.quit();
  });
  // Windows ends the program a moment later.
  window.on('session-end', () => quit.now());
}

/** The appliance runs on without its page; the page comes back and takes a snapshot. */
function mendPage(window: BrowserWindow, { log, clock, copyAddress }: WindowOptions): void {
  let crashes: number[] = [];
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    log.error({ reason, exitCode }, 'the window crashed');
    const now = clock.monotonic();
    crashes = [...crashes.filter((at) => now - at < 60_000), now];
    if (crashes.length <= MOST_CRASHES) window.reload();
    else void offerWays(window, windowCrashes(reason, exitCode), copyAddress);
  });
}

/**
 * Electron cannot refuse every navigation of a page's own script: it sends no event before about:blank is loaded, and about:srcdoc fails and
 * leaves the window empty. The page is loaded again then.
 */
function returnToPage(window: BrowserWindow): void {
  const { webContents } = window;
  const returnFrom = (url: string): void => {
    if (!isOurPage(url)) void window.loadURL(PAGE_URL);
  };
  webContents.on('did-navigate', (_event, url) => returnFrom(url));
  // A navigation that fails or is refused without an effect leaves the page's URL.
  webContents.on('did-fail-load', () => returnFrom(webContents.getURL()));
}

/** Not showErrorBox, which holds the main process: with it the log, the keychain, and the way to quit. */
async function offerWays(window: BrowserWindow, text: BoxText, copyAddress: () => void): Promise<void> {
  const buttons = [RELOAD, COPY_ADDRESS, CLOSE];
  const { response } = await dialog.showMessageBox(window, { type: 'error', ...text, buttons, defaultId: 0, cancelId: 2 });
  if (buttons[response] === COPY_ADDRESS) copyAddress();
  if (buttons[response] === RELOAD && !window.isDestroyed()) window.reload();
}

/** Shows the window, loading its page again where it has crashed. */
export function bringForward(window: Pick<BrowserWindow, 'webContents' | 'reload' | 'isMinimized' | 'restore' | 'show' | 'focus'>): void {
  if (window.webContents.isCrashed()) window.reload();
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
