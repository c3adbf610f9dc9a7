import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../headless/log.ts';
import { RotatingFile } from '../../../headless/rotating-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'));
  path = join(folder, 'log', 'bootbench.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

describe('a rotating file', () => {
  it('never grows over its limit, and has the newest lines in order in two files', () => {
    const file = new RotatingFile(path, 1000);
    for (let number = 0; number < 500; number += 1) {
      file.write(`line ${number}\n`);
      expect(statSync(path).size).toBeLessThanOrEqual(1000);
    }
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(1000);
    const both = [...lines(`${path}.1`), ...lines(path)];
    expect(both.at(-1)).toBe('line 499');
    // Each holds about a thousand bytes, and not one line.
    expect(statSync(`${path}.1`).size).toBeGreaterThan(980);
    expect(both).toEqual(Array.from({ length: both.length }, (_, index) => `line ${500 - both.length + index}`));
  });

  it('continues the file of the run before, also when that is too large already', () => {
    new RotatingFile(path, 1000).write('first\n');
    const second = new RotatingFile(path, 1000);
    second.write('second\n');
    expect(lines(path)).toEqual(['first', 'second']);
    writeFileSync(path, 'x'.repeat(5000));
    new RotatingFile(path, 1000).write('third\n');
    expect(lines(path)).toEqual(['third']);
    expect(statSync(`${path}.1`).size).toBe(5000);
  });

  it('writes a line that is longer than the limit, once', () => {
    const file = new RotatingFile(path, 10);
    file.write('a line that is longer\n');
    file.write('next\n');
    expect([lines(`${path}.1`), lines(path)]).toEqual([['a line that is longer'], ['next']]);
  });

  it('counts bytes, not characters', () => {
    const file = new RotatingFile(path, 10);
    file.write('ääää\n');
    file.write('b\n');
    expect([lines(`${path}.1`), lines(path)]).toEqual([['ääää'], ['b']]);
  });

  it('names the data directory that cannot be written', () => {
    writeFileSync(join(folder, 'log'), 'a file');
    expect(() => new RotatingFile(path, 10)).toThrow(expect.objectContaining({ code: 'E_DB' }));
  });
});

describe('a log that cannot be written for a while', () => {
  it('never writes to a file that got the number of the closed log', () => {
    const file = new RotatingFile(path, 10);
    file.write('12345678\n');
    rmSync(join(folder, 'log'), { recursive: true });
    writeFileSync(join(folder, 'log'), 'not a folder');
    file.write('lost\n');
    const other = join(folder, 'other.db');
    const fds = [openSync(other, 'a'), openSync(other, 'a')];
    file.write('lost too\n');
    expect(readFileSync(other, 'utf8')).toBe('');
    for (const fd of fds) expect(() => closeSync(fd)).not.toThrow();
  });

  it('is written again as soon as that is possible', () => {
    const file = new RotatingFile(path, 10);
    file.write('12345678\n');
    rmSync(join(folder, 'log'), { recursive: true });
    file.write('lost\n');
    mkdirSync(join(folder, 'log'));
    file.write('again\n');
    expect(lines(path)).toEqual(['again']);
  });

  it('starts over where the file before cannot be replaced', () => {
    const file = new RotatingFile(path, 10);
    mkdirSync(join(`${path}.1`, 'held'), { recursive: true });
    file.write('12345678\n');
    file.write('next\n');
    expect(lines(path)).toEqual(['next']);
  });

  it('is named when it is a folder at the start', () => {
    mkdirSync(path, { recursive: true });
    expect(() => new RotatingFile(path, 10)).toThrow(expect.objectContaining({ code: 'E_DB' }));
  });
});

it('the log of an appliance that runs for long is rotated while it is written', () => {
  const { log, setLocked } = openLog(folder, () => undefined, false);
  setLocked(true);
  const text = 'x'.repeat(100_000);
  for (let number = 0; number < 250; number += 1) log.info({ number, text }, 'a long line');
  expect(statSync(path).size + statSync(`${path}.1`).size).toBeLessThanOrEqual(2 * 10 * 1024 * 1024);
  expect((JSON.parse(lines(path).at(-1) ?? '') as { number: number }).number).toBe(249);
});
