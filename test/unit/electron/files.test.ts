import { beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../contract/runtime.ts';
import { openFileGate, type FileGate } from '../../../electron/files.ts';
import { FOREIGN_FRAMES, from, ipcMain, PretendedPage } from './pretended-electron.ts';

vi.mock('electron', () => import('./pretended-electron.ts'));
// These files are on no disk; test/unit/electron/file-words.test.ts examines real ones.
vi.mock('../../../electron/file-words.ts', () => ({ examine: (path: string) => Promise.resolve({ path }) }));

const files = (...paths: string[]): { path: string }[] => paths.map((path) => ({ path }));

describe('the way of files into the page', () => {
  let gate: FileGate;
  const page = (): PretendedPage => new PretendedPage();
  beforeEach(() => {
    ipcMain.removeAllListeners();
    gate = openFileGate(systemClock);
  });

  it('waits for the page, then gives them once', async () => {
    const window = page();
    await gate.open(['/a.iso']);
    await gate.open(['/b.iso']);
    ipcMain.emit('files:listen', from(window));
    ipcMain.emit('files:listen', from(window));
    ipcMain.emit('files:taken', from(window), 2);
    await gate.open(['/c.iso']);
    expect(window.received).toEqual([
      ['files:open', files('/a.iso', '/b.iso')],
      ['files:open', files('/c.iso')],
    ]);
  });

  it('has sentences about files that were lost', async () => {
    const window = page();
    ipcMain.emit('files:listen', from(window));
    gate.refuse('Lost.');
    await gate.open(['/a.iso']);
    expect(window.received).toEqual([
      ['files:open', [{ path: '', problem: 'Lost.' }]],
      ['files:open', files('/a.iso')],
    ]);
  });

  it('stays open after a navigation that is refused, or that only changes the view', async () => {
    const window = page();
    ipcMain.emit('files:listen', from(window));
    window.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    window.emit('did-navigate-in-page', {});
    await gate.open(['/a.iso']);
    expect(window.received).toEqual([['files:open', files('/a.iso')]]);
  });

  it.each(['did-navigate', 'render-process-gone'])('waits for the page to ask again after %s', async (event) => {
    const window = page();
    ipcMain.emit('files:listen', from(window));
    window.emit(event, {});
    await gate.open(['/b.iso']);
    expect(window.received).toEqual([]);
    ipcMain.emit('files:listen', from(window));
    expect(window.received).toEqual([['files:open', files('/b.iso')]]);
  });

  it('gives the files that a crashed page did not take to the next page', async () => {
    const window = page();
    ipcMain.emit('files:listen', from(window));
    await gate.open(['/a.iso']);
    ipcMain.emit('files:taken', from(window), 1);
    await gate.open(['/b.iso']);
    await gate.open(['/c.iso']);
    window.emit('render-process-gone', {});
    ipcMain.emit('files:listen', from(window));
    expect(window.received.at(-1)).toEqual(['files:open', files('/b.iso', '/c.iso')]);
  });

  it.each([0, -1, 2, 1.5, '1', NaN])('believes no page that took %s of one file', async (count) => {
    const window = page();
    ipcMain.emit('files:listen', from(window));
    await gate.open(['/a.iso']);
    ipcMain.emit('files:taken', from(window), count);
    window.emit('did-navigate', {});
    ipcMain.emit('files:listen', from(window));
    expect(window.received.at(-1)).toEqual(['files:open', files('/a.iso')]);
    expect(window.received).toHaveLength(2);
  });

  it('takes no confirmation from a foreign frame or another page', async () => {
    const window = page();
    ipcMain.emit('files:listen', from(window));
    await gate.open(['/a.iso']);
    for (const [, frame] of FOREIGN_FRAMES) ipcMain.emit('files:taken', from(window, frame), 1);
    ipcMain.emit('files:taken', from(page()), 1);
    window.emit('did-navigate', {});
    ipcMain.emit('files:listen', from(window));
    expect(window.received).toHaveLength(2);
  });

  it('waits when the window is closed, for the next one', async () => {
    const first = page();
    ipcMain.emit('files:listen', from(first));
    first.destroyed = true;
    first.emit('destroyed');
    await gate.open(['/a.iso']);
    const second = page();
    ipcMain.emit('files:listen', from(second));
    expect(first.received).toEqual([]);
    expect(second.received).toEqual([['files:open', files('/a.iso')]]);
  });

  it.each(FOREIGN_FRAMES)('is closed to %s', async (_who, frame) => {
    const window = page();
    await gate.open(['/a.iso']);
    ipcMain.emit('files:listen', from(window, frame));
    expect(window.received).toEqual([]);
  });
});
