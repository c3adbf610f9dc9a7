import { app, BrowserWindow, clipboard, dialog, Menu, shell } from 'electron';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../contract/appliance.ts';
import { errorBody } from '../contract/errors.ts';
import { systemClock, type Log } from '../contract/runtime.ts';
import { openLog } from '../headless/log.ts';
import { settingsOf } from '../headless/settings.ts';
import { startThread, type Thread } from '../main-services/thread/host.ts';
import { argumentsWith, flagsOf, listNameOf } from './arguments.ts';
import { filesNamedIn } from './file-words.ts';
import { openFileGate, type FileGate } from './files.ts';
import { takeList, unpacked, type HandOver } from './hand-over.ts';
import { windowlessTask, type WindowlessTask } from './doctor.ts';
import { desktopHost } from './host-services.ts';
import { claimInstance } from './instance.ts';
import { confirmQuit } from './confirm-quit.ts';
import { lockDown, type Sandbox } from './lockdown.ts';
import { menuTemplate } from './menu.ts';
import { pathsOf } from './paths.ts';
import { registerPageScheme, servePage } from './page-scheme.ts';
import { bridgePorts } from './ports.ts';
import { holdQuit, type Quit } from './quit.ts';
import { FILES_LOST, NO_NAMESPACES, NO_SANDBOX, pageElsewhere } from './sentences.ts';
import { saveSupportBundle } from './support-bundle.ts';
import { startUtilityProgram } from './utility-program.ts';
import { bringForward, openWindow } from './window.ts';

const places = pathsOf(import.meta.dirname, app.isPackaged ? process.resourcesPath : undefined);
const args = process.argv.slice(1);
const ownFiles = filesNamedIn(args, process.cwd());
/** Does nothing while the appliance starts: its window opens then. */
let showWindow = (): void => undefined;

const task = windowlessTask(args);
if (task) void app.whenReady().then(() => doAndExit(task));
else begin();

/** A second start passes its files separately, because Chromium reorders its command line. */
function begin(): void {
  const instance = claimInstance(process.argv, ownFiles, process.cwd());
  if (instance.kind === 'failed') void app.whenReady().then(() => giveUp(instance.error, () => app.exit(1)));
  else if (instance.kind === 'first') runProgram();
  else app.quit();
}

/** Exits with 2 where the command line is wrong. */
async function doAndExit(work: WindowlessTask): Promise<void> {
  const code = await Promise.resolve()
    .then(() => work(readSettings(), places))
    .catch((error: unknown) => {
      process.stderr.write(`bootbench: ${errorBody(error).message}\n`);
      return 2;
    });
  process.stdout.write('', () => app.exit(code));
}

/** One run of the program, from its first line to its end. */
interface Program {
  readonly sandbox: Sandbox;
  readonly files: FileGate;
  readonly quit: Quit;
  /** Aborted when the program ends. */
  readonly ending: AbortSignal;
  /** Settles when the appliance has started or failed. */
  starting?: Promise<Thread>;
  /** The appliance once it has started. */
  thread?: Thread;
}

function runProgram(): void {
  const sandbox = lockDown();
  registerPageScheme();
  const files = openFileGate(systemClock);
  takeFiles(files, { files: ownFiles, list: listNameOf(args) });
  const ending = new AbortController();
  const quit = holdQuit({
    clock: systemClock,
    confirm: async (signal) => program.thread === undefined || confirmQuit(program.thread, systemClock, signal),
    stop: async () => {
      ending.abort();
      await (await program.starting)?.stop();
    },
  });
  const program: Program = { sandbox, files, quit, ending: ending.signal };
  app.on('open-file', (event, path) => {
    event.preventDefault();
    void files.open([path]);
    showWindow();
  });
  app.on('second-instance', (_event, _args, _cwd, second) => takeSecondStart(program, unpacked(second)));
  app.on('activate', () => showWindow());
  app.on('window-all-closed', () => app.quit());
  void app.whenReady().then(() => {
    servePage(join(import.meta.dirname, '..', 'renderer'));
    // Not earlier: Electron sets its own handlers of these signals just before.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => quit.now());
    start(program);
  });
}

