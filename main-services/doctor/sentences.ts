/** Every sentence of `bootbench doctor` that a person can read. */

/** `512 KiB`, `3 MiB`, `41 GiB`: rounded down. */
export function size(bytes: number): string {
  const mebibytes = Math.floor(bytes / 1024 ** 2);
  if (mebibytes < 1) return `${Math.floor(bytes / 1024)} KiB`;
  return mebibytes < 10 * 1024 ? `${mebibytes} MiB` : `${Math.floor(mebibytes / 1024)} GiB`;
}

// Program

export const runtimeOf = (version: string, runtime: string, system: string): string => `Bootbench ${version}, ${runtime}, ${system}.`;

// Native modules

export const nativeLoads = (module: string, where: string): string => `${module} loads in ${where}.`;
export const nativeFails = (module: string, where: string, reason: string): string => `${module} cannot be loaded in ${where}: ${reason}.`;
export const WORKER = 'the services’ thread or process';
export const MAIN_THREAD = 'the main thread';

// Data directory

export const writable = (path: string, free: string): string => `${path} is writable, with ${free} free.`;
export const willBeMade = (path: string, free: string): string => `${path} will be created at the first start; ${free} are free.`;
export const notWritable = (path: string, reason: string): string => `${path} cannot be written: ${reason}.`;
export const MAKE_WRITABLE = 'Get write permission for it, or choose another folder with --data-dir.';
export const littleSpace = (path: string, free: string): string => `Only ${free} are free in ${path}.`;
export const FREE_SPACE_FOR_ISO = 'Free space before you add ISOs; most have more than that.';

// Database

export const NOT_LOCKED = 'The data directory is not in use by another Bootbench.';
export const lockedByAnother = (path: string): string => `${path} is in use by a running Bootbench; its ports and database are left alone.`;
export const CHECK_IN_WINDOW = 'Use Help → Check this computer in its window, or bootbench doctor, for its own answers.';
export const newDatabase = (checked: string): string => `A database can be written. ${checked}`;
export const NO_DATABASE = 'The database is created at the first start.';
export const soundDatabases = (names: string): string => `${names}: SQLite finds no damage.`;
export const largeDatabases = (names: string): string => `${names}: too large to check while Bootbench runs.`;
export const damagedDatabase = (path: string, reason: string): string => `${path} is damaged: ${reason}.`;
export const databaseFails = (reason: string): string => `A new database could not be written: ${reason}.`;

// Ports

export const portOpens = (port: string, nic: string): string => `${port} can be opened on ${nic}.`;
export const portServed = (port: string): string => `${port} is open in this Bootbench.`;
export const CHOOSE_NIC = 'Choose one with --nic, or in the Network view, to check the boot ports.';
export const apiPortFree = (where: string): string => `${where} is free for the UI and the CLI.`;
export const apiPortInUse = (where: string, holder: string): string => `${where}, for the UI and the CLI, is in use by ${holder}.`;
export const apiPortFails = (where: string, reason: string): string => `${where}, for the UI and the CLI, cannot be opened: ${reason}.`;
export const CHOOSE_API_PORT = 'Stop that program, or choose another address with --api.';

// Passwords

export const SEALED_BY_KEY_FILE = 'A password was encrypted and decrypted with the key file of the data directory.';
export const SEALED_BY_PASSPHRASE = 'A password was encrypted and decrypted with BOOTBENCH_PASSPHRASE.';
export const SEALED_BY_KEYRING = 'A password was encrypted and decrypted with the keyring of this desktop.';
export const NOT_STORED = 'This desktop has no keyring that is safe, so passwords are not stored.';
export const sealFails = (reason: string): string => `Passwords cannot be encrypted: ${reason}.`;
export const NOT_THE_SAME = 'the decrypted text is not the one that was encrypted';
export const noSealAnswer = (seconds: number): string => `no answer for ${seconds} s`;

// Boot files

export const bootFilesRead = (count: number, folder: string, example: string): string =>
  `All ${count} boot files can be read from ${folder}, such as ${example}.`;
export const bootFile = (name: string, size: string, from: string): string => `${name} (${size}; ${from})`;
export const bootFilesMissing = (missing: string, folder: string, costs: string): string => `Missing in ${folder}: ${missing}. ${costs}`;
export const bootFilesUnreadable = (files: string): string => `Boot files cannot be read: ${files}.`;
export const MAKE_READABLE = 'Make the files readable for this user, or download them again with npm run boot-files.';

// Services

const PLACES = {
  thread: 'a thread of this program',
  'unpacked-thread': 'a thread of this program, from the unpacked files',
  process: 'a process of their own',
} as const;
export type Place = keyof typeof PLACES;
export const placeOf = (place: Place): string => PLACES[place];
export const servicesRun = (place: Place): string => `The services run in ${PLACES[place]}.`;
export const servicesStart = (place: Place, seconds: string): string => `The services start in ${PLACES[place]}; ready after ${seconds} s.`;
export const passedOver = (place: Place, reason: string): string => `Not in ${PLACES[place]}: ${reason.replace(/\.$/, '')}.`;
export const WITHOUT_NATIVE = 'A native module cannot be loaded anywhere, so what needs it does not work.';
export const WORKS_THERE = 'Everything works there. Please report this, with a support bundle.';
