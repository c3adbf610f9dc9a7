/** `electron` in the main process under Electron 22: the same module, with what came later. */
import * as electron from 'electron';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Request16 } from './fetch.ts';

export const { app, BrowserWindow, clipboard, dialog, ipcMain, Menu, MessageChannelMain, nativeImage, nativeTheme, Notification } =
  electron;
export const { powerMonitor, powerSaveBlocker, screen, session, shell, Tray, utilityProcess, webContents } = electron;

type Emit = (name: string, event: Record<string, unknown>, ...args: unknown[]) => boolean;

// The details of an event are its properties since 25; in 22 they are arguments.
const DETAILS: Readonly<Record<string, readonly string[]>> = {
  'will-navigate': ['url', 'isInPlace', 'isMainFrame'],
  'will-redirect': ['url', 'isInPlace', 'isMainFrame'],
  'did-start-navigation': ['url', 'isSameDocument', 'isMainFrame'],
};
app.on('web-contents-created', (_event, contents) => {
  const emitter = contents as unknown as { emit: Emit };
  const emit = emitter.emit.bind(contents);
  emitter.emit = (name, event, ...args) => {
    DETAILS[name]?.forEach((detail, index) => (event[detail] = args[index] ?? detail === 'isMainFrame'));
    return emit(name, event, ...args);
  };
});

interface OlderSafeStorage {
  isEncryptionAvailable(): boolean;
  encryptString(text: string): Buffer;
  decryptString(bytes: Buffer): string;
}

const keychain = electron.safeStorage as unknown as OlderSafeStorage;
/** Marks what the pinned Electron encrypts with the key in its source when no keyring answers. */
const SOURCE_KEY = 'v10';

/** The asynchronous calls, by the synchronous ones; as in the pinned Electron they are always available, by a key in its source if need be. */
export const safeStorage = {
  isAsyncEncryptionAvailable: async (): Promise<boolean> => Promise.resolve(true),
  encryptStringAsync: async (text: string): Promise<Buffer> =>
    Promise.resolve(keychain.isEncryptionAvailable() ? keychain.encryptString(text) : Buffer.from(SOURCE_KEY + text)),
  decryptStringAsync: async (bytes: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }> => {
    const isOfSource = bytes.subarray(0, SOURCE_KEY.length).equals(Buffer.from(SOURCE_KEY)) && !keychain.isEncryptionAvailable();
    const result = isOfSource ? bytes.subarray(SOURCE_KEY.length).toString() : keychain.decryptString(bytes);
    return Promise.resolve({ result, shouldReEncrypt: false });
  },
  /** By the name of the desktop alone. */
  getSelectedStorageBackend: (): string =>
    /GNOME|Unity|XFCE/i.test(process.env.XDG_CURRENT_DESKTOP ?? '') ? 'gnome_libsecret' : 'basic_text',
};

interface OlderProtocol {
  registerSchemesAsPrivileged(schemes: object[]): void;
  registerBufferProtocol(
    scheme: string,
    handler: (request: { url: string; method: string; headers: Record<string, string> }, answer: (response: object) => void) => void,
  ): boolean;
  unregisterProtocol(scheme: string): boolean;
}
type Handler = (request: Request) => Response | Promise<Response>;

/** protocol.handle (25) over the calls before it; Electron forbids mixing the two. */
function protocolOf(older: OlderProtocol): object {
  const handle = (scheme: string, handler: Handler): void => {
    older.registerBufferProtocol(scheme, ({ url, method, headers }, answer) => {
      const reply = async (): Promise<void> => {
        const response = await handler(new Request16(url, { method, headers }) as unknown as Request);
        const entries = Object.fromEntries(response.headers.entries());
        const type = (entries['content-type'] ?? '').split(';')[0];
        answer({ statusCode: response.status, headers: entries, mimeType: type, data: Buffer.from(await response.arrayBuffer()) });
      };
      // net::ERR_FAILED, as a handler that fails in the pinned Electron.
      reply().catch(() => answer({ error: -2 }));
    });
  };
  return {
    registerSchemesAsPrivileged: (schemes: object[]) => older.registerSchemesAsPrivileged(schemes),
    handle,
    unhandle: (scheme: string) => older.unregisterProtocol(scheme),
  };
}
export const protocol = protocolOf(electron.protocol);

export const net = {
  /** Local files only; 22 has no net.fetch. */
  fetch: async (url: string): Promise<Response> => new Response(await readFile(fileURLToPath(url))),
};
