import { app } from 'electron';

/** Starts the program with these arguments as soon as this one has ended. In an AppImage the running binary is in a mount that ends with it. */
export function relaunch(args: readonly string[]): void {
  app.relaunch({ args: [...args], ...(process.env.APPIMAGE === undefined ? {} : { execPath: process.env.APPIMAGE }) });
}
