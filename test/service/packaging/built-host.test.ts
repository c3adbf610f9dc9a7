import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, BUILD_TIMEOUT_MS, built, ensureBuilt } from './built.ts';

interface Report {
  url: string;
  /** What the page's scheme serves at it. */
  page: string;
  headers: Record<string, string>;
  options: { webPreferences: Record<string, unknown>; show: boolean };
  lock: unknown;
  sandboxed: number;
  menu: string[];
  permissions: Record<string, boolean>;
  permissionsOfStranger: Record<string, boolean>;
  windowOpen: unknown;
  download: boolean;
  webview: boolean;
  redirect: boolean;
  navigation: boolean;
  otherFile: boolean;
  reload: boolean;
  frame: boolean;
  answers: Record<string, unknown>;
}

interface Outcome {
  report: Report;
  ready: Record<string, unknown>;
  code: number | null;
}

describe('the built host, run under a pretended Electron', () => {
  let dataDir: string;
  let outcome: Outcome;

  beforeAll(async () => {
    ensureBuilt();
    dataDir = mkdtempSync(join(tmpdir(), 'built-host-'));
    outcome = await runHost(dataDir);
  }, BUILD_TIMEOUT_MS);
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('gives its page a sandbox, a context of its own, and no Node', () => {
    const { webPreferences } = outcome.report.options;
    expect(webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
    });
    expect(webPreferences.webSecurity ?? true).toBe(true);
    expect(webPreferences.allowRunningInsecureContent ?? false).toBe(false);
    expect(webPreferences).not.toHaveProperty('enableBlinkFeatures');
    expect(outcome.report.sandboxed).toBe(1);
  });

  it('shows the built page with the built preload', () => {
    expect(outcome.report.url).toBe('bootbench://app/index.html');
    expect(outcome.report.page.replace(/\r/g, '')).toBe(built('renderer/index.html'));
    expect(outcome.report.options.webPreferences.preload).toBe(at('out', 'preload', 'index.cjs'));
    expect(statSync(String(outcome.report.options.webPreferences.preload)).isFile()).toBe(true);
  });

  it('gives its page a policy without exceptions', () => {
    const { 'content-security-policy': policy, 'content-type': type } = outcome.report.headers;
    expect(policy?.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "default-src 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "frame-src 'none'",
      "object-src 'none'",
    ]);
    expect(type).toBe('text/html; charset=utf-8');
  });

  it('lets its page copy, and nothing more; others not even that', () => {
    const none = { media: false, read: false, copy: false, geolocation: false, copyCheck: false, device: false };
    expect(outcome.report.permissions).toEqual({ ...none, copy: true, copyCheck: true });
    expect(outcome.report.permissionsOfStranger).toEqual(none);
  });

  it('denies windows, downloads, webviews and other pages', () => {
    const { windowOpen, download, webview, redirect, navigation, otherFile, frame } = outcome.report;
    expect(windowOpen).toEqual({ action: 'deny' });
    expect({ download, webview, redirect, navigation, otherFile, frame }).toEqual({
      download: true,
      webview: true,
      redirect: true,
      navigation: true,
      otherFile: true,
      frame: true,
    });
  });

  it('lets its own page be loaded again', () => {
    expect(outcome.report.reload).toBe(false);
  });

  it('answers its own page from the real appliance, and no other page', () => {
    const { ours, stranger, frameOfOurs } = outcome.report.answers;
    expect(ours).toMatchObject({ id: 3, value: { services: expect.any(Array) as unknown } });
    expect(stranger).toBe('silence');
    expect(frameOfOurs).toBe('silence');
  });

  it('refuses messages that are not of the contract', () => {
    const { badInput, noSuchCall, noMessage } = outcome.report.answers;
    expect(badInput).toMatchObject({ id: 4, error: { code: 'E_BAD_INPUT' } });
    expect(noSuchCall).toMatchObject({ id: 5, error: { code: 'E_BAD_INPUT' } });
    expect(noMessage).toBe('silence');
  });

  it('allows one instance only, prints its address, and stops on request', () => {
    expect(outcome.report.lock).toEqual({ packed: Buffer.from('{"files":[]}').toString('base64') });
    expect(outcome.ready.api).toMatch(/^http:\/\/127\.0\.0\.1:\d+/);
    expect(outcome.code).toBe(0);
  });
});

