import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { lockDown } from '../../../electron/lockdown.ts';
import { FOREIGN_FRAMES, PAGE_URL } from './pretended-electron.ts';

const electron = vi.hoisted((): { app: unknown } => ({ app: undefined }));

type RequestCheck = (details: { url: string }, answer: (response: { cancel: boolean }) => void) => void;
vi.mock('electron', () => electron);

type PermissionCheck = (contents: { getURL(): string } | null, permission: string) => boolean;
type PermissionRequest = (contents: { getURL(): string }, permission: string, answer: (granted: boolean) => void) => void;

/** A page as Electron's app announces it, with the handlers that were set on it. */
class PretendedContents extends EventEmitter {
  openWindow: (() => { action: string }) | undefined;
  check: PermissionCheck | undefined;
  request: PermissionRequest | undefined;
  device: (() => boolean) | undefined;
  readonly session = Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: (handler: PermissionRequest) => (this.request = handler),
    setPermissionCheckHandler: (handler: PermissionCheck) => (this.check = handler),
    setDevicePermissionHandler: (handler: () => boolean) => (this.device = handler),
    webRequest: { onBeforeRequest: (handler: RequestCheck) => (this.beforeRequest = handler) },
  });
  beforeRequest: RequestCheck | undefined;
  setWindowOpenHandler(handler: () => { action: string }): void {
    this.openWindow = handler;
  }

  /** Whether an event of this page is prevented. */
  prevents(name: string, event: Record<string, unknown> = {}): boolean {
    const preventDefault = vi.fn();
    this.emit(name, { ...event, preventDefault });
    return preventDefault.mock.calls.length > 0;
  }
}

let contents: PretendedContents;
/** The app, whose sandbox Electron enables by removing the switch against it. */
function pretendedApp(switches = new Set<string>()) {
  const commandLine = { hasSwitch: (name: string) => switches.has(name) };
  const state = { sandboxed: false };
  const enableSandbox = (): void => {
    state.sandboxed = true;
    switches.delete('no-sandbox');
  };
  return Object.assign(new EventEmitter(), { commandLine, enableSandbox, state, isPackaged: true });
}

let sandboxed: boolean;
beforeEach(() => {
  const app = pretendedApp();
  electron.app = app;
  lockDown();
  sandboxed = app.state.sandboxed;
  contents = new PretendedContents();
  app.emit('web-contents-created', {}, contents);
});

describe('the sandbox', () => {
  it.each([
    ['of a normal user', 1000, [], 'complete', true],
    ['of a normal user, started with --no-sandbox, lacks its namespaces', 1000, ['no-sandbox'], 'filter', true],
    // Chromium refuses to start without the switch, which enableSandbox would remove for the pages.
    ['of root, started with --no-sandbox, is off', 0, ['no-sandbox'], 'none', false],
    ['of root', 0, [], 'complete', true],
    ['of Windows, which has no user ids', undefined, [], 'complete', true],
  ] as const)('%s', (_what, uid, switches, sandbox, isEnabled) => {
    const app = pretendedApp(new Set(switches));
    electron.app = app;
    const getuid = process.getuid;
    process.getuid = uid === undefined ? undefined : () => uid;
    try {
      expect(lockDown()).toBe(sandbox);
    } finally {
      process.getuid = getuid;
    }
    expect(app.state.sandboxed).toBe(isEnabled);
  });
});

const foreignUrls = FOREIGN_FRAMES.flatMap(([who, frame]) => {
  const url = (frame as { url?: string } | null)?.url;
  return url === undefined || url === PAGE_URL ? [] : [[who, url] as const];
});
const page = (url: string) => ({ getURL: () => url });
const granted = (url: string, permission: string): boolean => {
  let answer = false;
  contents.request?.(page(url), permission, (value) => (answer = value));
  return answer;
};

