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
