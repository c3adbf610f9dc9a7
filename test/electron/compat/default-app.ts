/** What Electron does with a folder on its command line; the binary for the tests came without this part. */
import { app } from 'electron';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

interface OlderApp {
  setVersion(version: string): void;
  setDesktopName(name: string): void;
  setAppPath(path: string): void;
}

const folder = resolve(process.argv[1] ?? '.');
const { name, version, main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
  'name' | 'version' | 'main',
  string
>;
const older = app as unknown as OlderApp;
older.setVersion(version);
older.setDesktopName(`${name}.desktop`);
older.setAppPath(folder);
app.name = name;
if (!app.commandLine.hasSwitch('user-data-dir')) app.setPath('userData', join(app.getPath('appData'), name));
createRequire(join(folder, 'package.json'))(join(folder, main));
