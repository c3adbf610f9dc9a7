import type { MenuItemConstructorOptions } from 'electron';
import { COPY_ADDRESS } from './sentences.ts';
import { MAIN_VIEWS, type ViewName } from '../contract/window-views.ts';

/** What the menu can do beyond the window system's own commands. */
export interface MenuActions {
  /** Asks for ISO files and gives them to the page. */
  openIso(): void;
  /** Goes to a view of the page by its fragment. */
  show(view: ViewName): void;
  openDataFolder(): void;
  /** Asks where to save it. */
  saveSupportBundle(): void;
  /** Copies the page's URL, with its token, for a browser. */
  copyAddress(): void;
}

/** The menu bar as data. Copy and paste need their entries on macOS, where the shortcuts belong to the menu. */
export function menuTemplate(actions: MenuActions, platform: NodeJS.Platform, packaged: boolean): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  return [
    ...(isMac ? [{ role: 'appMenu' as const }] : []),
    {
      label: '&File',
      submenu: [
        { label: 'Add ISO…', accelerator: 'CmdOrCtrl+O', click: () => actions.openIso() },
        { label: 'Open data folder', click: () => actions.openDataFolder() },
        { type: 'separator' },
        isMac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        ...MAIN_VIEWS.map(({ id, title }, index) => ({
          label: title,
          accelerator: `CmdOrCtrl+${index + 1}`,
          click: () => actions.show(id),
        })),
        { type: 'separator' },
        { role: 'reload' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(packaged ? [] : [{ role: 'toggleDevTools' as const }]),
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        { label: 'Errors and what to do', accelerator: 'F1', click: () => actions.show('help') },
        { label: 'Check this computer', click: () => actions.show('doctor') },
        { label: 'Save support bundle…', click: () => actions.saveSupportBundle() },
        { label: 'First run', click: () => actions.show('first-run') },
        { label: COPY_ADDRESS, click: () => actions.copyAddress() },
        ...(isMac ? [] : [{ role: 'about' as const }]),
      ],
    },
  ];
}
