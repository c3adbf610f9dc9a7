import { execFile } from 'node:child_process';
import type { HostServices, Log } from '../contract/runtime.ts';
import { elevated } from './elevated.ts';
import { fileSeals, type SealOptions } from './secrets.ts';

/** Without a window: administrator rights through the system's prompt where a session can show one (none is needed as root), notices into the log; secrets under a key of the data directory. */
export function headlessHost(log: Log, seals: SealOptions): HostServices {
  return {
    ...fileSeals(seals),
    runElevated: (command) =>
      new Promise((resolve) => {
        const [program = '', ...args] = process.getuid?.() === 0 ? command : elevated(command).flat();
        execFile(program, args, { timeout: 120_000 }, (error, stdout, stderr) => {
          resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() || (error?.message ?? '') });
        });
      }),
    notify: (title, body) => {
      log.warn({}, `${title}: ${body}`);
      return Promise.resolve();
    },
  };
}
