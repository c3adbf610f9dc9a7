import { join } from 'node:path';
import { CACHE } from './cache.ts';
import { mustRun } from './process.ts';

/** Debian's open-iscsi with its libraries, unpacked by scripts/setup-lab.mjs: its package would install a daemon on this computer. */
export const OPEN_ISCSI = join(CACHE, 'open-iscsi');

const LIBRARIES = join(OPEN_ISCSI, 'usr/lib/x86_64-linux-gnu');
const PROGRAMS = ['iscsistart', 'iscsid', 'iscsiadm'];

export interface PlacedFile {
  readonly from: string;
  /** Path in the guest. */
  readonly to: string;
}

/** Its programs, the libraries that they load, and its configuration. */
export async function openIscsiFiles(): Promise<PlacedFile[]> {
  const programs = PROGRAMS.map((name) => ({ from: join(OPEN_ISCSI, 'sbin', name), to: join('bin', name) }));
  const needed = await mustRun(['ldd', ...programs.map(({ from }) => from)], { env: { LD_LIBRARY_PATH: LIBRARIES } });
  const missing = /\S+ => not found/.exec(needed);
  if (missing) throw new Error(`open-iscsi needs a library that is not here: ${missing[0]}`);
  const libraries = new Map([...needed.matchAll(/(\S+) => (\/\S+)/g)].map(([, name = '', path = '']) => [name, path]));
  const loader = /^\s*(\/lib64\/\S+)/m.exec(needed)?.[1] ?? '';
  return [
    ...programs,
    ...[...libraries].map(([name, from]) => ({ from, to: join('lib', name) })),
    { from: loader, to: loader.slice(1) },
    { from: join(OPEN_ISCSI, 'etc/iscsi/iscsid.conf'), to: 'etc/iscsi/iscsid.conf' },
  ];
}
