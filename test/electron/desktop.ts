import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LINK } from '../../renderer/features/shell/labels.ts';
import { Cdp } from './cdp.ts';
import { asUser, giveToUser, until, userFolder, type Session } from './session.ts';

/** Prepared by global-setup.ts, readable for the plain user. */
const STAGE = process.env.BOOTBENCH_TEST_STAGE ?? '';
const ELECTRON = join(STAGE, 'electron/electron');
const APP = join(STAGE, 'app');

export interface StartOptions {
  /** ISO files and the like, after everything else. */
  readonly more?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Do not wait for the page. */
  readonly bare?: boolean;
  /** Not as the plain user. */
  readonly asRoot?: boolean;
  /** Called before anything is waited for. */
  readonly onStart?: (desktop: Desktop) => void;
}

/** A folder for one installation's data: Chromium's, the appliance's, and files that it opens. */
export class Place {
  readonly folder = userFolder('bootbench-desktop-');
  readonly data = join(this.folder, 'data');
  readonly chromium = join(this.folder, 'chromium');

  /** A folder in it that the program may write to. */
  subfolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path);
    giveToUser(path);
    return path;
  }

  get log(): string {
    const file = join(this.data, 'log', 'bootbench.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 50 });
  }
}

/** The desktop in the session; its services on the loopback, all ports the system's choice. */
export async function startDesktop(session: Session, place: Place, options: StartOptions = {}): Promise<Desktop> {
  rmSync(join(place.chromium, 'DevToolsActivePort'), { force: true });
  const desktop = new Desktop(session, place, options);
  options.onStart?.(desktop);
  if (!options.bare) await desktop.live();
  return desktop;
}

