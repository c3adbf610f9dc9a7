/** What the databases say to people. Those without a subject continue a sentence that starts with a file. */

export const NOT_OURS = 'is not a Bootbench database.';
export const EMPTY = 'is empty.';
export const IS_FOLDER = 'is a folder.';
export const IS_IN_USE = 'is the database of this data directory itself.';
export const notReadable = (reason: string): string => `cannot be read as a database: ${reason}.`;
export const failsCheck = (found: string): string => `is damaged: ${found}.`;
export const newer = (schema: number, supported: number): string =>
  `was written by a newer Bootbench (schema ${schema}; this version supports up to ${supported}).`;
export const aboutFile = (path: string, reason: string): string => `${path} ${reason}`;

export const cannotBeOpened = (path: string, reason: string): string => `${path} cannot be opened: ${reason}.`;
export const cannotBeWritten = (path: string, reason: string): string => `${path} cannot be written: ${reason}.`;
export const lockedByAnother = (path: string): string => `${path} is locked by another Bootbench.`;
export const USE_NEWER = 'Use the newer version of Bootbench, or another --data-dir.';
export const USE_BACKUP = 'Use a file that was written by `bootbench backup`, or one from the folder backups of the data directory.';

export const inventoryDamaged = (path: string, reason: string, backup: string | undefined): string =>
  `${path} ${reason} Nothing was changed. ${lastBackup(backup)}`;
export const inventoryMissing = (path: string, backup: string | undefined): string =>
  `${path} is missing or empty, but the data directory was used before. Nothing was changed. ${lastBackup(backup)}`;
const lastBackup = (backup: string | undefined): string =>
  backup === undefined ? 'No good automatic backup was found.' : `The last good automatic backup is ${backup}.`;
export const restoreThat = (backup: string, dataDir: string): string =>
  `Restore it with \`bootbench restore "${backup}" --data-dir "${dataDir}"\`.`;
export const restoreOrEmpty = (dataDir: string): string =>
  `Restore a backup with \`bootbench restore FILE --data-dir "${dataDir}"\`, or start with an empty inventory: \`bootbench restore --empty --data-dir "${dataDir}"\`. The present file is saved.`;

export const historySetAside = (saved: string, reason: string): string =>
  `The events before this one are not available: activity.db ${reason} The file was saved as ${saved}, and a new one was started.`;

export const targetExists = (path: string): string => `${path} already exists.`;
export const OTHER_TARGET = 'Choose a file name that does not exist yet.';
export const targetIsFolder = (path: string): string => `${path} is a folder.`;
export const backupFailed = (path: string, reason: string): string => `The backup to ${path} failed: ${reason}`;
export const noSpaceForBackup = (folder: string): string => `There is not enough free space for a backup in ${folder}.`;
export const OTHER_FOLDER = 'Choose an existing folder with enough free space.';
