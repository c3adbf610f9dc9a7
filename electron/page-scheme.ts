import { protocol } from 'electron';
import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pageFileType } from '../contract/page-files.ts';
import { ORIGIN, SCHEME } from './sender.ts';

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** The built page's names need no escapes, so a URL that has one, such as %2e%2e%2f, is none of them; nor is a name that starts with a dot. */
const NAME = /^\/((?:[\w-]+\/)*[\w-][\w.-]*)$/;

/** Gives the page an origin of its own, with which it cannot read this computer's files. To be called before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
}

/** Serves the files of the folder `root`, and nothing else. To be called when the app is ready. */
export function servePage(root: string): void {
  protocol.handle(SCHEME, async ({ method, url }) => {
    if (method !== 'GET') return new Response(null, { status: 405, headers: HEADERS });
    const name = nameOf(url);
    const type = pageFileType(name ?? '');
    const bytes = name !== undefined && type !== undefined ? await readIfThere(root, name) : undefined;
    if (bytes === undefined || type === undefined) return new Response(null, { status: 404, headers: HEADERS });
    return new Response(bytes, { status: 200, headers: { ...HEADERS, 'Content-Type': type } });
  });
}

function nameOf(url: string): string | undefined {
  const [path = ''] = url.split(/[?#]/);
  return path.startsWith(ORIGIN) ? NAME.exec(path.slice(ORIGIN.length))?.[1] : undefined;
}

/** Undefined if the file is not in the folder; a link that leads out of the folder does not count. */
async function readIfThere(root: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const path = await realpath(join(root, name));
    return path.startsWith(`${await realpath(root)}${sep}`) ? await readFile(path) : undefined;
  } catch {
    return undefined;
  }
}
