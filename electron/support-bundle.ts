import { BrowserWindow, dialog, shell } from 'electron';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorBody } from '../contract/errors.ts';
import { connect } from '../contract/port.ts';
import type { Thread } from '../main-services/thread/host.ts';

/** Asks where to save a support bundle of the running appliance, saves it and shows it. A failure is shown in a box that holds nothing. */
export async function saveSupportBundle({ openPort }: Pick<Thread, 'openPort'>): Promise<void> {
  const [window] = BrowserWindow.getAllWindows();
  const options = { title: 'Save support bundle', defaultPath: join(homedir(), 'bootbench-support.tar.gz') };
  const { filePath } = await (window ? dialog.showSaveDialog(window, options) : dialog.showSaveDialog(options));
  if (!filePath) return;
  const client = connect(openPort());
  try {
    const pieces: Buffer[] = [];
    for await (const piece of client.stream('appliance.supportBundle', {})) pieces.push(Buffer.from(piece, 'base64'));
    await writeFile(filePath, Buffer.concat(pieces), { mode: 0o600 });
    shell.showItemInFolder(filePath);
  } catch (error) {
    const { title, message, next } = errorBody(error);
    void dialog.showMessageBox({ type: 'error', message: title, detail: `${message}\n\n${next}` });
  } finally {
    client.close();
  }
}
