import { contextBridge, ipcRenderer } from 'electron';

/** What the page may do: exchange messages with the appliance. The contract is checked at the other end. */
const bridge = {
  /** Opens the connection; a former one of this page ends. */
  open(onMessage: (message: unknown) => void, onClose: () => void): void {
    ipcRenderer.removeAllListeners('port:message');
    ipcRenderer.removeAllListeners('port:closed');
    ipcRenderer.on('port:message', (_event, message: unknown) => onMessage(message));
    ipcRenderer.on('port:closed', () => onClose());
    ipcRenderer.send('port:open');
  },
  send(message: unknown): void {
    ipcRenderer.send('port:message', message);
  },
  close(): void {
    ipcRenderer.send('port:close');
  },
};

contextBridge.exposeInMainWorld('bootbench', bridge);
