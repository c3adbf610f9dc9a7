import { utilityProcess } from 'electron';
import type { StartProgram } from '../main-services/thread/places.ts';

/** Runs a file in a utility process of Electron: Node without a window, in a process of its own. Its output goes to this program's stderr. */
export const startUtilityProgram: StartProgram = (file) => {
  const child = utilityProcess.fork(file, [], { serviceName: 'Bootbench services', stdio: 'pipe' });
  child.stdout?.pipe(process.stderr, { end: false });
  child.stderr?.pipe(process.stderr, { end: false });
  return {
    post: (message) => child.postMessage(message),
    onMessage: (listener) => child.on('message', listener),
    onExit: (listener) => child.once('exit', (code) => listener(`exit code ${code}`)),
    kill() {
      // kill() of Electron asks by SIGTERM, which the services leave to their host program.
      if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
    },
  };
};
