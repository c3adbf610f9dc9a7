import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What vi.mock puts in the place of 'electron': messages are sent by emitting them. */
export const ipcMain = new EventEmitter();

/** The page's URL as the window has it; under test the sources stand where out/main/ will. */
export const PAGE_URL = pathToFileURL(join(import.meta.dirname, '../../../renderer/index.html')).href;

/** A page that notes what it is sent. */
export class PretendedPage extends EventEmitter {
  readonly received: unknown[][] = [];
  destroyed = false;
  send(...message: unknown[]): void {
    this.received.push(message);
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
}

/** An IPC event as Electron gives it: the page's own top frame by default. */
export function from(sender: PretendedPage, senderFrame: unknown = { parent: null, url: PAGE_URL }): unknown {
  return { sender, senderFrame };
}

/** Frames that are not our page's top frame. */
export const FOREIGN_FRAMES: readonly [who: string, frame: unknown][] = [
  ['a web site', { parent: null, url: 'https://example.org/index.html' }],
  ['a page of the loopback server', { parent: null, url: 'http://127.0.0.1:7780/' }],
  ['another file of this computer', { parent: null, url: 'file:///tmp/index.html' }],
  ['the page’s path on a file server', { parent: null, url: PAGE_URL.replace('file://', 'file://server') }],
  ['the page’s path on the web', { parent: null, url: PAGE_URL.replace('file://', 'https://example.org') }],
  ['another file in its folder', { parent: null, url: `${PAGE_URL}.html` }],
  ['a frame inside the page', { parent: { url: PAGE_URL }, url: PAGE_URL }],
  ['an empty frame', { parent: null, url: 'about:blank' }],
  ['a frame without a URL', { parent: null, url: '' }],
  ['a frame that is gone', null],
];
