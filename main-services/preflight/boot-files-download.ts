import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import type { BootFileOffer } from '../../contract/appliance.ts';
import type { Activity } from '../activity/activity.ts';
import { fetchFromDistribution, fetchFromSource, offersOf, type FetchOptions } from '../boot-files/fetch.ts';
import { usablePackageManager } from '../boot-files/packages.ts';
import { readSystem, type System } from '../boot-files/system.ts';
import * as sentences from './sentences.ts';

export interface BootFilesDownload {
  /** This system's distribution has packages with boot files. */
  hasPackages(): Promise<boolean>;
  /** Downloads what is missing from the distribution, with each step as progress `boot-files`. E_BOOT_FILE_MISSING with what failed. */
  download(): Promise<void>;
  /** What a folder or an address has. Writes nothing. */
  offers(from: string): Promise<BootFileOffer[]>;
  /** Installs the files of a source whose hashes were confirmed, by name. E_BOOT_FILE_REFUSED when one of them is different now. */
  install(from: string, confirmed: Readonly<Record<string, string>>): Promise<void>;
  stop(): void;
}

export interface BootFilesDownloadDeps {
  /** The user's folder, which the files go into. */
  readonly dir: string;
  /** The program's folder: what it has is not missing. */
  readonly programDir: string;
  readonly activity: Pick<Activity, 'progress'>;
  /** Instead of this computer's, for tests. */
  readonly system?: System | undefined;
}

const PROGRESS_KEY = 'boot-files';

/** Fetches boot files in this process. Concurrent downloads share one run. */
export function bootFilesDownload({ dir, programDir, activity, system }: BootFilesDownloadDeps): BootFilesDownload {
  const stopped = new AbortController();
  let running: Promise<void> | undefined;

  const report = (message: string, finished = false): void =>
    activity.progress({ key: PROGRESS_KEY, message, done: finished ? 1 : 0, total: 1 }, finished);
  const options = async (): Promise<FetchOptions & { system: System }> => ({
    dir,
    otherDirs: [programDir],
    report,
    signal: stopped.signal,
    system: system ?? (await readSystem()),
  });

  const download = async (): Promise<void> => {
    report(sentences.DOWNLOADING_BOOT_FILES);
    const problems = await fetchFromDistribution(await options()).then(
      (result) => result.problems,
      (error: unknown) => [asBootbenchError(error).message],
    );
    report(problems.length === 0 ? sentences.BOOT_FILES_DOWNLOADED : sentences.BOOT_FILES_NOT_DOWNLOADED, true);
    if (problems.length > 0) throw new BootbenchError('E_BOOT_FILE_MISSING', problems.join(' '), { next: sentences.OTHER_SOURCE });
  };

  // A relative path would mean the folder that the program was started in.
  const fromSource = async (from: string) => ({ ...(await options()), from, cwd: '/' });

  return {
    hasPackages: async () => (await usablePackageManager((await options()).system)) !== undefined,
    download: () =>
      (running ??= download().finally(() => {
        running = undefined;
      })),
    async offers(from) {
      try {
        return await offersOf(await fromSource(from));
      } finally {
        report(sentences.SOURCE_READ, true);
      }
    },
    async install(from, confirmed) {
      try {
        const { problems, installed } = await fetchFromSource(await fromSource(from), () => Promise.resolve(confirmed));
        const wanted = Object.keys(confirmed).filter((name) => !installed.includes(name));
        const about = problems.filter((problem) => wanted.some((name) => problem.startsWith(name)));
        if (wanted.length > 0) throw new BootbenchError('E_BOOT_FILE_REFUSED', about.join(' ') || sentences.notAtSource(wanted, from));
      } finally {
        report(sentences.BOOT_FILES_DOWNLOADED, true);
      }
    },
    stop: () => stopped.abort(),
  };
}
