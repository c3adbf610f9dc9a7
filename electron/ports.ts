import { ipcMain, type IpcMainEvent, type WebContents } from 'electron';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { Port } from '../contract/port.ts';
import type { Thread } from '../main-services/thread.ts';

const PAGE = pathToFileURL(join(import.meta.dirname, '..', 'renderer', 'index.html')).href;

/** Connects each page that asks (`port:open`) with a port of its own to the appliance, and nobody but our own page. */
export function bridgePorts(thread: Thread): void {
  const ports = new Map<WebContents, Port>();

  const known = new WeakSet<WebContents>();

  const release = (page: WebContents): void => {
    ports.get(page)?.close();
    ports.delete(page);
  };

  ipcMain.on('port:open', (event) => {
    if (!isOurs(event)) return;
    const page = event.sender;
    const port = thread.openPort();
    release(page);
    ports.set(page, port);
    if (!known.has(page)) page.once('destroyed', () => release(page));
    known.add(page);
    port.onMessage((message) => {
      if (ports.get(page) === port && !page.isDestroyed()) page.send('port:message', message);
    });
    port.onClose(() => {
      if (ports.get(page) !== port) return;
      ports.delete(page);
      if (!page.isDestroyed()) page.send('port:closed');
    });
  });
  ipcMain.on('port:message', (event, message: unknown) => {
    if (isOurs(event)) ports.get(event.sender)?.send(message);
  });
  ipcMain.on('port:close', (event) => {
    if (isOurs(event)) release(event.sender);
  });
}

/** Only the top frame of our own page speaks for the technician. */
function isOurs({ senderFrame }: IpcMainEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && senderFrame.url.split('#')[0] === PAGE;
}
