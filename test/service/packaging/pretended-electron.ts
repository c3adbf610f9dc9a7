// Stands in for 'electron' under a plain Node (--import this file), so that the built host runs without Electron's binary. It notes
// what the host asks of Electron, plays what Electron would do, and prints one line of JSON for the test.
import { EventEmitter } from 'node:events';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

registerHooks({
  resolve: (name, context, next) => (name === 'electron' ? { url: import.meta.url, shortCircuit: true } : next(name, context)),
});

type Handler = (...args: unknown[]) => unknown;
interface Frame {
  readonly parent: unknown;
  readonly url: string;
}
interface Noted {
  readonly windows: { window: BrowserWindow; options: unknown }[];
  menu: { label?: string; role?: string }[];
  sandboxed: number;
  lock: unknown;
  serve?: (request: Request) => Promise<Response>;
  readonly session: Partial<Record<'request' | 'check' | 'device', Handler>>;
  app?: App;
  ipcMain?: EventEmitter;
}

/** The module is loaded twice, as --import and as 'electron'; what was noted must be one. */
const shared = globalThis as { pretendedElectron?: Noted };
const noted = (shared.pretendedElectron ??= { windows: [], menu: [], sandboxed: 0, lock: undefined, session: {} });

class App extends EventEmitter {
  isPackaged = false;
  commandLine = { hasSwitch: () => false };
  requestSingleInstanceLock(data: unknown): boolean {
    noted.lock = data;
    return true;
  }
  getPath(name: string): string {
    return name === 'temp' ? tmpdir() : join(tmpdir(), 'no-profile-of-the-tests');
  }
  enableSandbox(): void {
    noted.sandboxed += 1;
  }
  isReady(): boolean {
    return true;
  }
  whenReady(): Promise<void> {
    return Promise.resolve();
  }
  quit(): void {
    const event = { prevented: false, preventDefault: (): void => void (event.prevented = true) };
    this.emit('before-quit', event);
    if (!event.prevented) process.exit(0);
  }
  exit(code: number): never {
    process.exit(code);
  }
}

class Session extends EventEmitter {
  readonly webRequest = { onBeforeRequest: (): void => undefined };
  setPermissionRequestHandler(handler: Handler): void {
    noted.session.request = handler;
  }
  setPermissionCheckHandler(handler: Handler): void {
    noted.session.check = handler;
  }
  setDevicePermissionHandler(handler: Handler): void {
    noted.session.device = handler;
  }
}

class Contents extends EventEmitter {
  readonly session = new Session();
  url = '';
  getURL(): string {
    return this.url;
  }
  openHandler: Handler | undefined;
  setWindowOpenHandler(handler: Handler): void {
    this.openHandler = handler;
  }
  send(channel: string, message: unknown): void {
    this.emit('sent', channel, message);
  }
  isDestroyed(): boolean {
    return false;
  }
}

export class BrowserWindow extends EventEmitter {
  static getAllWindows(): BrowserWindow[] {
    return noted.windows.map(({ window }) => window);
  }
  readonly webContents = new Contents();
  constructor(options: unknown) {
    super();
    noted.windows.push({ window: this, options });
    app.emit('web-contents-created', {}, this.webContents);
  }
  loadURL(url: string): Promise<void> {
    setImmediate(() => void report(this, url));
    return Promise.resolve();
  }
  isDestroyed(): boolean {
    return false;
  }
  isMaximized(): boolean {
    return false;
  }
  isMinimized(): boolean {
    return false;
  }
  isFullScreen(): boolean {
    return false;
  }
  getNormalBounds(): object {
    return { x: 0, y: 0, width: 1280, height: 800 };
  }
  show(): void {
    // There is nothing to see.
  }
  focus(): void {
    // Nor to type in.
  }
}

