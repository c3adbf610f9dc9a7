import { Notification } from 'electron';
import { execFile } from 'node:child_process';
import type { HostServices } from '../contract/runtime.ts';
import { elevated } from '../headless/elevated.ts';
import { desktopSeals } from './secrets.ts';

/** The desktop's powers: its keychain, its elevation prompt, and its notices, which lead to the window. */
export function desktopHost({ showWindow, quit }: { showWindow: () => void; quit: () => void }): HostServices {
  return {
    ...desktopSeals(),
    runElevated: (command) =>
      new Promise((resolve) => {
        const [program, args] = elevated(command);
        execFile(program, args, { timeout: 120_000, windowsHide: true }, (error, stdout, stderr) => {
          resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() || (error?.message ?? '') });
        });
      }),
    notify: (title, body) => {
      if (Notification.isSupported()) {
        const notification = new Notification({ title, body });
        notification.on('click', showWindow);
        notification.show();
      }
      return Promise.resolve();
    },
    endProgram: () => {
      quit();
      return Promise.resolve();
    },
  };
}
