import { existsSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import koffi from 'koffi';

/** Run by Windows' Node: `FILE SHARE FLAG`. Holds a file as another program does, which shares it for SHARE, until the file FLAG exists. */
const GENERIC_READ = 0x8000_0000;
const OPEN_EXISTING = 3;
const LOOK_EVERY_MS = 100;
const AT_MOST_MS = 120_000;
/** FILE_SHARE_READ and FILE_SHARE_WRITE, but never FILE_SHARE_DELETE: mounts, virus scanners and most readers allow no rename, no delete. */
const SHARING: Readonly<Record<string, number>> = { nothing: 0, reading: 1, writing: 3 };

const [path = '', share = '', flag = ''] = process.argv.slice(2);
const kernel = koffi.load('kernel32.dll');
const createFile = kernel.func('intptr_t __stdcall CreateFileW(str16, uint32_t, uint32_t, void *, uint32_t, uint32_t, void *)') as (
  ...values: unknown[]
) => number;
const handle = createFile(path, GENERIC_READ, SHARING[share] ?? 0, null, OPEN_EXISTING, 0, null);
if (handle === -1) throw new Error(`${path} cannot be held`);
console.log(`held ${path}`);
for (const started = Date.now(); !existsSync(flag) && Date.now() - started < AT_MOST_MS;) await setTimeout(LOOK_EVERY_MS);
rmSync(flag, { force: true });
console.log('released');
process.exit(0);
