import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Port } from '../../../contract/port.ts';
import { bridgePorts } from '../../../electron/ports.ts';
import { FOREIGN_FRAMES, from, ipcMain, PAGE_URL, PretendedPage } from './pretended-electron.ts';

vi.mock('electron', () => import('./pretended-electron.ts'));

class PretendedPort implements Port {
  readonly sent: unknown[] = [];
  closed = false;
  tell: (message: unknown) => void = () => undefined;
  die: () => void = () => undefined;
  send(message: unknown): void {
    this.sent.push(message);
  }
  onMessage(listener: (message: unknown) => void): void {
    this.tell = listener;
  }
  onClose(listener: () => void): void {
    this.die = listener;
  }
  close(): void {
    this.closed = true;
  }
}

let ports: PretendedPort[];
beforeEach(() => {
  ipcMain.removeAllListeners();
  ports = [];
  bridgePorts({
    openPort() {
      const port = new PretendedPort();
      ports.push(port);
      return port;
    },
  });
});

describe('Bootbench’s own page', () => {
  it.each([PAGE_URL, `${PAGE_URL}#/hosts/web-1`, `${PAGE_URL}?x`])('gets a port of its own (%s)', (url) => {
    const page = new PretendedPage();
    ipcMain.emit('port:open', from(page, { parent: null, url }));
    ipcMain.emit('port:message', from(page, { parent: null, url }), { id: 1 });
    expect(ports[0]?.sent).toEqual([{ id: 1 }]);
    ports[0]!.tell('answer');
    expect(page.received).toEqual([['port:message', 'answer']]);
  });

  it('that opens again loses its old port and receives nothing on it', () => {
    const page = new PretendedPage();
    ipcMain.emit('port:open', from(page));
    ipcMain.emit('port:open', from(page));
    expect(ports.map(({ closed }) => closed)).toEqual([true, false]);
    ports[0]!.tell('late');
    ports[0]!.die();
    expect(page.received).toEqual([]);
  });

  it('is notified when the services exit', () => {
    const page = new PretendedPage();
    ipcMain.emit('port:open', from(page));
    ports[0]!.die();
    expect(page.received).toEqual([['port:closed']]);
  });

  it.each(['render-process-gone', 'did-navigate'])('gives its port back on %s, and receives nothing more on it', (event) => {
    const page = new PretendedPage();
    ipcMain.emit('port:open', from(page));
    page.emit(event, {});
    expect(ports[0]?.closed).toBe(true);
    ports[0]!.tell('late');
    ports[0]!.die();
    expect(page.received).toEqual([]);
    ipcMain.emit('port:open', from(page));
    ports[1]!.tell('answer');
    expect(page.received).toEqual([['port:message', 'answer']]);
  });

  it('keeps its port when a navigation is refused', () => {
    const page = new PretendedPage();
    ipcMain.emit('port:open', from(page));
    page.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    expect(ports[0]?.closed).toBe(false);
  });

  it('that is destroyed gives its port back', () => {
    const page = new PretendedPage();
    ipcMain.emit('port:open', from(page));
    page.destroyed = true;
    page.emit('destroyed');
    expect(ports[0]?.closed).toBe(true);
  });
});

describe('a foreign frame', () => {
  it.each(FOREIGN_FRAMES)('(%s) gets no port', (_who, frame) => {
    ipcMain.emit('port:open', from(new PretendedPage(), frame));
    expect(ports).toEqual([]);
  });

  it.each(FOREIGN_FRAMES)('(%s) in Bootbench’s window can neither send nor close', (_who, frame) => {
    const page = new PretendedPage();
    ipcMain.emit('port:open', from(page));
    ipcMain.emit('port:message', from(page, frame), { id: 1 });
    ipcMain.emit('port:close', from(page, frame));
    expect(ports[0]).toMatchObject({ sent: [], closed: false });
  });

  it('has no way into the port of another page', () => {
    ipcMain.emit('port:open', from(new PretendedPage()));
    ipcMain.emit('port:message', from(new PretendedPage()), { id: 1 });
    expect(ports[0]?.sent).toEqual([]);
  });
});
