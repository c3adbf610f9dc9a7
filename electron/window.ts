import { BrowserWindow, dialog, nativeTheme, screen } from 'electron';
import { join } from 'node:path';
import type { Clock, Log } from '../contract/runtime.ts';
import { PAGE } from './sender.ts';
import { readWindowState, SMALLEST, writeWindowState } from './window-state.ts';

export interface WindowOptions {
  readonly dataDir: string;
  readonly log: Log;
  readonly clock: Clock;
}

const SAVE_AFTER = 500;
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
  if (state.maximized) window.maximize();
  keepState(window, file, options.clock);
  mendPage(window, options);
  window.once('ready-to-show', () => window.show());
  void window.loadFile(PAGE);
  return window;
}

/** Saves a moment after each move, not only at the end: the program may crash. */
function keepState(window: BrowserWindow, file: string, clock: Clock): void {
  let cancel = (): void => undefined;
  const save = (): void => {
    cancel();
    if (!window.isDestroyed()) writeWindowState(file, { at: window.getNormalBounds(), maximized: window.isMaximized() });
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

/** The appliance runs on without its page; the page comes back and takes a snapshot. */
function mendPage(window: BrowserWindow, { log, clock }: WindowOptions): void {
  let crashes: number[] = [];
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    log.error({ reason, exitCode }, 'the window crashed');
    const now = clock.now();
    crashes = [...crashes.filter((at) => now - at < 60_000), now];
    if (crashes.length <= MOST_CRASHES) window.reload();
    else
      dialog.showErrorBox(
        'The window keeps crashing',
        `Bootbench itself keeps running. Restart it; if the window still crashes, open its page in a browser (${reason}, exit code ${exitCode}).`,
      );
  });
}