describe('every page of the desktop program', () => {
  it('runs in the sandbox, opens no window and embeds no other page', () => {
    expect(sandboxed).toBe(true);
    expect(contents.openWindow?.()).toEqual({ action: 'deny' });
    expect(contents.prevents('will-attach-webview')).toBe(true);
    expect(contents.prevents('will-redirect')).toBe(true);
  });

  it('may reload itself', () => {
    expect(contents.prevents('will-navigate', { url: PAGE_URL })).toBe(false);
    expect(contents.prevents('will-navigate', { url: `${PAGE_URL}#hosts` })).toBe(false);
    expect(contents.prevents('will-frame-navigate', { url: PAGE_URL, isMainFrame: true })).toBe(false);
  });

  it.each(foreignUrls)('cannot navigate to %s', (_who, url) => {
    expect(contents.prevents('will-navigate', { url })).toBe(true);
    expect(contents.prevents('will-frame-navigate', { url, isMainFrame: true })).toBe(true);
  });

  it('cannot load anything into a frame, not even itself', () => {
    expect(contents.prevents('will-frame-navigate', { url: PAGE_URL, isMainFrame: false })).toBe(true);
  });

  it('may write to the clipboard, and has no other permission', () => {
    expect(granted(PAGE_URL, 'clipboard-sanitized-write')).toBe(true);
    expect(contents.check?.(page(PAGE_URL), 'clipboard-sanitized-write')).toBe(true);
    for (const permission of [
      'clipboard-read',
      'media',
      'geolocation',
      'notifications',
      'openExternal',
      'fileSystem',
      'serial',
      'usb',
      'hid',
    ]) {
      expect([permission, granted(PAGE_URL, permission)]).toEqual([permission, false]);
      expect([permission, contents.check?.(page(PAGE_URL), permission)]).toEqual([permission, false]);
    }
    expect(contents.check?.(null, 'clipboard-sanitized-write')).toBe(false);
    expect(contents.device?.()).toBe(false);
  });

  it.each(foreignUrls)('of %s has no permission at all', (_who, url) => {
    expect(granted(url, 'clipboard-sanitized-write')).toBe(false);
    expect(contents.check?.(page(url), 'clipboard-sanitized-write')).toBe(false);
  });

  it.each([
    ['itself', PAGE_URL, true],
    ['its own files', 'bootbench://app/assets/index-1a2b.js', true],
    ['a file that it made', 'blob:bootbench://app/4f1c', true],
    ['a file of this computer', 'file:///etc/passwd', false],
    ['the web', 'https://example.org/x.js', false],
    ['the loopback server', 'http://127.0.0.1:7780/healthz', false],
    ['a WebSocket of this computer', 'ws://127.0.0.1:7780/api/v1/ws', false],
    ['another host of its scheme', 'bootbench://app.example.org/x', false],
    ['its host as a user name', 'bootbench://app@example.org/x', false],
    ['a file that another page made', 'blob:https://example.org/4f1c', false],
    ['Chromium’s pages', 'chrome://gpu/', false],
    ['the developer tools of an installed program', 'devtools://devtools/bundled/x.js', false],
  ])('loads its own files only: %s', (_what, url, isLoaded) => {
    const answer = vi.fn();
    contents.beforeRequest?.({ url }, answer);
    expect(answer.mock.calls).toEqual([[{ cancel: !isLoaded }]]);
  });

  it('has its developer tools in development', () => {
    (electron.app as { isPackaged: boolean }).isPackaged = false;
    const answer = vi.fn();
    contents.beforeRequest?.({ url: 'devtools://devtools/bundled/x.js' }, answer);
    contents.beforeRequest?.({ url: 'https://example.org/' }, answer);
    expect(answer.mock.calls).toEqual([[{ cancel: false }], [{ cancel: true }]]);
  });

  it.each([
    ['a file that our page made', 'blob:bootbench://app/4f1c', PAGE_URL, false],
    ['a file of another page', 'blob:https://example.org/4f1c', PAGE_URL, true],
    ['a file of a page of this computer', 'blob:file:///4f1c', PAGE_URL, true],
    ['a download', 'https://example.org/file', PAGE_URL, true],
    ['one of our files', 'bootbench://app/assets/index.js', PAGE_URL, true],
    ['a file that another page made', 'blob:bootbench://app/4f1c', 'https://example.org/', true],
  ])('saves only files that it made: %s', (_what, url, from, isPrevented) => {
    const preventDefault = vi.fn();
    contents.session.emit('will-download', { preventDefault }, page(url), page(from));
    expect(preventDefault.mock.calls.length > 0).toBe(isPrevented);
  });
});
