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

/** A page asks (`files:listen`) once it can take files; until then, and while there is no window, they wait here. */
export function openFileGate(): FileGate {
  let waiting: string[] = [];
  let page: WebContents | undefined;

  const flush = (): void => {
    if (waiting.length === 0 || !page || page.isDestroyed()) return;
    page.send('files:open', waiting);
    waiting = [];
  };

  const known = new WeakSet<WebContents>();

  ipcMain.on('files:listen', (event) => {
    if (!isOurs(event)) return;
    const asking = event.sender;
    page = asking;
    if (!known.has(asking)) {
      const forget = (): void => {
        if (page === asking) page = undefined;
      };
      asking.once('destroyed', forget);
      // A page that reloads asks again; navigation inside the page is not a reload.
      asking.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
        if (isMainFrame && !isSameDocument) forget();
      });
    }
    known.add(asking);
    flush();
  });
  return {
    open(paths) {
      waiting.push(...paths);
      flush();
    },
  };
}
