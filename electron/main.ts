import { app, BrowserWindow, dialog, Menu, shell } from 'electron';
import { homedir } from 'node:os';
import { parseArgs } from 'node:util';
import type { Settings } from '../contract/appliance.ts';
import { errorBody } from '../contract/errors.ts';
import { systemClock, type Log } from '../contract/runtime.ts';
import { openLog } from '../headless/log.ts';
import { SERVE_OPTIONS, settingsOf } from '../headless/settings.ts';
import { startThread, type Thread } from '../main-services/thread/host.ts';
import { filesOf, isoFilesOf, openFileGate, type FileGate } from './files.ts';
import { desktopHost } from './host-services.ts';
import { lockDown } from './lockdown.ts';
import { menuTemplate } from './menu.ts';
import { pathsOf } from './paths.ts';
import { bridgePorts } from './ports.ts';
import { openWindow } from './window.ts';

const places = pathsOf(import.meta.dirname, app.isPackaged ? process.resourcesPath : undefined);
const ownFiles = isoFilesOf(ownArguments(), process.cwd());
let showWindow = (): void => undefined;

// A second start passes its files separately, because Chromium reorders its command line.
if (app.requestSingleInstanceLock({ files: ownFiles })) {
  lockDown();
  const files = openFileGate();
  files.open(ownFiles);
  app.on('open-file', (event, path) => {
    event.preventDefault();
    files.open([path]);
    showWindow();
  });
  app.on('second-instance', (_event, _args, _cwd, second) => {
    files.open(filesOf(second));
    showWindow();
  });
  app.on('activate', () => showWindow());
  app.on('window-all-closed', () => app.quit());
  app
    .whenReady()
    .then(() => run(files))
    .catch(giveUp);
} else app.quit();

async function run(files: FileGate): Promise<void> {
  const settings = readSettings();
  const { log, setLocked } = openLog(settings.dataDir, (text) => process.stderr.write(text), false);
  warnOfMissingSandbox(log);
  const hostServices = desktopHost(() => showWindow());
  const thread = await startThread({ settings, hostServices, log, clock: systemClock, workerFile: places.worker, onLock: setLocked });
  sayReady(thread);
  stopBeforeQuit(thread);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit());
  bridgePorts(thread);
  showWindow = () => bringForward(settings, log);
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(menuActions(files, settings), process.platform, app.isPackaged)));
  showWindow();
}

function readSettings(): Settings {
  const { values } = parseArgs({ args: ownArguments(), options: { ...SERVE_OPTIONS, 'data-dir': { type: 'string' } }, strict: false });
  const env = { ...places.environment, ...process.env };
  return settingsOf(values, { env, platform: process.platform, cwd: process.cwd(), home: homedir(), root: places.root });
}

/** In a package the program's own path comes first; in development also the folder that Electron runs. */
function ownArguments(): string[] {
  return process.argv.slice(app.isPackaged ? 1 : 2);
}

function bringForward(settings: Settings, log: Log): void {
  const [window] = BrowserWindow.getAllWindows();
  if (!window) {
    openWindow({ dataDir: settings.dataDir, log, clock: systemClock });
    return;
  }
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

function menuActions(files: FileGate, { dataDir }: Settings): Parameters<typeof menuTemplate>[0] {
  return {
    openIso: () => void chooseIsos().then(files.open),
    openDataFolder: () => void shell.openPath(dataDir),
    show: (view) => {
      showWindow();
      BrowserWindow.getAllWindows()[0]?.webContents.send('view:show', view);
    },
  };
}

async function chooseIsos(): Promise<string[]> {
  const options = {
    title: 'Add ISO',
    filters: [{ name: 'ISO images', extensions: ['iso'] }],
    properties: ['openFile' as const, 'multiSelections' as const],
  };
  const [window] = BrowserWindow.getAllWindows();
  const { filePaths } = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
  return filePaths;
}

/** An AppImage starts without Chromium's sandbox where the system allows no user namespaces. */
function warnOfMissingSandbox(log: Log): void {
  if (!app.commandLine.hasSwitch('no-sandbox')) return;
  log.warn(
    {},
    'The window runs without Chromium’s sandbox: it was started with --no-sandbox, or this system does not allow user namespaces. The deb package configures this.',
  );
}

/** For programs that started this one. An installed Bootbench writes into the session's journal, where the token must not be. */
function sayReady({ ready: { api, boot, ui } }: Thread): void {
  process.stdout.write(`${JSON.stringify({ event: 'ready', api, boot, ...(app.isPackaged ? {} : { ui }) })}\n`);
}

/** Holds the end of the program until the appliance has stopped: no DHCP exchange is left half done. */
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
