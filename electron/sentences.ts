import type { Job } from '../contract/jobs.ts';

/** Sentences of the desktop program: its message boxes and its log. */

export const NO_SANDBOX =
  'The window runs without Chromium’s sandbox, because Bootbench runs as root with --no-sandbox. Start it as a normal user.';

export const NO_NAMESPACES =
  'The window’s sandbox is limited to its system call filter: Bootbench was started with --no-sandbox, or this system does not allow user namespaces. The deb package configures this.';

export function pageElsewhere(api: string, tokenFile: string): string {
  return `The page is also available in a browser: Help → Copy page address, or ${api} with the access token in ${tokenFile}.`;
}

export interface BoxText {
  readonly message: string;
  readonly detail: string;
}

export function windowCrashes(reason: string, exitCode: number): BoxText {
  return {
    message: 'The window keeps crashing',
    detail: `Bootbench itself keeps running. Reload the window, or use the page in a browser: “Copy page address” copies its address with the access token to the clipboard (${reason}, exit code ${exitCode}).`,
  };
}

/** Rows of jobs that a message box shows. */
const MAX_JOBS = 8;

export function quitDuringJobs(jobs: readonly Pick<Job, 'host' | 'image'>[]): BoxText {
  const rows = jobs.slice(0, MAX_JOBS).map(({ host, image }) => `${host}: ${image}`);
  const more = jobs.length > MAX_JOBS ? [`and ${jobs.length - MAX_JOBS} more`] : [];
  return {
    message: jobs.length === 1 ? 'A job is running. Quit Bootbench?' : `${jobs.length} jobs are running. Quit Bootbench?`,
    detail: [
      ...rows,
      ...more,
      '',
      'While Bootbench is closed, machines cannot read their ISO, and an installation that needs it fails. The jobs continue when Bootbench starts again.',
    ].join('\n'),
  };
}

export const QUIT = 'Quit';
export const KEEP_RUNNING = 'Keep running';
export const RELOAD = 'Reload';
export const COPY_ADDRESS = 'Copy page address';
export const CLOSE = 'Close';

// Files that were opened with Bootbench, one sentence for each that the page cannot take.

const notAdded = (file: string, reason: string): string => `${file} was not added: ${reason}.`;
export const fileNotFound = (file: string): string => notAdded(file, 'it was not found');
export const fileIsFolder = (file: string): string => notAdded(file, 'it is a folder');
export const fileIsSpecial = (file: string): string => notAdded(file, 'it is a pipe, a socket or a device, not a file');
export const fileIsEmpty = (file: string): string => notAdded(file, 'it is empty');
export const fileLinksLoop = (file: string): string => notAdded(file, 'its symbolic links lead to each other');
export const fileNotReadable = (file: string): string => notAdded(file, 'this user has no permission to read it');
export const fileFails = (file: string, reason: string): string => notAdded(file, `the system reports ${reason}`);
export const urlNotHere = (url: string): string => notAdded(url, 'the URL names no file of this computer');
export const FILES_LOST = 'The files of the last start of Bootbench were not added: their list could not be read. Open them again.';

// Starts that do not get as far as the services.

export const tempFails = (folder: string, reason: string): string =>
  `Bootbench cannot start: the folder for temporary files, ${folder}, cannot be used (${reason}).`;
export const tempTooLong = (folder: string, most: number): string =>
  `Bootbench cannot start: the path of the folder for temporary files, ${folder}, has more than ${most} bytes, too many for a socket in it.`;
export const MEND_TEMP = 'Create it, or set TMPDIR to a short path of a folder that this user may write to. Then start Bootbench again.';
export const profileFails = (folder: string, reason: string): string =>
  `Bootbench cannot start: the window’s folder, ${folder}, cannot be written (${reason}).`;
export const MEND_PROFILE =
  'Give this user write permission for it, or choose another one with --user-data-dir. Then start Bootbench again.';
export const runsForAnother = (pid: string): string =>
  `Bootbench already runs for another user of this computer (process ${pid}), and this user cannot open its window.`;
export const CLOSE_OTHER = 'Close it, or start this one with another --user-data-dir and another --data-dir.';
export const lockFails = (folder: string): string =>
  `Bootbench cannot start: it could not find out whether another Bootbench uses the window’s folder, ${folder}.`;
export const RESTART_COMPUTER = 'Try again. If it happens again, restart the computer.';
export const commandLineTooLong = (bytes: number, most: number): string =>
  `The command line has ${bytes} bytes without its ISO files; Bootbench takes at most ${most}.`;
export const SHORTEN = 'Start Bootbench with fewer arguments, or set the environment variables of its options.';
