import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pattern, startTftpServer, WAYS, type TftpServer } from './tftp-server.ts';

const run = promisify(execFile);
const installed = async (program: string) =>
  run(program, ['--version']).then(
    () => true,
    (error: unknown) => (error as { code?: unknown }).code !== 'ENOENT',
  );
const [hasCurl, hasTftp] = await Promise.all([installed('curl'), installed('tftp')]);

const SMALL = pattern(100_001);
/** Over 65,535 blocks of 512 bytes. */
const LARGE = pattern(34 * 1024 * 1024 + 5);
const TEXT = Buffer.from('#!ipxe\necho one\r\n\rexit\n');

describe.each(WAYS)('%s', (way) => {
  let bench: TftpServer;
  let dir: string;
  beforeEach(async () => {
    bench = await startTftpServer({ way, files: { 'small.bin': SMALL, 'large.bin': LARGE, 'text.ipxe': TEXT, empty: new Uint8Array() } });
    dir = await mkdtemp(join(tmpdir(), 'tftp-clients-'));
  });
  afterEach(async () => {
    await bench.stop();
    await rm(dir, { recursive: true });
    expect(bench.openSources()).toBe(0);
  });

  const same = async (file: string, bytes: Uint8Array) => expect((await readFile(file)).equals(bytes)).toBe(true);
  const lastEvent = () => expect.poll(() => bench.events.at(-1));

  describe.runIf(hasCurl)('curl', () => {
    async function curl(name: string, ...more: string[]): Promise<string> {
      const out = join(dir, 'out');
      await run('curl', ['-sS', '--max-time', '60', '-o', out, ...more, `tftp://127.0.0.1:${bench.port}/${name}`]);
      return out;
    }

    it.each(['8', '512', '1428', '8192', '65464'])('blksize %s', async (blksize) => {
      await same(await curl('small.bin', '--tftp-blksize', blksize), SMALL);
      await lastEvent().toMatchObject({ type: 'tftp.completed', data: { blksize: Number(blksize), bytes: SMALL.length } });
    });
    it('without options', async () => {
      await same(await curl('small.bin', '--tftp-no-options'), SMALL);
      await lastEvent().toMatchObject({ type: 'tftp.completed', data: { blksize: 512 } });
    });
    it('a file of more than 65,535 blocks rolls over', async () => {
      await same(await curl('large.bin', '--tftp-blksize', '512'), LARGE);
    });
    // With options, curl 7.88 fails on any server's tsize 0 ("getpeername() failed").
    it('an empty file', async () => same(await curl('empty', '--tftp-no-options'), new Uint8Array()));
    it('a miss fails at once, with our sentence on our side', async () => {
      const began = Date.now();
      await expect(curl('nothing.bin')).rejects.toMatchObject({ code: 68 });
      expect(Date.now() - began).toBeLessThan(2000);
      await lastEvent().toMatchObject({ type: 'tftp.missed' });
    });
    it('a write is refused', async () => {
      await expect(
        run('curl', ['-sS', '-T', join(process.cwd(), 'package.json'), `tftp://127.0.0.1:${bench.port}/x`]),
      ).rejects.toMatchObject({ code: 69 });
      await lastEvent().toMatchObject({ type: 'tftp.refused' });
    });
  });

  describe.runIf(hasTftp)('tftp-hpa', () => {
    async function tftp(mode: string, name: string): Promise<string> {
      const out = join(dir, 'out');
      const { stdout, stderr } = await run('tftp', ['-m', mode, '127.0.0.1', String(bench.port), '-c', 'get', name, out]);
      expect(stdout + stderr).not.toMatch(/error/i);
      return out;
    }
    it('octet', async () => same(await tftp('binary', 'small.bin'), SMALL));
    it('netascii gives text and any other bytes back as they were', async () => {
      await same(await tftp('netascii', 'text.ipxe'), TEXT);
      await same(await tftp('netascii', 'small.bin'), SMALL);
    });
  });

  describe('the client of the tftp2 package', () => {
    interface Tftp2Client {
      read(name: string, push: (data: Buffer) => Promise<void>, done: () => void): Promise<void>;
      close(): void;
    }
    const tftp2 = createRequire(import.meta.url)('tftp2') as (host: string, port: number) => Tftp2Client;

    it.each([
      ['small.bin', SMALL],
      ['empty', new Uint8Array()],
    ])('%s', async (name, bytes) => {
      const client = tftp2('127.0.0.1', bench.port);
      const parts: Buffer[] = [];
      await client.read(
        name,
        (data) => Promise.resolve(void parts.push(data)),
        () => undefined,
      );
      client.close();
      expect(Buffer.concat(parts).equals(bytes)).toBe(true);
      await lastEvent().toMatchObject({ type: 'tftp.completed' });
    });
  });
});
