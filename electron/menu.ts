import type { MenuItemConstructorOptions } from 'electron';

/** What the menu can do beyond the window system's own verbs. */
export interface MenuActions {
  /** Asks for ISO files and gives them to the page. */
  openIso(): void;
  /** Goes to a view of the page by its fragment. */
  show(view: string): void;
  openDataFolder(): void;
}

const VIEWS = ['Bench', 'Hosts', 'Images', 'Configs', 'Network'];

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
        ...VIEWS.map((label, index) => ({
          label,
          accelerator: `CmdOrCtrl+${index + 1}`,
          click: () => actions.show(label.toLowerCase()),
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
        { label: 'First run', click: () => actions.show('first-run') },
        ...(isMac ? [] : [{ role: 'about' as const }]),
      ],
    },
  ];
}
