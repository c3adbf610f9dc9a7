import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../cache.ts';
import type { Namespace } from '../namespace.ts';
import type { Running, RunOptions, RunResult } from '../process.ts';
import { expectThat } from '../scenario.ts';

/** Its processes see only it: the root of their mount namespace, their process tree, and the network namespace's ports. */
const BOOT = `
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
  cd "$2/root"
  mount --bind /dev dev
  mount -t tmpfs tmpfs dev/shm -o mode=1777
  mount -t proc proc proc
  mount -t tmpfs tmpfs tmp -o mode=1777
  mkdir tmp/outside tmp/.X11-unix
  chmod 1777 tmp/.X11-unix
  pivot_root . tmp/outside
  cd /
  umount -l tmp/outside
  rmdir tmp/outside
  echo running
  exec sleep infinity
`;

/** nsenter passes no signal to its command, which is its only child. */
const PASS_SIGNALS = '"$@" & enter=$!; trap \'kill -TERM $(cat /proc/$enter/task/$enter/children)\' TERM; wait $enter || wait $enter';

/** The user of the tests; made with the root. */
const USER = 'tech';
const ENVIRONMENT = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8', 'DEBIAN_FRONTEND=noninteractive'];

/** A Debian computer in a network namespace, on a copy (an overlay) of the cached root; all of it ends with its first process. */
export class Debian implements AsyncDisposable {
  readonly #ns: Namespace;
  readonly #first: Running;
  readonly #pid: string;

  private constructor(ns: Namespace, first: Running, pid: string) {
    this.#ns = ns;
    this.#first = first;
    this.#pid = pid;
  }

  /** `dir` is an empty or absent folder for what it writes. */
  static async start(ns: Namespace, dir: string): Promise<Debian> {
    for (const name of ['upper', 'work', 'root']) mkdirSync(join(dir, name), { recursive: true });
    const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
    const first = ns.spawn([...unshare, 'sh', '-ec', BOOT, 'sh', join(CACHE, 'debian-desktop'), dir]);
    await first.waitFor(/^running$/, 10_000);
    const pid = readFileSync(`/proc/${first.pid ?? 0}/task/${first.pid ?? 0}/children`, 'utf8').trim();
    return new Debian(ns, first, pid);
  }

  /** A file of it, as this computer's programs reach it while it runs. */
  pathOf(path: string): string {
    return join('/proc', this.#pid, 'root', path);
  }

  /** As root, to the end; the caller looks at the exit code. */
  exec(command: readonly string[], options?: RunOptions): Promise<RunResult> {
    return this.#ns.exec([...this.#enter, ...command], options);
  }

  /** As root, to the end, and must succeed. */
  async must(command: readonly string[], options?: RunOptions): Promise<string> {
    const result = await this.exec(command, options);
    expectThat(result.code === 0, `${command.join(' ')}: exit ${result.code}: ${(result.stderr || result.stdout).trim()}`);
    return result.stdout;
  }

  /** As the plain user, running. */
  spawnAsUser(command: readonly string[]): Running {
    const user = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--init-groups', 'env', `HOME=/home/${USER}`, 'DISPLAY=:7'];
    return this.#ns.spawn(['sh', '-c', PASS_SIGNALS, 'sh', ...this.#enter, ...user, ...command]);
  }

  /** All that is in its file system: for each path its kind, mode, owner, and the hash or the target of its contents. */
  async tree(): Promise<ReadonlyMap<string, string>> {
    const sum = String.raw`find / -xdev -type f -print0 | xargs -0r md5sum | sed 's/^\\\{0,1\}\([0-9a-f]*\)  \(.*\)$/\2\t\1/'`;
    const kinds = await this.must(['find', '/', '-xdev', '-printf', '%p\\t%y %m %u:%g %l\\n'], { timeoutMs: 120_000 });
    const sums = await this.must(['sh', '-c', sum], { timeoutMs: 120_000 });
    const hashes = new Map(rows(sums));
    return new Map(rows(kinds).map(([path, kind]) => [path, `${kind} ${hashes.get(path) ?? ''}`.trim()]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#first.stop(0, 'SIGKILL');
  }

  get #enter(): string[] {
    return ['nsenter', '--target', this.#pid, '--mount', '--pid', '--', 'env', '-i', ...ENVIRONMENT];
  }
}

function rows(text: string): [path: string, value: string][] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.split('\t') as [string, string]);
}