describe('the built host', () => {
  const ports = ['--http-port', '0', '--tftp-port', '0', '--iscsi-port', '0', '--api', '127.0.0.1:0'];
  let folder: string;
  let host: Host;
  beforeEach(() => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'built-host-'));
  }, BUILD_TIMEOUT_MS);
  afterEach(async () => {
    host.child.kill('SIGKILL');
    await host.code;
    rmSync(folder, { recursive: true, force: true });
  });
  const said = (text: string): Promise<void> => expect.poll(() => host.stdout + host.stderr, { timeout: 15_000 }).toContain(text);
  /** What the appliance recorded of its own life. */
  const lives = (dataDir: string): unknown[] => {
    using events = new DatabaseSync(join(dataDir, 'activity.db'), { readOnly: true });
    return events
      .prepare("SELECT type FROM events WHERE type LIKE 'appliance.%' ORDER BY seq")
      .all()
      .map(({ type }) => type);
  };

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('stops the appliance on %s while it starts', async (signal) => {
    host = startHost([...ports, '--data-dir', join(folder, 'data')]);
    await expect.poll(() => existsSync(join(folder, 'data', 'lock.db')), { timeout: 15_000, interval: 5 }).toBe(true);
    host.child.kill(signal);
    expect(await host.code).toBe(0);
    expect(host.stdout).not.toContain('"event":"report"');
    expect(lives(join(folder, 'data'))).toEqual(['appliance.started', 'appliance.stopped']);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('ends on %s while it shows why it cannot start', async (signal) => {
    writeFileSync(join(folder, 'data'), 'a file where the data directory should be');
    host = startHost([...ports, '--data-dir', join(folder, 'data')], { PRETENDED_USER: 'absent' });
    await said('E_DB');
    await expect(Promise.race([host.code, new Promise((resolve) => setTimeout(resolve, 300, 'open'))])).resolves.toBe('open');
    host.child.kill(signal);
    expect(await host.code).toBe(0);
  });

  it('ends with an error when that is confirmed', async () => {
    writeFileSync(join(folder, 'data'), 'a file where the data directory should be');
    host = startHost([...ports, '--data-dir', join(folder, 'data')]);
    expect(await host.code).toBe(1);
    expect(host.stderr).toContain('E_DB');
  });

  it('tries again by a second start while it shows why it cannot start', async () => {
    writeFileSync(join(folder, 'data'), 'a file where the data directory should be');
    host = startHost([...ports, '--data-dir', join(folder, 'data')], { PRETENDED_USER: 'absent' });
    await said('E_DB');
    rmSync(join(folder, 'data'));
    host.child.kill('SIGUSR2');
    await said('"event":"ready"');
    expect(await host.code).toBe(0);
    expect(lives(join(folder, 'data'))).toEqual(['appliance.started', 'appliance.stopped']);
  });
});

