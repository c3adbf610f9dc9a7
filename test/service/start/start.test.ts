import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `npm start`'s script to its end, or until `until` appears on stdout, then asks it to stop. */
function start(args: string[], until?: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(ROOT, 'scripts', 'start.mjs'), ...args], { cwd: folder });
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
      if (until !== undefined && stdout.includes(until)) child.kill('SIGTERM');
    });
    child.on('exit', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('npm start', () => {
  it('starts the Electron that it is given, with the project and the options', async () => {
    const electron = join(folder, 'electron');
    writeFileSync(electron, `#!/bin/sh\necho "$@" > "${folder}/said"\nexit 7\n`);
    chmodSync(electron, 0o755);
    const { code } = await start(['--electron', electron, '--nic', 'enp3s0']);
    expect(code).toBe(7);
    expect(readFileSync(join(folder, 'said'), 'utf8')).toBe(`${ROOT} --nic enp3s0\n`);
  }, 120_000);

  it('says in one line why there is no window, starts headless, and stops on SIGTERM', async () => {
    const args = ['--electron', '/nothere/electron', '--api', '127.0.0.1:0', '--data-dir', folder];
    const { code, stdout, stderr } = await start(args, '"event":"ready"');
    expect(stderr).toContain('/nothere/electron');
    const ready = JSON.parse(stdout.split('\n').find((line) => line.includes('"ready"')) ?? '{}') as { ui?: string };
    expect(ready.ui).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=.+/);
    expect(code).toBe(0);
  }, 120_000);
});
