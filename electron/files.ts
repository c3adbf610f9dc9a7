import { ipcMain, type WebContents } from 'electron';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOurs } from './sender.ts';

/** The ISO files that a command line names: paths, or the file: URLs that a desktop gives. Absolute. */
export function isoFilesOf(args: readonly string[], cwd: string): string[] {
  return args.filter((arg) => !arg.startsWith('-') && /\.iso$/i.test(arg)).flatMap((arg) => pathOf(arg, cwd));
}

function pathOf(arg: string, cwd: string): string[] {
  if (!/^file:/i.test(arg)) return [resolve(cwd, arg)];
  try {
    return [fileURLToPath(arg)];
  } catch {
    return [];
  }
}

/** The files in what a second start handed over; another version of Bootbench may hand over anything. */
export function filesOf(handedOver: unknown): string[] {
  if (typeof handedOver !== 'object' || handedOver === null || !('files' in handedOver) || !Array.isArray(handedOver.files)) return [];
  return handedOver.files.filter((path: unknown) => typeof path === 'string');
}

/** ISO files on their way into the page, which takes them as if they were dropped on it. */
export interface FileGate {
  /** Sends the files now, or as soon as the page asks for them. */
  open(paths: readonly string[]): void;
}

/**
 * A page asks for files (`files:listen`) and confirms what it took (`files:taken`). Until then they wait here, so a page that crashes or
 * reloads loses none. They also wait while no window is open.
 */
export function openFileGate(): FileGate {
  let waiting: string[] = [];
  /** How many of the waiting files were sent to the page. */
  let sent = 0;
  let page: WebContents | undefined;
  const known = new WeakSet<WebContents>();

  const flush = (): void => {
    const unsent = waiting.slice(sent);
    if (unsent.length === 0 || !page || page.isDestroyed()) return;
    sent = waiting.length;
    page.send('files:open', unsent);
  };
  const listen = (asking: WebContents | undefined): void => {
    if (page !== asking) sent = 0;
    page = asking;
    flush();
  };
  const forgetWithPage = (asking: WebContents): void => {
    const forget = (): void => {
      if (page === asking) listen(undefined);
    };
    asking.once('destroyed', forget);
    asking.on('render-process-gone', forget);
    // Not did-start-navigation, which is emitted for refused navigations too.
    asking.on('did-navigate', forget);
  };

  ipcMain.on('files:listen', (event) => {
    if (!isOurs(event)) return;
    if (!known.has(event.sender)) forgetWithPage(event.sender);
    known.add(event.sender);
    listen(event.sender);
  });
  ipcMain.on('files:taken', (event, count: unknown) => {
    if (!isOurs(event) || event.sender !== page || !isCount(count, sent)) return;
    waiting = waiting.slice(count);
    sent -= count;
  });
  return {
    open(paths) {
      waiting.push(...paths);
      flush();
    },
  };
}

function isCount(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= most;
}
