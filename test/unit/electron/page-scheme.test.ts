import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { registerPageScheme, servePage } from '../../../electron/page-scheme.ts';

type Handler = (request: { url: string; method: string }) => Promise<Response>;
const noted = vi.hoisted(() => ({ schemes: [] as unknown[], handlers: new Map<string, Handler>() }));
vi.mock('electron', () => ({
  protocol: {
    registerSchemesAsPrivileged: (schemes: unknown[]) => noted.schemes.push(...schemes),
    handle: (scheme: string, handler: Handler) => noted.handlers.set(scheme, handler),
  },
}));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'page-scheme-'));
  mkdirSync(join(folder, 'renderer', 'assets'), { recursive: true });
  const files = {
    'index.html': '<html>',
    'icon.svg': '<svg>',
    'assets/index-Cv-niI9m.js': 'run()',
    'assets/index-C1AIwyUX.css': 'a{}',
    'assets/inter-latin-wght-normal-Dx4kXJAl.woff2': 'font',
    'assets/plex.woff': 'font',
    'notes.txt': 'no type of the page',
    '.hidden.js': 'hidden',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'renderer', name), text);
  mkdirSync(join(folder, 'renderer', 'folder.js'));
  writeFileSync(join(folder, 'secret.js'), 'secret');
  symlinkSync('../secret.js', join(folder, 'renderer', 'link.js'));
  symlinkSync('..', join(folder, 'renderer', 'up'));
  servePage(join(folder, 'renderer'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const get = (url: string, method = 'GET'): Promise<Response> => noted.handlers.get('bootbench')!({ url, method });

describe('the page’s scheme', () => {
  it.each(['/link.js', '/up/secret.js'])('does not follow the link %s out of the page’s folder', async (path) => {
    expect((await get(`bootbench://app${path}`)).status).toBe(404);
  });

  it('is a secure origin of its own, which may not bypass a policy', () => {
    registerPageScheme();
    expect(noted.schemes).toEqual([{ scheme: 'bootbench', privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
  });

  it.each([
    ['/index.html', '<html>', 'text/html; charset=utf-8'],
    ['/index.html?x=1', '<html>', 'text/html; charset=utf-8'],
    ['/index.html#/hosts/web-1', '<html>', 'text/html; charset=utf-8'],
    ['/icon.svg', '<svg>', 'image/svg+xml'],
    ['/assets/index-Cv-niI9m.js', 'run()', 'text/javascript; charset=utf-8'],
    ['/assets/index-C1AIwyUX.css', 'a{}', 'text/css; charset=utf-8'],
    ['/assets/inter-latin-wght-normal-Dx4kXJAl.woff2', 'font', 'font/woff2'],
    ['/assets/plex.woff', 'font', 'font/woff'],
  ])('serves %s with its type, under the policy', async (path, text, type) => {
    const response = await get(`bootbench://app${path}`);
    expect([response.status, await response.text(), response.headers.get('Content-Type')]).toEqual([200, text, type]);
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(response.headers.get('Content-Security-Policy')).toMatch(/^default-src 'self';/);
    expect(response.headers.get('Content-Security-Policy')).not.toMatch(/unsafe|\*|https?:|ws:|data:|blob:/);
  });

  it.each([
    'bootbench://app/../secret.js',
    'bootbench://app/assets/../../secret.js',
    'bootbench://app/%2e%2e/secret.js',
    'bootbench://app/..%2fsecret.js',
    'bootbench://app/assets/..%2F..%2Fsecret.js',
    'bootbench://app/..%5csecret.js',
    'bootbench://app/..\\secret.js',
    'bootbench://app//etc/passwd',
    'bootbench://app/index%2ehtml',
    'bootbench://app/index.html%00.js',
    'bootbench://app/.hidden.js',
    'bootbench://app/assets/missing.js',
    'bootbench://app/folder.js',
    'bootbench://app/notes.txt',
    'bootbench://app/assets',
    'bootbench://app/assets/',
    'bootbench://app/',
    'bootbench://app',
    'bootbench://other/index.html',
    'bootbench://app.example.org/index.html',
    'bootbench://app:80/index.html',
    'bootbench://app@example.org/index.html',
    'bootbench:///index.html',
    'file:///etc/passwd',
    '',
  ])('has nothing at %s', async (url) => {
    const response = await get(url);
    expect([response.status, await response.text()]).toEqual([404, '']);
  });

  it.each(['POST', 'PUT', 'DELETE', 'HEAD'])('only reads (%s)', async (method) => {
    expect((await get('bootbench://app/index.html', method)).status).toBe(405);
  });
});
