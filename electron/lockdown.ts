import { app, type WebContents } from 'electron';
import { isOurPage } from './sender.ts';

/** Copying a command to the clipboard is all that the page may do beyond itself. */
const ALLOWED = 'clipboard-sanitized-write';

/** For every page that ever comes to be: our own page only, no other windows, no devices, no permission but the one. */
export function lockDown(): void {
  app.enableSandbox();
  app.on('web-contents-created', (_event, contents) => {
    denyPermissions(contents);
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
}

function denyPermissions({ session }: WebContents): void {
  const may = (contents: WebContents | null, permission: string): boolean =>
    permission === ALLOWED && contents !== null && isOurPage(contents.getURL());
  session.setPermissionRequestHandler((contents, permission, answer) => answer(may(contents, permission)));
  session.setPermissionCheckHandler(may);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event, item, from) => {
    // A file that our page made, such as a console's transcript; the user chooses where it is saved.
    if (!item.getURL().startsWith('blob:file://') || !isOurPage(from.getURL())) event.preventDefault();
  });
}
