import { BootbenchError } from '../../../contract/errors.ts';
import type { Image } from '../../../contract/inventory.ts';
import type { Log } from '../../../contract/runtime.ts';
import type { ImportFolder } from './files.ts';
import type { Inventory } from '../inventory.ts';
import { CLOSE_PROGRAM, removedButHeld } from './sentences.ts';

interface Deps {
  readonly folder: ImportFolder;
  readonly inventory: Inventory;
  readonly log: Log;
  readonly release: (image: Image) => void;
}

/** Whether an import put the image's file where it is; a file registered in place is never ours to delete. */
export function ownsFile({ folder, inventory }: Pick<Deps, 'folder' | 'inventory'>, image: Image): boolean {
  const path = folder.isoOf(image.name);
  if (image.imported !== true || image.source.type !== 'file' || image.source.path !== path) return false;
  return !inventory.listImages().some((other) => other.name !== image.name && usesFile(other, path));
}

export function usesFile({ source }: Image, path: string): boolean {
  return source.type === 'file' && source.path === path;
}

/**
 * Makes a change by which the image gives up its imported file, then deletes the file. A note says so beforehand, so that the next
 * import of the name, the next hour (`finishRemoval`) or the next start finishes what an end of the program (or Windows, while a machine still reads it) left undone.
 */
export async function givingUpFile<T>({ folder, inventory, log, release }: Deps, image: Image, change: () => T | Promise<T>): Promise<T> {
  await folder.writeNote(image.name, { removing: true });
  const result = await undoing(change, () => folder.removeNote(image.name));
  if (inventory.listImages().some((other) => usesFile(other, folder.isoOf(image.name)))) {
    await folder.removeNote(image.name);
    return result;
  }
  release(image);
  try {
    await folder.removeIso(image.name);
    await folder.removeNote(image.name);
  } catch (error) {
    log.warn({ image: image.name, error }, 'the file of a removed image could not be deleted yet');
  }
  return result;
}

/**
 * Deletes the file of a removed image that another program held (Windows) when it was removed. Does nothing if the file is already gone.
 * E_EXISTS while it is still held.
 */
export async function finishRemoval({ folder, inventory }: Pick<Deps, 'folder' | 'inventory'>, name: string): Promise<void> {
  const note = await folder.note(name);
  if (note?.removing !== true || inventory.listImages().some((image) => image.name === name || usesFile(image, folder.isoOf(name)))) return;
  try {
    await folder.removeIso(name);
  } catch (error) {
    throw new BootbenchError('E_EXISTS', removedButHeld(name), { cause: error, next: CLOSE_PROGRAM });
  }
  await folder.removeNote(name);
}

async function undoing<T>(change: () => T | Promise<T>, undo: () => Promise<void>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    await undo();
    throw error;
  }
}
