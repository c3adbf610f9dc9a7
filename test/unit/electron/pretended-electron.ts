import { EventEmitter } from 'node:events';

/** What vi.mock puts in the place of 'electron': messages are sent by emitting them. */
export const ipcMain = new EventEmitter();

/** The page's URL as the window has it. */
export const PAGE_URL = 'bootbench://app/index.html';

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
  ['a file of this computer', { parent: null, url: 'file:///tmp/index.html' }],
  ['the page’s file', { parent: null, url: 'file:///opt/Bootbench/out/renderer/index.html' }],
  ['the page’s path on the web', { parent: null, url: PAGE_URL.replace('bootbench:', 'https:') }],
  ['another host of its scheme', { parent: null, url: PAGE_URL.replace('app', 'app.example.org') }],
  ['its host as a user name', { parent: null, url: PAGE_URL.replace('app', 'app@example.org') }],
  ['its host with a port', { parent: null, url: PAGE_URL.replace('app', 'app:80') }],
  ['its URL in another’s fragment', { parent: null, url: `https://example.org/#${PAGE_URL}` }],
  ['another file in its folder', { parent: null, url: `${PAGE_URL}.html` }],
  ['a file that it made', { parent: null, url: `blob:${PAGE_URL}` }],
  ['a frame inside the page', { parent: { url: PAGE_URL }, url: PAGE_URL }],
  ['an empty frame', { parent: null, url: 'about:blank' }],
  ['a frame without a URL', { parent: null, url: '' }],
  ['a frame that is gone', null],
];