describe('the built preload', () => {
  const source = built('preload/index.cjs');

  it('is short CommonJS that needs nothing but electron', () => {
    expect(source.split('\n').length).toBeLessThan(60);
    expect([...source.matchAll(/require\(\s*["']([^"']+)["']\s*\)/g)].map(([, name]) => name)).toEqual(['electron']);
    expect(source).not.toMatch(/^\s*(import|export)\b|\bimport\(|zod|safeParse|process\.|Buffer|node:/m);
  });

  it('gives the page five functions and neither ipcRenderer nor events', () => {
    const exposed: [string, Record<string, unknown>][] = [];
    const listeners = new Map<string, (event: unknown, ...args: unknown[]) => void>();
    const sent: unknown[][] = [];
    const electron = {
      contextBridge: { exposeInMainWorld: (name: string, api: Record<string, unknown>) => exposed.push([name, api]) },
      ipcRenderer: {
        on: (channel: string, listener: (event: unknown, ...args: unknown[]) => void) => listeners.set(channel, listener),
        removeAllListeners: (channel: string) => listeners.delete(channel),
        send: (...message: unknown[]) => sent.push(message),
      },
      webUtils: { getPathForFile: (file: { path: string }) => file.path },
    };
    const location = { hash: '' };
    const require = (name: string): unknown => (name === 'electron' ? electron : expect.unreachable(name));
    runInNewContext(source, { require, location });

    expect(exposed).toHaveLength(1);
    const [name, api] = exposed[0]!;
    expect(name).toBe('bootbench');
    expect(Object.entries(api).map(([key, value]) => `${key} ${typeof value}`)).toEqual(
      ['open', 'send', 'close', 'pathOf', 'onFiles'].map((key) => `${key} function`),
    );
    const received: unknown[][] = [];
    (api.open as (...args: unknown[]) => void)(
      (...args: unknown[]) => received.push(args),
      () => undefined,
    );
    listeners.get('port:message')?.({ sender: 'ipcRenderer' }, { id: 1 });
    (api.onFiles as (...args: unknown[]) => void)((...args: unknown[]) => received.push(args));
    listeners.get('files:open')?.({ sender: 'ipcRenderer' }, [{ path: '/a.iso' }]);
    expect(received).toEqual([[{ id: 1 }], [[{ path: '/a.iso' }]]]);
    expect(sent).toEqual([['port:open'], ['files:listen'], ['files:taken', 1]]);
    expect((api.pathOf as (file: unknown) => string)({ path: '/dropped.iso' })).toBe('/dropped.iso');
    listeners.get('view:show')?.({}, 'hosts');
    expect(location.hash).toBe('#/hosts');
  });
});

describe('the built page', () => {
  const html = built('renderer/index.html');
  const policy = new Map(
    (/http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1] ?? '').split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(/\s+/);
      return [name, sources] as const;
    }),
  );

  it('runs scripts of its own files only', () => {
    expect(policy.get('default-src')).toEqual(["'self'"]);
    expect(policy.get('script-src') ?? ["'self'"]).toEqual(["'self'"]);
    for (const [name, sources] of policy) {
      expect(sources, name).not.toContain("'unsafe-eval'");
      expect(sources, name).not.toContain('*');
      expect(
        sources.filter((source) => /^https?:/.test(source)),
        name,
      ).toEqual([]);
      if (name !== 'style-src') expect(sources, name).not.toContain("'unsafe-inline'");
    }
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|\son\w+=|javascript:/i);
  });

  it('talks to its own server only, and has no plug-ins, no other base and no forms', () => {
    expect(policy.get('connect-src')).toBeUndefined();
    for (const name of ['object-src', 'base-uri', 'form-action']) expect(policy.get(name), name).toEqual(["'none'"]);
  });

  it('loads nothing from elsewhere', () => {
    const loaded = [...html.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
    expect(loaded.length).toBeGreaterThan(1);
    for (const url of loaded) {
      expect(url).toMatch(/^\.\//);
      expect(readFileSync(at('out', 'renderer', url)).length).toBeGreaterThan(0);
    }
  });
});

/** Starts the host on the loopback; the pretended Electron ends it once it has reported. */
async function runHost(dataDir: string): Promise<Outcome> {
  const [http, tftp, api] = await Promise.all([freePort(), freePort(), freePort()]);
  const ports = ['--http-port', String(http), '--tftp-port', String(tftp), '--iscsi-port', '0', '--api', `127.0.0.1:${api}`];
  const host = startHost([...ports, '--data-dir', dataDir]);
  const code = await host.code;
  const line = (event: string): unknown => {
    const found = host.stdout.split('\n').find((text) => text.includes(`"event":"${event}"`));
    if (found === undefined) throw new Error(`The host said no ${event} (exit ${code}).\n${host.stdout}\n${host.stderr}`);
    return JSON.parse(found);
  };
  return { report: line('report') as Report, ready: line('ready') as Record<string, unknown>, code };
}

interface Host {
  readonly child: ChildProcess;
  readonly code: Promise<number | null>;
  stdout: string;
  stderr: string;
}

function startHost(more: string[], env: Record<string, string> = {}): Host {
  const loader = join(import.meta.dirname, 'pretended-electron.ts');
  const args = ['--import', loader, at('out', 'main', 'index.js'), '--nic', 'lo', '--dhcp', 'off', ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const host: Host = { child, stdout: '', stderr: '', code: new Promise((resolve) => child.once('close', resolve)) };
  child.stdout.on('data', (chunk: Buffer) => (host.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (host.stderr += chunk.toString()));
  return host;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