export const app = (noted.app ??= new App());
export const ipcMain = (noted.ipcMain ??= new EventEmitter());
export const protocol = {
  registerSchemesAsPrivileged: (): void => undefined,
  handle: (_scheme: string, handler: Noted['serve']) => (noted.serve = handler),
};
export const dialog = {
  /** Stays open, as for a user who is not there, where PRETENDED_USER is `absent`. */
  showMessageBox: ({ message, detail, signal }: { message: string; detail: string; signal?: AbortSignal }) => {
    process.stderr.write(`${message}: ${detail}\n`);
    if (process.env.PRETENDED_USER !== 'absent') return Promise.resolve({ response: 0 });
    // Electron's own loop runs on meanwhile.
    const loop = setInterval(() => undefined, 1000);
    return new Promise((resolve) => {
      signal?.addEventListener('abort', () => {
        clearInterval(loop);
        resolve({ response: 0 });
      });
    });
  },
  showOpenDialog: () => Promise.resolve({ filePaths: [] }),
};
export const Menu = {
  buildFromTemplate: (template: Noted['menu']) => template,
  setApplicationMenu: (template: Noted['menu']) => (noted.menu = template),
};
export const clipboard = { writeText: () => Promise.resolve() };
export const shell = { openPath: () => Promise.resolve('') };
export const safeStorage = {
  isAsyncEncryptionAvailable: () => Promise.resolve(false),
  getSelectedStorageBackend: () => 'basic_text',
  encryptStringAsync: () => Promise.reject(new Error('there is no keychain')),
  decryptStringAsync: () => Promise.reject(new Error('there is no keychain')),
};
export const nativeTheme = { shouldUseDarkColors: true };
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] };
export class Notification extends EventEmitter {
  static isSupported(): boolean {
    return false;
  }
}

// A second start, which on Windows would be no signal.
process.on('SIGUSR2', () => app.emit('second-instance', {}, [], '/', { files: [] }));

/** Tries everything that a hostile page could, and asks the appliance as our own page and as strangers do. */
async function report(window: BrowserWindow, page: string): Promise<void> {
  const { webContents: contents } = window;
  const prevented = (emitter: EventEmitter, name: string, details = {}, ...more: unknown[]): boolean => {
    const event = { ...details, held: false, preventDefault: (): void => void (event.held = true) };
    emitter.emit(name, event, ...more);
    return event.held;
  };
  const ask = async (message: unknown, frame: Frame): Promise<unknown> => {
    const answer = new Promise<unknown>((resolve) => {
      const timer = setTimeout(() => resolve('silence'), 1000);
      contents.once('sent', (_channel, reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
    });
    const event = { sender: contents, senderFrame: frame };
    ipcMain.emit('port:open', event);
    ipcMain.emit('port:message', event, message);
    const reply = await answer;
    contents.removeAllListeners('sent');
    return reply;
  };
  const ours = { parent: null, url: `${page}#/hosts` };
  const request = (permission: string): Promise<unknown> =>
    new Promise((resolve) => void noted.session.request?.(contents, permission, resolve));
  const check = (permission: string): unknown => noted.session.check?.(contents, permission);
  const permissions = async (): Promise<Record<string, unknown>> => ({
    media: await request('media'),
    read: await request('clipboard-read'),
    copy: await request('clipboard-sanitized-write'),
    geolocation: check('geolocation'),
    copyCheck: check('clipboard-sanitized-write'),
    device: noted.session.device?.({}),
  });
  contents.url = 'https://example.org/';
  const permissionsOfStranger = await permissions();
  contents.url = ours.url;
  const response = await noted.serve?.(new Request(page));
  const result = {
    url: page,
    page: await response?.text(),
    headers: Object.fromEntries(response?.headers ?? []),
    options: noted.windows[0]?.options,
    lock: noted.lock,
    sandboxed: noted.sandboxed,
    menu: noted.menu.map(({ label, role }) => label ?? role),
    permissions: await permissions(),
    permissionsOfStranger,
    windowOpen: contents.openHandler?.({ url: 'https://example.org' }),
    download: prevented(contents.session, 'will-download', {}, { getURL: () => 'https://example.org/file' }, contents),
    webview: prevented(contents, 'will-attach-webview'),
    redirect: prevented(contents, 'will-redirect'),
    navigation: prevented(contents, 'will-navigate', { url: 'https://example.org' }),
    otherFile: prevented(contents, 'will-navigate', { url: 'file:///etc/passwd' }),
    reload: prevented(contents, 'will-navigate', { url: page }),
    frame: prevented(contents, 'will-frame-navigate', { url: page, isMainFrame: false }),
    answers: {
      stranger: await ask({ id: 1, call: 'appliance.status', input: {} }, { parent: null, url: 'https://example.org/' }),
      frameOfOurs: await ask({ id: 2, call: 'appliance.status', input: {} }, { ...ours, parent: {} }),
      ours: await ask({ id: 3, call: 'appliance.status' }, ours),
      badInput: await ask({ id: 4, call: 'host.get', input: { name: 7 } }, ours),
      noSuchCall: await ask({ id: 5, call: 'constructor', input: {} }, ours),
      noMessage: await ask('hello', ours),
    },
  };
  process.stdout.write(`${JSON.stringify({ event: 'report', ...result })}\n`);
  app.quit();
}

/** The services run in a thread here. */
export const utilityProcess = {
  fork: (): never => {
    throw new Error('no utility process here');
  },
};
