import { ipcMain, type WebContents } from 'electron';
import type { Clock } from '../contract/runtime.ts';
import { withDeadline } from '../util/async.ts';
import { examine, type OpenedFile } from './file-words.ts';
import { isOurs } from './sender.ts';

/** A file on a network drive that does not answer is not waited for: the import says what is wrong with it. */
const EXAMINE_TIMEOUT_MS = 3000;

/** ISO files on their way into the page, which takes them as if they were dropped on it. */
export interface FileGate {
  /** Sends the files, each with what is wrong with it, as soon as they were examined and the page asks for them. Never rejects. */
  open(files: readonly string[]): Promise<void>;
  /** Has the page show a sentence about files that were lost. */
  refuse(problem: string): void;
}

/**
 * A page asks for files (`files:listen`) and confirms what it took (`files:taken`). Until then they wait here, so a page that crashes or
 * reloads loses none. They also wait while no window is open.
 */
export function openFileGate(clock: Clock): FileGate {
  let waiting: OpenedFile[] = [];
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
  const add = (files: readonly OpenedFile[]): void => {
    waiting = [...waiting, ...files];
    flush();
  };
  return {
    open: async (files) => add(await Promise.all(files.map((file) => examineInTime(file, clock)))),
    refuse: (problem) => add([{ path: '', problem }]),
  };
}

function examineInTime(path: string, clock: Clock): Promise<OpenedFile> {
  return withDeadline(
    clock,
    EXAMINE_TIMEOUT_MS,
    () => new Error('no answer'),
    () => examine(path),
  ).catch(() => ({ path }));
}

function isCount(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= most;
}
