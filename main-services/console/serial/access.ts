import { constants } from 'node:fs';
import { access, readFile, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Denial } from './sentences.ts';

/** What a look at a port's file says before it is opened: opening one already raises DTR and changes the settings of whoever uses it. */
export type Access =
  | { readonly kind: 'ok'; readonly device: string }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-a-port' }
  | { readonly kind: 'denied'; readonly device: string; readonly denial: Denial };

/** `path` may be a link. On Windows ports are not files, and opening says it all. */
export async function accessOf(path: string, platform: NodeJS.Platform = process.platform): Promise<Access> {
  if (platform === 'win32') return { kind: 'ok', device: path };
  const facts = await stat(path).catch(() => undefined);
  if (!facts) return { kind: 'not-found' };
  if (!facts.isCharacterDevice()) return { kind: 'not-a-port' };
  const device = await realpath(path).catch(() => path);
  const allowed = await access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (allowed) return { kind: 'ok', device };
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  const denial = denialOf({ mode: facts.mode, gid: facts.gid, groups, user: userName() });
  return { kind: 'denied', device, denial };
}

/** The mode's bits for reading and writing by the group. */
const GROUP_RW = 0o060;

/** From the device's mode and group, and the text of /etc/group. The device's own group decides: dialout on Debian and Fedora, uucp on Arch. */
export function denialOf(facts: { mode: number; gid: number; groups: string; user: string }): Denial {
  const { mode, gid, groups, user } = facts;
  const row = groups
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , id]) => Number(id) === gid && id !== '');
  // Membership in root's group would give far more than a serial port.
  if (gid === 0 || (mode & GROUP_RW) !== GROUP_RW || row?.[0] === undefined) return { kind: 'owner-only', user };
  const members = (row[3] ?? '').split(',').map((name) => name.trim());
  return { kind: members.includes(user) ? 'old-login' : 'not-a-member', group: row[0], user };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in passwd.
    return String(process.getuid?.() ?? 'this user');
  }
}

/** How long one look at all processes is reused: many consoles open at the same time. */
const HOLDERS_MAX_AGE_MS = 1000;

export interface Holder {
  readonly name: string;
  readonly pid: number;
}

let latest: { at: number; holders: Promise<Map<string, Holder>> } | undefined;

/**
 * The other program that has a device open, as far as /proc shows it (processes of the same user; all for root). Programs that do not lock
 * (a getty, minicom, `cat`) would otherwise read half of the bytes. Not for pseudo-terminals: socat and others open both ends of theirs.
 */
export async function holderOf(device: string, now: number): Promise<Holder | undefined> {
  if (process.platform !== 'linux') return undefined;
  if (!latest || now - latest.at > HOLDERS_MAX_AGE_MS || now < latest.at) latest = { at: now, holders: findHolders('/proc') };
  return (await latest.holders).get(device);
}

/** Every device under /dev/tty that another process has open. */
export async function findHolders(proc: string): Promise<Map<string, Holder>> {
  const holders = new Map<string, Holder>();
  const processes = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  for (const pid of processes) {
    const folder = `${proc}/${pid}/fd`;
    const files = await readdir(folder).catch(() => []);
    const targets = await Promise.all(files.map((file) => readlink(`${folder}/${file}`).catch(() => '')));
    for (const target of targets) {
      if (!target.startsWith('/dev/tty') || holders.has(target)) continue;
      const name = (await readFile(`${proc}/${pid}/comm`, 'utf8').catch(() => 'a program')).trim();
      holders.set(target, { name, pid: Number(pid) });
    }
  }
  return holders;
}
