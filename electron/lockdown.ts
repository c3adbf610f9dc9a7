import { app, type WebContents } from 'electron';
import { isOurBlob, isOurFile, isOurPage } from './sender.ts';

/** Copying a command to the clipboard is all that the page may do beyond itself. */
const ALLOWED = 'clipboard-sanitized-write';

/** How much of Chromium's sandbox a page has: `filter` is the system call filter without namespaces. */
export type Sandbox = 'complete' | 'filter' | 'none';

/**
 * For every page that ever comes to be: our own page only, no other windows, no devices, no permission but the one. Returns what sandbox
 * the pages will have.
 */
export function lockDown(): Sandbox {
  const sandbox = enableSandbox();
  app.on('web-contents-created', (_event, contents) => {
    denyPermissions(contents);
    denyRequests(contents);
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-frame-navigate', (event) => {
      // Reloading our own page is a navigation too.
      if (!event.isMainFrame || !isOurPage(event.url)) event.preventDefault();
    });
    contents.on('will-navigate', (event) => {
      if (!isOurPage(event.url)) event.preventDefault();
    });
  });
  return sandbox;
}

/** Asks for the switch first: Electron's call removes it. Chromium refuses its sandbox to root, whose pages would end at once without the switch. */
function enableSandbox(): Sandbox {
  const isOff = app.commandLine.hasSwitch('no-sandbox');
  if (isOff && process.getuid?.() === 0) return 'none';
  app.enableSandbox();
  return isOff ? 'filter' : 'complete';
}

function denyPermissions({ session }: WebContents): void {
  const may = (contents: WebContents | null, permission: string): boolean =>
    permission === ALLOWED && contents !== null && isOurPage(contents.getURL());
  session.setPermissionRequestHandler((contents, permission, answer) => answer(may(contents, permission)));
  session.setPermissionCheckHandler(may);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event, item, from) => {
    // A file that our page made, such as a console's transcript; the user chooses where it is saved.
    if (!isOurBlob(item.getURL()) || !isOurPage(from.getURL())) event.preventDefault();
  });
}

/** The page talks to the appliance over its bridge and loads its own files; the developer tools have a scheme of their own. */
function denyRequests({ session }: WebContents): void {
  session.webRequest.onBeforeRequest(({ url }, answer) => {
    answer({ cancel: !isOurFile(url) && (app.isPackaged || !url.startsWith('devtools://')) });
  });
}
