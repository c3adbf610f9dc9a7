import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mounter } from '../../fixtures/redfish-bmc/media.ts';
import { mustRun, run } from '../process.ts';

export interface MountOptions {
  /** httpfs2 speaks http only, as Debian's has no TLS. curl mounts nothing: it reads a little, in small pieces and without asking for the size. */
  tool: 'httpfs2' | 'nbdkit' | 'curl';
  /** Folder for what it needs. */
  dir: string;
  /** The authority that it trusts over https, in PEM. */
  ca?: string;
  /** Speaks nothing else. */
  only?: 'https';
  /** Source of a regular expression: its parser refuses URLs that match. */
  refuses?: string;
  /** Keeps trying while the server is away, as firmware of some vendors does; nbdkit only. */
  patient?: boolean;
}

/** What a machine's firmware finds in its virtual drive, as QEMU's name of it. */
export interface LabMounter extends Mounter {
  medium(): string | undefined;
}

const PIECE = 2048;
const PIECES = 8;

/** Mounts the very URL that was inserted by a real tool, and says so. */
export function labMounter(options: MountOptions, port: number): LabMounter {
  const tool = TOOLS[options.tool](options, port);
  let medium: string | undefined;
  return {
    medium: () => medium,
    async mount(url) {
      try {
        await tool.unmount();
        if (options.refuses !== undefined && new RegExp(options.refuses).test(url)) throw new Error('this URL is not understood');
        medium = await tool.mount(url);
      } catch (error) {
        console.log(`BMC-MOUNTS-NOT ${url}: ${String(error)}`);
        await tool.unmount();
        throw error;
      }
      console.log(`BMC-MOUNTS ${url}`);
    },
    async unmount() {
      medium = undefined;
      await tool.unmount();
    },
  };
}

interface Tool {
  /** Resolves with where it is mounted. */
  mount(url: string): Promise<string | undefined>;
  unmount(): Promise<void>;
}

const TOOLS: Record<MountOptions['tool'], (options: MountOptions, port: number) => Tool> = { httpfs2, nbdkit, curl };

function httpfs2({ dir }: MountOptions): Tool {
  const folder = join(dir, 'mounted');
  return {
    async mount(url) {
      mkdirSync(folder, { recursive: true });
      // What stays behind holds on to its output.
      await mustRun(['sh', '-c', 'exec httpfs2 -c "$0" "$1" "$2" >/dev/null 2>&1', join(dir, 'httpfs2.log'), url, folder], {
        timeoutMs: 10_000,
      });
      const [name = ''] = readdirSync(folder);
      const place = join(folder, name);
      await using file = await open(place);
      await file.read(Buffer.alloc(PIECE), 0, PIECE, 16 * PIECE);
      return place;
    },
    async unmount() {
      await run(['umount', '-l', folder]);
    },
  };
}

function nbdkit({ dir, ca, only, patient }: MountOptions, port: number): Tool {
  const place = `nbd://127.0.0.1:${port}`;
  const filter = patient === true ? ['--filter=retry'] : [];
  const patience = patient === true ? ['retries=60', 'retry-delay=1', 'retry-exponential=no'] : [];
  const tls = [...(ca === undefined ? [] : [`cainfo=${ca}`]), ...(only === undefined ? [] : [`protocols=${only}`])];
  const pidFile = join(dir, 'nbdkit.pid');
  return {
    async mount(url) {
      const own = ['nbdkit', '--readonly', '--pidfile', pidFile, '--ipaddr', '127.0.0.1', '--port', String(port)];
      await mustRun([...own, ...filter, 'curl', `url=${url}`, ...tls, ...patience], { timeoutMs: 10_000 });
      // It reads when a client connects.
      await mustRun(['nbdinfo', place], { timeoutMs: 15_000 });
      return place;
    },
    async unmount() {
      if (!existsSync(pidFile)) return;
      await run(['kill', readFileSync(pidFile, 'utf8').trim()]);
      rmSync(pidFile);
    },
  };
}

function curl({ ca, only }: MountOptions): Tool {
  const trust = [...(ca === undefined ? [] : ['--cacert', ca]), ...(only === undefined ? [] : ['--proto', `=${only}`])];
  return {
    async mount(url) {
      for (let at = 0; at < PIECES; at += 1) {
        const range = `${at * PIECE}-${(at + 1) * PIECE - 1}`;
        await mustRun(['curl', '-sS', '--fail', ...trust, '-o', '/dev/null', '-r', range, url], { timeoutMs: 10_000 });
      }
      return undefined;
    },
    unmount: () => Promise.resolve(),
  };
}