function takeSecondStart({ quit, files }: Program, handOver: HandOver): void {
  if (quit.isEnding) {
    quit.thenStart(argumentsWith(args, handOver.files, handOver.list));
    return;
  }
  takeFiles(files, handOver);
  showWindow();
}

function takeFiles(gate: FileGate, { files, list }: HandOver): void {
  const listed = list === undefined ? [] : takeList(app.getPath('userData'), list);
  if (listed === undefined) gate.refuse(FILES_LOST);
  void gate.open([...files, ...(listed ?? [])]);
}

/** Where the appliance does not start, the reason is shown, and starting Bootbench again tries again. */
function start(program: Program): void {
  run(program).catch((error: unknown) => {
    if (program.ending.aborted) return;
    giveUp(error, () => start(program));
  });
}

async function run(program: Program): Promise<void> {
  const settings = readSettings();
  const { log, setLocked } = openLog(settings.dataDir, (text) => process.stderr.write(text), false);
  warnOfSandbox(program.sandbox, log);
  const { ending: signal, quit } = program;
  const hostServices = desktopHost({ showWindow: () => showWindow(), quit: () => quit.now() });
  program.starting = startThread({
    ...{ settings, hostServices, log, signal, clock: systemClock, onLock: setLocked },
    ...{ workerFile: places.worker, unpackedFile: places.unpackedWorker, startProgram: startUtilityProgram },
  });
  const thread = await program.starting;
  if (signal.aborted) return;
  program.thread = thread;
  sayReady(thread, settings, log);
  bridgePorts(thread);
  showWindow = () => openOrShow(program, thread, settings, log);
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(menuActions(program, thread, settings), process.platform, app.isPackaged)));
  showWindow();
}

function readSettings(): Settings {
  const env = { ...places.environment, ...process.env };
  return settingsOf(flagsOf(args), { env, platform: process.platform, cwd: process.cwd(), home: homedir(), root: places.root });
}

function openOrShow({ quit }: Program, thread: Thread, { dataDir }: Settings, log: Log): void {
  if (quit.isEnding) return;
  const [window] = BrowserWindow.getAllWindows();
  if (window) bringForward(window);
  else openWindow({ dataDir, log, clock: systemClock, quit, copyAddress: () => copyAddress(thread) });
}

function menuActions({ files }: Program, thread: Thread, { dataDir }: Settings): Parameters<typeof menuTemplate>[0] {
  return {
    openIso: () => void chooseIsos().then(files.open),
    openDataFolder: () => void shell.openPath(dataDir),
    copyAddress: () => copyAddress(thread),
    saveSupportBundle: () => void saveSupportBundle(thread),
    show: (view) => {
      showWindow();
      BrowserWindow.getAllWindows()[0]?.webContents.send('view:show', view);
    },
  };
}

/** By the clipboard: a browser's command line, which would have the token in it, can be read by other users of this computer. */
function copyAddress({ ready: { ui } }: Thread): void {
  void clipboard.writeText(ui);
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

/** An AppImage starts with --no-sandbox where the system allows no user namespaces. */
function warnOfSandbox(sandbox: Sandbox, log: Log): void {
  if (sandbox === 'filter') log.warn({}, NO_NAMESPACES);
  if (sandbox === 'none') log.warn({}, NO_SANDBOX);
}

/** For programs that started this one. An installed Bootbench writes into the session's journal, where the token must not be. */
function sayReady({ ready: { api, boot, ui } }: Thread, { dataDir, tokenFile }: Settings, log: Log): void {
  process.stdout.write(`${JSON.stringify({ event: 'ready', api, boot, ...(app.isPackaged ? {} : { ui }) })}\n`);
  log.info({}, pageElsewhere(api, tokenFile ?? join(dataDir, 'api-token')));
}

/** Not showErrorBox, which holds the main process and with it the way to quit. */
function giveUp(error: unknown, tryAgain: () => void): void {
  const { code, title, message, next } = errorBody(error);
  process.stderr.write(`${code}: ${message}\n${next}\n`);
  const box = new AbortController();
  showWindow = () => {
    showWindow = () => undefined;
    box.abort();
    tryAgain();
  };
  const options = { type: 'error' as const, message: title, detail: `${message}\n\n${next}\n\n${code}`, signal: box.signal };
  void dialog.showMessageBox(options).then(() => {
    if (!box.signal.aborted) app.exit(1);
  });
}
