/** The scheme of the page's files, which electron/page-scheme.ts serves: nothing else has this origin. */
export const SCHEME = 'bootbench';
export const ORIGIN = `${SCHEME}://app`;
/** The page that the window shows. */
export const PAGE_URL = `${ORIGIN}/index.html`;

/** The part of an IPC event that identifies its sender. */
export interface Sender {
  readonly senderFrame: { readonly parent: unknown; readonly url: string } | null;
}

/** Only the top frame of our own page speaks for the technician. */
export function isOurs({ senderFrame }: Sender): boolean {
  return senderFrame !== null && senderFrame.parent === null && isOurPage(senderFrame.url);
}

/** Whether a URL, as Chromium writes it, is our page, at whatever place inside it. */
export function isOurPage(url: string): boolean {
  return url.replace(/[?#].*$/s, '') === PAGE_URL;
}

/** Whether a URL is one of our files, or what our page made itself. */
export function isOurFile(url: string): boolean {
  return url.startsWith(`${ORIGIN}/`) || isOurBlob(url);
}

export function isOurBlob(url: string): boolean {
  return url.startsWith(`blob:${ORIGIN}/`);
}
