import { beforeEach, describe, expect, it, vi } from 'vitest';
import { filesOf, isoFilesOf, openFileGate, type FileGate } from '../../../electron/files.ts';
import { FOREIGN_FRAMES, from, ipcMain, PretendedPage } from './pretended-electron.ts';

vi.mock('electron', () => import('./pretended-electron.ts'));

describe('the ISO files of a command line', () => {
  it.each([
    ['an absolute path', ['/isos/a.iso'], ['/isos/a.iso']],
    ['a relative path belongs to the caller’s folder', ['a.ISO'], ['/home/t/a.ISO']],
    ['a file URL, as a desktop gives it', ['file:///isos/Windows%20Server.iso'], ['/isos/Windows Server.iso']],
    ['several', ['a.iso', '/b.iso'], ['/home/t/a.iso', '/b.iso']],
    ['flags are none', ['--nic=eth0.iso', '-x.iso'], []],
    ['other files are none', ['.', 'out/main/index.js', 'a.img'], []],
    ['a URL of another computer is none', ['file://server/a.iso'], []],
    ['a URL that hides a slash is none', ['file:///isos%2Fa.iso'], []],
  ])('%s', (_what, args, files) => {
    expect(isoFilesOf(args, '/home/t')).toEqual(files);
  });
});

it.each([
  [{ files: ['/a.iso'] }, ['/a.iso']],
  [{ files: ['/a.iso', 7, null] }, ['/a.iso']],
  [{ files: '/a.iso' }, []],
  [null, []],
  [undefined, []],
  ['/a.iso', []],
])('what a second start hands over is taken for no more than it is: %j', (handedOver, files) => {
  expect(filesOf(handedOver)).toEqual(files);
});

describe('the way of files into the page', () => {
  let gate: FileGate;
  const page = (): PretendedPage => new PretendedPage();
  beforeEach(() => {
    ipcMain.removeAllListeners();
    gate = openFileGate();
  });

  it('waits for the page, then gives them once', () => {
    const window = page();
    gate.open(['/a.iso']);
    gate.open(['/b.iso']);
    ipcMain.emit('files:listen', from(window));
    ipcMain.emit('files:listen', from(window));
    ipcMain.emit('files:taken', from(window), 2);
    gate.open(['/c.iso']);
    expect(window.received).toEqual([
      ['files:open', ['/a.iso', '/b.iso']],
      ['files:open', ['/c.iso']],
    ]);
  });

  it('stays open after a navigation that is refused, or that only changes the view', () => {
    const window = page();
    ipcMain.emit('files:listen', from(window));
    window.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    window.emit('did-navigate-in-page', {});
    gate.open(['/a.iso']);
    expect(window.received).toEqual([['files:open', ['/a.iso']]]);
  });

  it.each(['did-navigate', 'render-process-gone'])('waits for the page to ask again after %s', (event) => {
    const window = page();
    ipcMain.emit('files:listen', from(window));
    window.emit(event, {});
    gate.open(['/b.iso']);
    expect(window.received).toEqual([]);
    ipcMain.emit('files:listen', from(window));
    expect(window.received).toEqual([['files:open', ['/b.iso']]]);
  });

  it('gives the files that a crashed page did not take to the next page', () => {
    const window = page();
    ipcMain.emit('files:listen', from(window));
    gate.open(['/a.iso']);
    ipcMain.emit('files:taken', from(window), 1);
    gate.open(['/b.iso']);
    gate.open(['/c.iso']);
    window.emit('render-process-gone', {});
    ipcMain.emit('files:listen', from(window));
    expect(window.received.at(-1)).toEqual(['files:open', ['/b.iso', '/c.iso']]);
  });

  it.each([0, -1, 2, 1.5, '1', NaN])('believes no page that took %s of one file', (count) => {
    const window = page();
    ipcMain.emit('files:listen', from(window));
    gate.open(['/a.iso']);
    ipcMain.emit('files:taken', from(window), count);
    window.emit('did-navigate', {});
    ipcMain.emit('files:listen', from(window));
    expect(window.received.at(-1)).toEqual(['files:open', ['/a.iso']]);
    expect(window.received).toHaveLength(2);
  });

  it('takes no confirmation from a foreign frame or another page', () => {
    const window = page();
    ipcMain.emit('files:listen', from(window));
    gate.open(['/a.iso']);
    for (const [, frame] of FOREIGN_FRAMES) ipcMain.emit('files:taken', from(window, frame), 1);
    ipcMain.emit('files:taken', from(page()), 1);
    window.emit('did-navigate', {});
    ipcMain.emit('files:listen', from(window));
    expect(window.received).toHaveLength(2);
  });

  it('waits when the window is closed, for the next one', () => {
    const first = page();
    ipcMain.emit('files:listen', from(first));
    first.destroyed = true;
    first.emit('destroyed');
    gate.open(['/a.iso']);
    const second = page();
    ipcMain.emit('files:listen', from(second));
    expect(first.received).toEqual([]);
    expect(second.received).toEqual([['files:open', ['/a.iso']]]);
  });

  it.each(FOREIGN_FRAMES)('is closed to %s', (_who, frame) => {
    const window = page();
    gate.open(['/a.iso']);
    ipcMain.emit('files:listen', from(window, frame));
    expect(window.received).toEqual([]);
  });
});
