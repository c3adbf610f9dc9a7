import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { pngOfXwd } from './screenshot.ts';

/** `nobody`: Chromium refuses its sandbox to root, so all that root starts here runs as this user. */
const PLAIN_USER = 65_534;
const isRoot = process.getuid?.() === 0;

/** A command as a plain user: through setpriv where the tests run as root. */
export function asUser(command: readonly string[]): [program: string, args: string[]] {
  const drop = ['setpriv', `--reuid=${PLAIN_USER}`, `--regid=${PLAIN_USER}`, '--clear-groups', '--no-new-privs', '--'];
  const [program = '', ...args] = isRoot ? [...drop, ...command] : command;
  return [program, args];
}

/** A new folder that the plain user owns. */
export function userFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  giveToUser(folder);
  return folder;
}

export function giveToUser(path: string): void {
  if (isRoot) chownSync(path, PLAIN_USER, PLAIN_USER);
}

/** A desktop session of its own: an X server on a free display with a window manager that frames windows, and optionally D-Bus. */
export interface Session {
  readonly env: Readonly<Record<string, string>>;
  /** Runs an X client such as xdotool to its end and returns its output; throws when it fails. */
  x(...command: string[]): string;
  /** Writes a picture of the screen. */
  picture(file: string): void;
  /** A keyring daemon on the session's bus, unlocked with a password of its own. */
  startKeyring(): Promise<void>;
  stop(): Promise<void>;
}

export interface SessionOptions {
  readonly bus?: boolean;
  /** The desktop that the session claims to be (XDG_CURRENT_DESKTOP). */
  readonly desktop?: string;
}

const SCREEN = '1600x1000x24';
/** A session bus that starts no services by itself: a keyring is there only when a test starts it. */
const BUS = `<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`;
const SOCKETS = '/tmp/.X11-unix';

export async function startSession({ bus = false, desktop }: SessionOptions = {}): Promise<Session> {
  const home = userFolder('bootbench-home-');
  const processes: ChildProcess[] = [];
  const env: Record<string, string> = { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: home, LANG: 'C.UTF-8' };
  if (desktop !== undefined) env.XDG_CURRENT_DESKTOP = desktop;
  // Only root's X server creates this folder.
  mkdirSync(SOCKETS, { recursive: true });
  if (statSync(SOCKETS).uid === process.getuid?.()) chmodSync(SOCKETS, 0o1777);

  const start = (command: string[], options: SpawnOptions): ChildProcess => {
    const [program, args] = asUser(command);
    const child = spawn(program, args, { env, cwd: home, ...options });
    processes.push(child);
    return child;
  };
  const x = (...command: string[]): string => {
    const [program, args] = asUser(command);
    const { status, stdout, stderr, error } = spawnSync(program, args, { env, cwd: home, encoding: 'utf8', timeout: 20_000 });
    if (status !== 0) throw new Error(`${command.join(' ')} failed (${status}): ${error?.message ?? stderr}`);
    return stdout.trim();
  };

  const stop = async (): Promise<void> => {
    for (const child of processes.reverse()) await end(child);
    // The last processes of an Electron that was killed still write there for a moment.
    rmSync(home, { recursive: true, force: true, maxRetries: 40, retryDelay: 50 });
  };
  try {
    // A server that resets when its last client leaves would lose the window manager while that connects.
    const server = start(['Xvfb', '-displayfd', '3', '-noreset', '-screen', '0', SCREEN, '-fbdir', home, '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    env.DISPLAY = `:${await firstLine(server, 3)}`;
    start(['openbox'], { stdio: 'ignore' });
    if (bus) {
      writeFileSync(join(home, 'bus.conf'), BUS);
      const daemon = start(['dbus-daemon', `--config-file=${join(home, 'bus.conf')}`, '--nofork', '--nopidfile', '--print-address=1'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      env.DBUS_SESSION_BUS_ADDRESS = await firstLine(daemon, 1);
    }
    await windowManager(x);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    env,
    x,
    picture: (file) => writeFileSync(file, pngOfXwd(readFileSync(join(home, 'Xvfb_screen0')))),
    async startKeyring() {
      const keyring = start(['gnome-keyring-daemon', '--foreground', '--unlock', '--components=secrets'], {
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      keyring.stdin?.end('a password of the tests');
      await until('the keyring answers', () => {
        const owned = x('dbus-send', '--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.ListNames');
        return owned.includes('org.freedesktop.secrets');
      });
    },
    stop,
  };
}

/** Resolves once a window manager has announced itself on the root window. */
async function windowManager(x: Session['x']): Promise<void> {
  await until('the window manager runs', () => x('xprop', '-root', '_NET_SUPPORTING_WM_CHECK').includes('window id'));
}

async function firstLine(child: ChildProcess, fd: number): Promise<string> {
  const stream = child.stdio[fd];
  if (!stream) throw new Error(`No pipe ${fd}.`);
  let text = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
  }
  throw new Error(`${child.spawnfile} ended before it said anything.`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 3000);
  await exited;
  clearTimeout(kill);
}

/** Waits for a condition; an error of it counts as not yet. Throws with the subject, and the last error, after `timeoutMs`. */
export async function until<T>(subject: string, condition: () => T | Promise<T>, timeoutMs = 20_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    await pause(50);
  }
  throw new Error(`Not within ${timeoutMs / 1000} s: ${subject}.`, { cause: last });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