/** A second start, as by a double click; its exit code. */
export async function startAgain(session: Session, place: Place, more: readonly string[], cwd?: string): Promise<number | null> {
  const [program, args] = asUser([ELECTRON, ...argumentsFor(place), ...more]);
  const child = spawn(program, args, { env: session.env, cwd: cwd ?? place.folder, stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}

function argumentsFor(place: Place): string[] {
  const ports = ['--api', '127.0.0.1:0', '--http-port', '0', '--tftp-port', '0', '--iscsi-port', '0'];
  return [APP, `--user-data-dir=${place.chromium}`, '--data-dir', place.data, '--nic', 'lo', '--dhcp', 'off', ...ports];
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One running desktop. */
export class Desktop {
  readonly exited: Promise<Exit>;
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #session: Session;
  readonly #place: Place;
  #page: Cdp | undefined;

  constructor(session: Session, place: Place, { more = [], env = {}, asRoot = false }: StartOptions) {
    this.#session = session;
    this.#place = place;
    // Chromium's log on stderr names what it refuses and what of it crashes.
    const tools = ['--remote-debugging-port=0', '--inspect=0', '--enable-logging=stderr'];
    const command = [ELECTRON, ...argumentsFor(place), ...tools, ...more];
    const [program, args] = asRoot ? [ELECTRON, command.slice(1)] : asUser(command);
    this.#child = spawn(program, args, {
      ...{ env: { ...session.env, ...env }, cwd: place.folder, stdio: ['ignore', 'pipe', 'pipe'] },
      // Its own session, by which all its processes are found.
      detached: true,
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
      // A process that it has left behind may hold its streams.
      this.#child.once('exit', (code, signal) => setTimeout(() => resolve({ code, signal }), 500));
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Waits for the window with its page, connected to the appliance. */
  async live(): Promise<void> {
    await this.#until('the page is connected', async () => {
      try {
        return await this.inPage<boolean>(`document.querySelector('.header')?.textContent.includes('${LINK.live}') === true`);
      } catch (error) {
        // The page is still loading, or was loaded again.
        this.dropPage();
        throw error;
      }
    });
    // The page may be connected before the window manager has mapped its window, which has the keys then.
    await this.#until('its window is on the screen', () => Promise.resolve(this.windows().length > 0));
  }

  /** The protocol of the window's page, also after it was loaded again. */
  async page(): Promise<Cdp> {
    this.#page ??= await this.#until('the page can be debugged', async () => {
      const [port] = readFileSync(join(this.#place.chromium, 'DevToolsActivePort'), 'utf8').split('\n');
      const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as Record<
        'type' | 'url' | 'webSocketDebuggerUrl',
        string
      >[];
      const target = targets.find(({ type, url }) => type === 'page' && url.includes('index.html'));
      return target && Cdp.open(target.webSocketDebuggerUrl);
    });
    return this.#page;
  }

  /** Forgets the connection to a page that has crashed or gone. */
  dropPage(): void {
    this.#page?.close();
    this.#page = undefined;
  }

  async inPage<T>(expression: string): Promise<T> {
    return (await this.page()).evaluate<T>(expression);
  }

  /** The value of an expression in the main process, where `electron` is the module. */
  async inMain<T>(expression: string): Promise<T> {
    const main = await this.#until('the main process can be debugged', async () => {
      const url = /Debugger listening on (ws:\S+)/.exec(this.stderr)?.[1];
      return url === undefined ? undefined : Cdp.open(url);
    });
    try {
      // Node is still starting while its inspector answers already.
      await this.#until('the main process has started', () => main.evaluate<boolean>(`typeof require === 'function'`, true));
      return await main.evaluate<T>(`(async (electron) => (${expression}))(require('electron'))`, true);
    } finally {
      // Node would not end while a debugger is connected.
      main.close();
    }
  }

  /** Its processes that live, by the session they share: pid and command line. */
  processes(): { pid: number; command: string }[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
            .replace(/^.*\) /, '')
            .split(' ');
          if (Number(fields[3]) !== this.pid || fields[0] === 'Z') return [];
          return [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }];
        } catch {
          return [];
        }
      });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its visible X windows with their titles: the window and message boxes. */
  windows(): { id: string; title: string }[] {
    const rows = this.#session.x('wmctrl', '-lp').split('\n');
    return rows.flatMap((row) => {
      const [, id = '', pid, title = ''] = /^(\S+)\s+\S+\s+(\d+)\s+\S+\s*(.*)$/.exec(row) ?? [];
      return Number(pid) === this.pid ? [{ id, title }] : [];
    });
  }

  /** Asks the window manager to close a window, as its button does. */
  closeWindow(): void {
    const [window] = this.windows();
    if (!window) throw new Error('It has no window.');
    this.#session.x('wmctrl', '-ic', window.id);
  }

  /** Presses keys in its window, such as `ctrl+3`. */
  press(...keys: string[]): void {
    const [window] = this.windows();
    if (!window) throw new Error('It has no window.');
    this.#session.x('xdotool', 'windowactivate', '--sync', window.id);
    this.#session.x('xdotool', 'key', '--clearmodifiers', ...keys);
  }

  /** Resolves when nothing of it is left. */
  async gone(): Promise<void> {
    await until('no process of it is left', () => this.processes().length === 0, 5000);
  }

  /** The child that runs the worker of the compatibility build; the pinned Electron has none. */
  get workerProcess(): number | undefined {
    return this.processes().find(({ command }) => command.includes('child.mts'))?.pid;
  }

  /** The process of the page. */
  get renderer(): number | undefined {
    return this.processes().find(({ command }) => command.includes('--type=renderer'))?.pid;
  }

  /** Ends it as the system would; its processes are killed where that takes more than 10 s. */
  async stop(): Promise<Exit> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.kill(), 10_000);
    const exit = await this.exited;
    clearTimeout(timer);
    this.dropPage();
    return exit;
  }

  kill(): void {
    for (const { pid } of this.processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  async #until<T>(subject: string, condition: () => Promise<T | undefined>): Promise<T> {
    try {
      return await until(subject, condition, 30_000);
    } catch (error) {
      throw new Error(`${String(error)}\n${this.stderr.slice(-3000)}`, { cause: error });
    }
  }
}
