import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterEach, expect, it } from 'vitest';
import { hasSocat, PtyPair } from '../fixtures/pty-pair.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectAccessible, OUTPUT } from './page-checks.ts';

const BIN = join(import.meta.dirname, '../../bin/bootbench.mjs');
const NOBODY = 65534;
/** Root may open every port, so the program runs as another user. */
const isRoot = process.getuid?.() === 0;
const dialout = Number(/^dialout:[^:]*:(\d+):/m.exec(existsSync('/etc/group') ? readFileSync('/etc/group', 'utf8') : '')?.[1]);

let dataDir: string | undefined;
let browser: Browser | undefined;
let program: ChildProcess | undefined;
afterEach(async () => {
  await browser?.close();
  const ended = new Promise((resolve) => program?.once('close', resolve) ?? resolve(undefined));
  program?.kill('SIGKILL');
  await ended;
  if (dataDir !== undefined) rmSync(dataDir, { recursive: true, force: true });
});

/** The program as a user without privileges; returns the address of its UI. */
async function serveAsNobody(dir: string): Promise<string> {
  const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const serve = [process.execPath, BIN, 'serve', '--data-dir', dir, '--api', '127.0.0.1:0'];
  const child = spawn('setpriv', [...user, ...serve], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, HOME: dir } });
  program = child;
  return new Promise((resolve, reject) => {
    let words = '';
    child.stdout.on('data', (chunk: Buffer) => {
      words += chunk.toString();
      const ready = words.split('\n').find((line) => line.startsWith('{"event":"ready"'));
      if (ready !== undefined) resolve((JSON.parse(ready) as { ui: string }).ui);
    });
    child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()));
    child.once('close', () => reject(new Error(words)));
  });
}

it.runIf(isRoot && hasSocat && dialout > 0)('a port without permission: whose it is, and the command to copy', async () => {
  mkdirSync(OUTPUT, { recursive: true });
  await using pair = new PtyPair();
  await pair.plug();
  chmodSync(pair.dir, 0o755);
  const device = realpathSync(pair.port);
  chownSync(device, 0, dialout);
  chmodSync(device, 0o660);
  dataDir = mkdtempSync(join(tmpdir(), 'bootbench-permission-'));
  chownSync(dataDir, NOBODY, NOBODY);
  const ui = await serveAsNobody(dataDir);
  const cli = (...words: string[]): Buffer => execFileSync(process.execPath, [BIN, ...words, '--data-dir', dataDir ?? '']);
  cli('host', 'add', 'r1', '--mac', '52:54:00:00:00:01');
  cli('host', 'set', 'r1', `console=serial:${pair.port}`);

  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = complaintsOf(page);
  await page.goto(ui);
  await page.getByRole('banner').getByText('live').waitFor();
  await page.evaluate(() => (location.hash = '#/consoles/r1'));
  await page
    .getByText(/nobody may not open .*: it belongs to the group dialout\./)
    .first()
    .waitFor();
  await page.getByRole('button', { name: /^Copy: sudo usermod/ }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('sudo usermod -aG dialout nobody');
  await page.screenshot({ path: join(OUTPUT, 'console-permission-1280-light.png') });
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});
