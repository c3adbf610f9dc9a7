import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createCipheriv, createHash } from 'node:crypto';
import { join } from 'node:path';
import { sha256Of } from '../lab/appliance.ts';
import { pause } from '../lab/process.ts';
import type { Contest, Sample, Stage, StageOptions } from './contest.ts';
import type { Work } from './lines.ts';
import { inClient, metered, Product, SERVER, twoEnds, type Ends } from './stage.ts';
import type { WindowJob, WindowReading } from './tftp-window-process.ts';

/** A name of the catalogue; what it contains is not looked at. */
const FILE = 'ipxe.efi';
const PORTS = { ours: 69, peer: 6969 };
const MIB = 1 << 20;
/** Blocks of 8192 bytes fit into one frame. */
const JUMBO = 9000;
const LONG = { timeoutMs: 120_000 };

type Side = keyof typeof PORTS;

/** Bootbench and Debian's tftpd-hpa with one file of the same bytes, on a link with jumbo frames. */
export async function openTftpStage(options: StageOptions): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const ends = await twoEnds(parts, JUMBO);
  const bytes = randomBytesOf(Math.min(64, options.isoMegabytes / 8) * MIB);
  const folders = { ours: join(options.dir, 'data/boot-files'), peer: join(options.dir, 'tftp') };
  for (const folder of Object.values(folders)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, FILE), bytes);
  }
  chmodSync(folders.peer, 0o755);
  const product = await Product.start(parts, ends.laptop, options.dir);
  const daemon = ends.laptop.spawn([
    'in.tftpd',
    '--foreground',
    '--address',
    `${SERVER}:${PORTS.peer}`,
    '--user',
    'root',
    '--secure',
    folders.peer,
  ]);
  parts.defer(async () => {
    await daemon.stop();
  });
  await pause(500);
  const tftp: TftpBench = {
    ...ends,
    pids: { ours: product.pid, peer: daemon.pid ?? 0 },
    out: join(options.dir, 'got'),
    sum: createHash('sha256').update(bytes).digest('hex'),
  };
  const owned = parts.move();
  return {
    contest: ({ work }) =>
      Promise.resolve(work.kind === 'tftp-window' ? windows(tftp, work) : blocks(tftp, work as Work & { kind: 'tftp' })),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface TftpBench extends Ends {
  readonly pids: Readonly<Record<Side, number>>;
  /** A file for what the client got. */
  readonly out: string;
  readonly sum: string;
}

/** curl reads the file with one block at a time. */
function blocks(bench: TftpBench, { blksize }: Work & { kind: 'tftp' }): Contest {
  const round = async (side: Side): Promise<Sample> => {
    rmSync(bench.out, { force: true });
    const url = `tftp://${SERVER}:${PORTS[side]}/${FILE}`;
    const curl = ['curl', '-sS', '--tftp-blksize', String(blksize), '-o', bench.out, '-w', '%{size_download} %{time_total}', url];
    const sample = await metered(bench.pids[side], async () => {
      const [bytes = 0, seconds = NaN] = (await bench.client.must(curl, LONG)).split(' ').map(Number);
      return { value: bytes / MIB / seconds, bytes, requests: 1, got: '' };
    });
    return { ...sample, got: `${sample.bytes} bytes, sha256 ${await sha256Of(bench.out)}` };
  };
  return { ours: () => round('ours'), peer: () => round('peer') };
}

/** A window against one block at a time, both from Bootbench: no packaged client reads with windows, and tftpd-hpa has none. */
function windows(bench: TftpBench, { blksize, windowsize }: Work & { kind: 'tftp-window' }): Contest {
  const round = (size: number): Promise<Sample> =>
    metered(bench.pids.ours, async () => {
      const job: WindowJob = { server: SERVER, port: PORTS.ours, file: FILE, blksize, windowsize: size };
      const { bytes, sha256, seconds, agreed } = await inClient<WindowReading>(bench.client, 'tftp-window-process.ts', job, 120_000);
      if (agreed !== size) throw new Error(`the server agreed to a window of ${agreed}, not ${size}`);
      return { value: bytes / MIB / seconds, bytes, requests: 1, got: `${bytes} bytes, sha256 ${sha256}` };
    });
  return { ours: () => round(windowsize), peer: () => round(1) };
}

/** Bytes that do not compress, the same in each run; not a multiple of any block size. */
function randomBytesOf(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, 2)).update(Buffer.alloc(length + 123));
}
