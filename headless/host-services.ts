import { execFile } from 'node:child_process';
import type { HostServices, Log } from '../contract/runtime.ts';
import { fileSeals, type SealOptions } from './secrets.ts';

/** Without a window: administrator rights through pkexec where a session can ask for them (or as we are, as root), notices into the log; secrets under a key of the data directory. */
export function headlessHost(log: Log, seals: SealOptions): HostServices {
  return {
    ...fileSeals(seals),
    runElevated: (command) =>
      new Promise((resolve) => {
        const [program = '', ...args] = process.getuid?.() === 0 ? command : ['pkexec', ...command];
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
