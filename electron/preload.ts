import { contextBridge, ipcRenderer, webUtils } from 'electron';

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
  /** The path of a file that was dropped or chosen; empty for one that is not on this computer's disks. */
  pathOf(file: File): string {
    return webUtils.getPathForFile(file);
  },
  /**
   * Called with files that the system opens with Bootbench, including those from before the page was loaded. `problem` says why one
   * cannot be added.
   */
  onFiles(listener: (files: { path: string; problem?: string }[]) => void): void {
    ipcRenderer.removeAllListeners('files:open');
    ipcRenderer.on('files:open', (_event, files: { path: string; problem?: string }[]) => {
      listener(files);
      ipcRenderer.send('files:taken', files.length);
    });
    ipcRenderer.send('files:listen');
  },
};

contextBridge.exposeInMainWorld('bootbench', bridge);

// The menu's views are the page's own fragments.
ipcRenderer.on('view:show', (_event, view: string) => {
  location.hash = `#/${view}`;
});
