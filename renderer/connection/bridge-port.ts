import type { Port } from '../../contract/port.ts';

/** A file that the system opened with Bootbench. `problem`: a sentence that says why it cannot be added. */
export interface OpenedFile {
  readonly path: string;
  readonly problem?: string;
}

/** What the desktop's preload offers. */
export interface Bridge {
  open(onMessage: (message: unknown) => void, onClose: () => void): void;
  send(message: unknown): void;
  close(): void;
  /** The path of a dropped or chosen file; empty for one that is not on this computer's disks. */
  pathOf(file: File): string;
  /** Called with files that the system opens with Bootbench (double click, menu, second start), handled like dropped ones. */
  onFiles(listener: (files: OpenedFile[]) => void): void;
}

declare global {
  interface Window {
    bootbench?: Bridge;
  }
}

/** The desktop window's way to the appliance as a Port. */
export function openBridgePort(bridge: Bridge): Promise<Port> {
  const messages: ((message: unknown) => void)[] = [];
  const closes: (() => void)[] = [];
  const closed = (): void => closes.splice(0).forEach((listener) => listener());
  bridge.open((message) => messages.forEach((listener) => listener(message)), closed);
  return Promise.resolve({
    send: (message) => bridge.send(message),
    onMessage: (listener) => messages.push(listener),
    onClose: (listener) => closes.push(listener),
    close: () => {
      bridge.close();
      closed();
    },
  });
}
