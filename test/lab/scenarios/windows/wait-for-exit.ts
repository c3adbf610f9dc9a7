import { setTimeout } from 'node:timers/promises';
import koffi from 'koffi';

/** Run by Windows' Node: `PID`. Says that it watches the process, and then the exit code that it ended with. */
const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;
const STILL_ACTIVE = 259;
const LOOK_EVERY_MS = 100;

const kernel = koffi.load('kernel32.dll');
const openProcess = kernel.func('intptr_t __stdcall OpenProcess(uint32_t, int, uint32_t)') as (...values: number[]) => number;
const getExitCode = kernel.func('int __stdcall GetExitCodeProcess(intptr_t, _Out_ uint32_t *)') as (
  handle: number,
  code: number[],
) => number;

const handle = openProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, Number(process.argv[2]));
if (handle === 0) throw new Error(`process ${process.argv[2]} not found`);
console.log('watching');
for (;;) {
  const code = [STILL_ACTIVE];
  if (getExitCode(handle, code) === 0) throw new Error('the process has no exit code');
  if (code[0] !== STILL_ACTIVE) {
    console.log(`exit ${code[0]}`);
    process.exit(0);
  }
  await setTimeout(LOOK_EVERY_MS);
}
