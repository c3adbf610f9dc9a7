import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The page that the window shows; this file is built into out/main/. */
export const PAGE = join(import.meta.dirname, '..', 'renderer', 'index.html');

/** The part of an IPC event that identifies its sender. */
export interface Sender {
  readonly senderFrame: { readonly parent: unknown; readonly url: string } | null;
}

/** Only the top frame of our own page speaks for the technician. */
export function isOurs({ senderFrame }: Sender): boolean {
  return senderFrame !== null && senderFrame.parent === null && isOurPage(senderFrame.url);
}

/** Whether a URL is our page, at whatever place inside it. Compared as paths: Chromium and Node escape them differently. */
export function isOurPage(url: string): boolean {
  try {
    const { protocol, host, pathname } = new URL(url);
    return protocol === 'file:' && host === '' && fileURLToPath(`file://${pathname}`) === PAGE;
  } catch {
    return false;
  }
}
