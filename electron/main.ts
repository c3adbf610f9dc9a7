import { app, BrowserWindow, dialog } from 'electron';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorBody } from '../contract/errors.ts';
import { systemClock } from '../contract/runtime.ts';
import { openLog } from '../headless/log.ts';
import { SERVE_OPTIONS, settingsOf } from '../headless/settings.ts';
import { startThread, type Thread } from '../main-services/thread.ts';
import { desktopHost } from './host-services.ts';
import { bridgePorts } from './ports.ts';
import { openWindow } from './window.ts';

/** The program's folder; this file is out/main/index.js in it. */
const root = join(import.meta.dirname, '..', '..');

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', showWindow);
  app.on('activate', showWindow);
  app.on('window-all-closed', () => app.quit());
  app.whenReady().then(run).catch(giveUp);
} else app.quit();

async function run(): Promise<void> {
  const { values } = parseArgs({ args: ownArguments(), options: { ...SERVE_OPTIONS, 'data-dir': { type: 'string' } }, strict: false });
  const settings = settingsOf(values, { env: process.env, platform: process.platform, cwd: process.cwd(), home: homedir(), root });
  const log = openLog(settings.dataDir, (text) => process.stderr.write(text), false);
  const workerFile = join(import.meta.dirname, 'thread.js');
  const thread = await startThread({ settings, hostServices: desktopHost(), log, clock: systemClock, workerFile });
  process.stdout.write(`${JSON.stringify({ event: 'ready', ...thread.ready })}\n`);
  stopBeforeQuit(thread);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit());
  bridgePorts(thread);
  openWindow();
}

/** In a package the program's own path comes first; in development also the folder that Electron was told to run. */
function ownArguments(): string[] {
  return process.argv.slice(app.isPackaged ? 1 : 2);
}

function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows();
  if (!window) {
    if (app.isReady()) openWindow();
    return;
  }
  if (window.isMinimized()) window.restore();
  window.focus();
}

/** Holds the end of the program until the appliance has stopped: DHCP answers nobody by halves. */
function stopBeforeQuit(thread: Thread): void {
  let stopped = false;
  app.on('before-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    void thread.stop().finally(() => {
      stopped = true;
      app.quit();
    });
  });
}

function giveUp(error: unknown): void {
  const { code, title, message, next } = errorBody(error);
  process.stderr.write(`${code}: ${message}\n${next}\n`);
  dialog.showErrorBox(title, `${message}\n\n${next}\n\n${code}`);
  app.exit(1);
}
