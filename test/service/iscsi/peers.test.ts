import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IscsiTarget, TARGET_NAME } from '../../fixtures/iscsi-target.ts';

const PEERS = ['/usr/bin/iscsi-test-cu', '/usr/bin/qemu-img', '/usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so'];
/** Where the packages are absent outside CI, these tests are skipped. */
const hasPeers = PEERS.every((path) => existsSync(path)) || process.env.CI !== undefined;

const BYTES = randomFillSync(Buffer.alloc(8 * 1_048_576));
const CHAP = { name: 'user', secret: 'a-long-secret' };

interface Ended {
  readonly code: number;
  readonly output: string;
}

function run(program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: 60_000, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` });
    });
  });
}

let dir: string;
let disk: IscsiTarget;
let cd: IscsiTarget;
let locked: IscsiTarget;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'iscsi-'));
  disk = await IscsiTarget.start({ device: 'disk', bytes: BYTES });
  cd = await IscsiTarget.start({ device: 'cd', bytes: BYTES });
  locked = await IscsiTarget.start({ device: 'disk', bytes: BYTES, chap: CHAP });
});

afterAll(async () => {
  for (const target of [disk, cd, locked]) await target[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

describe.skipIf(!hasPeers)('libiscsi', () => {
  test('discovers the target', async () => {
    const { code, output } = await run('iscsi-ls', [`iscsi://127.0.0.1:${disk.port}`]);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining(TARGET_NAME) as string });
  });

  test('identifies a disk and a CD', async () => {
    expect((await run('iscsi-inq', [disk.url()])).output).toMatch(/DIRECT_ACCESS[\s\S]*VIRTUAL DISK/);
    expect((await run('iscsi-inq', [cd.url()])).output).toMatch(/MMC[\s\S]*VIRTUAL CD/);
    expect((await run('iscsi-readcapacity16', [disk.url()])).output).toContain(String(BYTES.length));
  });

  test('reads with header digests', async () => {
    const { output } = await run('iscsi-readcapacity16', [`${disk.url()}?header_digest=crc32c`]);
    expect(output).toContain(String(BYTES.length));
  });

  test('logs in with CHAP, and not with another secret or without one', async () => {
    expect((await run('iscsi-readcapacity16', [locked.url(`${CHAP.name}%${CHAP.secret}@`)])).output).toContain(String(BYTES.length));
    expect((await run('iscsi-readcapacity16', [locked.url(`${CHAP.name}%wrong-secret@`)])).code).not.toBe(0);
    expect((await run('iscsi-readcapacity16', [locked.url()])).code).not.toBe(0);
  });
});

/** Whole LUN by QEMU's block driver. */
function convert(target: { readonly port: number }, copy: string, { digest = 'none', inFlight = 8 } = {}): Promise<Ended> {
  const portal = `portal=127.0.0.1:${target.port}`;
  const options = ['driver=iscsi', 'transport=tcp', portal, `target=${TARGET_NAME}`, 'lun=0', `header-digest=${digest}`];
  // Out of order, because only then commands are in flight beside each other.
  return run('qemu-img', ['convert', '-W', '-m', String(inFlight), '-O', 'raw', '--image-opts', options.join(','), copy]);
}

describe.skipIf(!hasPeers)('QEMU', () => {
  test.each([
    ['a disk', () => disk, 'none', 1],
    ['a disk, 4 commands in flight', () => disk, 'none', 4],
    ['a disk, 16 commands in flight', () => disk, 'none', 16],
    ['a CD', () => cd, 'none', 4],
    ['a disk with header digests', () => disk, 'crc32c', 1],
    ['a disk with header digests, 16 commands in flight', () => disk, 'crc32c', 16],
  ] as const)('reads every byte of %s', { timeout: 60_000 }, async (name, target, digest, inFlight) => {
    const copy = join(dir, `${name}.raw`);
    expect(await convert(target(), copy, { digest, inFlight })).toEqual({ code: 0, output: '' });
    expect(readFileSync(copy).equals(BYTES)).toBe(true);
  });

  test('reads every byte with 32 commands in flight', { timeout: 60_000 }, async () => {
    const step = 4096;
    const patterns = Buffer.alloc(256 * step);
    const patternOf = (index: number): number => (index * 7 + 1) & 0xff;
    for (let index = 0; index < 256; index++) patterns.fill(patternOf(index), index * step, (index + 1) * step);
    await using target = await IscsiTarget.start({ device: 'disk', bytes: patterns });
    const reads = Array.from({ length: 256 }, (_, index) => {
      const read = `aio_read -q -P ${patternOf(index)} ${index * step} ${step}`;
      return index % 32 === 31 ? [read, 'aio_flush'] : [read];
    });
    const commands = reads.flat().flatMap((command) => ['-c', command]);
    const { code, output } = await run('qemu-io', ['-r', '-f', 'raw', ...commands, target.url()]);
    expect({ code, output }).toEqual({ code: 0, output: '' });
  });

  test('goes on after connections that are reset in the middle of a read', { timeout: 60_000 }, async () => {
    const relay = await CuttingRelay.start(disk.port, [1_000_000, 3_000_000, 500_000]);
    const copy = join(dir, 'cut.raw');
    const { code } = await convert(relay, copy, { inFlight: 4 });
    expect(code).toBe(0);
    expect(readFileSync(copy).equals(BYTES)).toBe(true);
    expect(relay.cuts).toBe(3);
    relay.close();
    await expect.poll(() => disk.connections.size).toBe(0);
  });
});

/** Passes connections on, and resets the first ones after so many bytes from the target. */
class CuttingRelay {
  readonly port: number;
  cuts = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(to: number, limits: readonly number[]): Promise<CuttingRelay> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const relay = new CuttingRelay(server);
    const left = [...limits];
    server.on('connection', (client) => {
      const limit = left.shift() ?? Infinity;
      const upstream = connect(to, '127.0.0.1');
      for (const socket of [client, upstream]) socket.on('error', () => undefined);
      client.pipe(upstream);
      upstream.on('data', (bytes) => {
        client.write(bytes);
        if (upstream.bytesRead < limit || upstream.destroyed) return;
        relay.cuts++;
        for (const socket of [client, upstream]) socket.resetAndDestroy();
      });
      upstream.on('close', () => client.destroy());
      client.on('close', () => upstream.destroy());
    });
    return relay;
  }

  close(): void {
    this.#server.close();
  }
}
