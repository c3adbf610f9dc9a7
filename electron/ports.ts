import { ipcMain, type WebContents } from 'electron';
import type { Port } from '../contract/port.ts';
import type { Thread } from '../main-services/thread/host.ts';
import { isOurs } from './sender.ts';

/** Connects each page that asks (`port:open`) to the appliance with its own port. Other pages are refused. */
export function bridgePorts(thread: Pick<Thread, 'openPort'>): void {
  const ports = new Map<WebContents, Port>();

  const known = new WeakSet<WebContents>();

  const release = (page: WebContents): void => {
    ports.get(page)?.close();
    ports.delete(page);
  };

  /** A page that reloads opens a port of its own and counts its calls from 1 again: it must not get the answers of the former one. */
  const releaseWithPage = (page: WebContents): void => {
    page.once('destroyed', () => release(page));
    page.on('render-process-gone', () => release(page));
    page.on('did-navigate', () => release(page));
  };

  ipcMain.on('port:open', (event) => {
    if (!isOurs(event)) return;
    const page = event.sender;
    const port = thread.openPort();
    release(page);
    ports.set(page, port);
    if (!known.has(page)) releaseWithPage(page);
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
