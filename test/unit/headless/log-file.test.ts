import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../headless/log.ts';

const FULL_BYTES = 10 * 1024 * 1024;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'));
  path = join(folder, 'log', 'bootbench.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const messages = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

/** The log of a program that runs already, so full that the next line rotates it. */
function fullLog(): void {
  mkdirSync(join(folder, 'log'), { recursive: true });
  writeFileSync(path, '');
  truncateSync(path, FULL_BYTES);
}

describe('the log file of a data directory', () => {
  it('is neither written nor rotated by a program without the lock, which still logs to stderr', () => {
    fullLog();
    const stderr: string[] = [];
    const { log } = openLog(folder, (text) => stderr.push(text), false);
    log.warn({}, 'refused');
    expect(stderr.join('')).toContain('refused');
    expect(statSync(path).size).toBe(FULL_BYTES);
    expect(existsSync(`${path}.1`)).toBe(false);
  });

  it('gets the lines that waited for the lock, in order', () => {
    const { log, setLocked } = openLog(folder, () => undefined, false);
    log.info({}, 'before');
    expect(existsSync(path)).toBe(false);
    setLocked(true);
    log.info({}, 'after');
    expect(messages(path)).toEqual(['before', 'after']);
  });

  it('is left alone between two locks, and then continued, also when another program filled it', () => {
    const { log, setLocked } = openLog(folder, () => undefined, false);
    setLocked(true);
    log.info({}, 'first');
    setLocked(false);
    log.info({}, 'between');
    expect(messages(path)).toEqual(['first']);
    fullLog();
    setLocked(true);
    expect(messages(path)).toEqual(['between']);
    expect(statSync(`${path}.1`).size).toBe(FULL_BYTES);
  });

  it('gets the newest thousand of the lines that waited', () => {
    const { log, setLocked } = openLog(folder, () => undefined, false);
    for (let number = 1; number <= 1500; number += 1) log.info({}, `line ${number}`);
    setLocked(true);
    const written = messages(path);
    expect([written.length, written[0], written.at(-1)]).toEqual([1000, 'line 501', 'line 1500']);
  });
});
