import { afterEach, describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Identity } from '../../../main-services/boot/boot.ts';
import { encodeError } from '../../../main-services/tftp/codec.ts';
import { READ_ONLY, STOPPED, unsupportedMode } from '../../../main-services/tftp/sentences.ts';
import { encodeAck } from '../../fixtures/tftp-packets.ts';
import { MAX_TRANSFERS_PER_ADDRESS } from '../../../main-services/tftp/service.ts';
import { pattern, RawClient, startTftpServer, WAYS, type TftpServer, type TftpServerOptions } from './tftp-server.ts';

const FILES = { 'ipxe.efi': pattern(10_000), empty: new Uint8Array(), exact: pattern(1024) };

describe.each(WAYS)('%s', (way) => {
  let bench: TftpServer;
  const clients: RawClient[] = [];
  async function start(options: TftpServerOptions = { files: FILES }): Promise<TftpServer> {
    bench = await startTftpServer({ way, ...options });
    return bench;
  }
  async function client(): Promise<RawClient> {
    const one = await RawClient.open(bench.port);
    clients.push(one);
    return one;
  }
  const types = () => bench.events.map((event) => event.type);
  const settled = () => expect.poll(() => [bench.openSockets(), bench.openSources()]).toEqual([0, 0]);

  afterEach(async () => {
    clients.splice(0).forEach((one) => one.close());
    await bench.stop();
    expect([bench.openSockets(), bench.openSources()]).toEqual([-1, 0]);
  });

  describe('reading', () => {
    it.each([
      ['ipxe.efi', []],
      ['empty', []],
      ['exact', []],
      ['ipxe.efi', [['blksize', '8']]],
      ['ipxe.efi', [['blksize', '1428']]],
      [
        'ipxe.efi',
        [
          ['blksize', '700'],
          ['windowsize', '4'],
          ['tsize', '0'],
        ],
      ],
      [
        'ipxe.efi',
        [
          ['blksize', '8'],
          ['windowsize', '16'],
        ],
      ],
      [
        'ipxe.efi',
        [
          ['blksize', '1428'],
          ['windowsize', '16'],
        ],
      ],
      ['exact', [['windowsize', '64']]],
    ] as const)('%s with %j', async (file, options) => {
      await start();
      const { bytes } = await (await client()).read(file, options);
      expect(bytes.equals(FILES[file])).toBe(true);
      await expect.poll(types).toEqual(['tftp.started', 'tftp.completed']);
      await settled();
    });

    it('says what was read, by whom, in what', async () => {
      const identity = { kind: 'host', host: { name: 'rack1' }, iface: { mac: '52:54:00:00:00:01' } } as Identity;
      await start({ files: FILES, identity });
      await (await client()).read('ipxe.efi', [['blksize', '1428']]);
      await expect.poll(types).toContain('tftp.completed');
      expect(bench.events[1]).toMatchObject({
        type: 'tftp.completed',
        ip: '127.0.0.1',
        mac: '52:54:00:00:00:01',
        host: 'rack1',
        data: { file: 'ipxe.efi', bytes: 10_000, blksize: 1428, windowsize: 1 },
      });
      expect(bench.events[1]?.message).toMatch(/^rack1 .*ipxe\.efi .*10000 bytes in \d+ ms\.$/);
    });

    it('continues while the disk is slow', async () => {
      await start({ files: { big: pattern(400_000) }, readDelay: 30 });
      const { bytes } = await (
        await client()
      ).read('big', [
        ['blksize', '1428'],
        ['windowsize', '8'],
      ]);
      expect(bytes.equals(pattern(400_000))).toBe(true);
    });

    it('tells progress under one key, and takes it away at the end', async () => {
      let now = 0;
      const clock = {
        now: () => now,
        monotonic: () => (now += 100),
        after: (ms: number, run: () => void) => () => clearTimeout(setTimeout(run, ms)),
      };
      await start({ files: FILES, clock });
      const one = await client();
      await one.read('ipxe.efi');
      await settled();
      const key = `tftp:127.0.0.1:${one.socket.address().port}`;
      expect(bench.progress.length).toBeGreaterThan(1);
      expect(bench.progress.at(-1)).toMatchObject({ key, done: 10_000, total: 10_000 });
      expect(bench.progress.every((value) => value.key === key)).toBe(true);
    });

    it('sends no data before the OACK is acknowledged', async () => {
      await start();
      const one = await client();
      one.ask('ipxe.efi', [['tsize', '0']]);
      expect((await one.next()).packet).toEqual({ kind: 'oack', options: [['tsize', '10000']] });
      // Only the OACK again, a second later.
      expect((await one.next()).packet).toMatchObject({ kind: 'oack' });
      expect(types()).toEqual([]);
    });

    it('a size probe that ends in ERROR 8 leaves no trace', async () => {
      await start();
      const one = await client();
      one.ask('ipxe.efi', [['tsize', '0']]);
      const { port } = await one.next();
      one.send(encodeError(8, 'User aborted the transfer'), port);
      await settled();
      expect(types()).toEqual([]);
    });

    it('an ERROR in the middle is recorded as the client sent it', async () => {
      await start();
      const one = await client();
      one.ask('ipxe.efi');
      const { port } = await one.next();
      one.send(encodeAck(1), port);
      one.send(encodeError(3, 'Disk full'), port);
      await settled();
      expect(bench.events.at(-1)).toMatchObject({
        type: 'tftp.aborted',
        message: expect.stringMatching(/127\.0\.0\.1 .*ipxe\.efi .*512 bytes: .*error 3 "Disk full"/) as string,
      });
    });

    it('repeats a lost block', async () => {
      await start();
      const one = await client();
      one.ask('ipxe.efi');
      const first = await one.next();
      const again = await one.next();
      expect(again).toEqual(first);
      expect(first.packet).toMatchObject({ kind: 'data', block: 1 });
    });

    it('serves text in netascii', async () => {
      await start({ files: { 'autoexec.ipxe': Buffer.from('#!ipxe\nexit\n') } });
      const one = await client();
      one.ask('autoexec.ipxe', [['tsize', '0']], 'NetASCII');
      const { packet, port } = await one.next();
      expect(packet).toMatchObject({ kind: 'oack', options: [['tsize', '14']] });
      one.send(encodeAck(0), port);
      const { packet: data } = await one.next();
      expect(data.kind === 'data' && Buffer.from(data.bytes).toString()).toBe('#!ipxe\r\nexit\r\n');
      one.send(encodeAck(1), port);
      await settled();
    });
  });

  describe('refusals, immediately', () => {
    const denied: [string, Parameters<RawClient['ask']>, number, string, string[]][] = [
      ['a miss', ['nothing.efi'], 1, 'There is no boot file named nothing.efi.', ['tftp.missed']],
      ['a traversal', ['../../etc/passwd'], 2, 'The path leads out of the boot files.', ['tftp.refused']],
      ['a write', ['ipxe.efi', [], 'octet', 'wrq'], 2, READ_ONLY, ['tftp.refused']],
      ['mail', ['ipxe.efi', [], 'mail'], 4, unsupportedMode('mail'), ['tftp.refused']],
    ];
    it.each(denied)('%s', async (_name, request, code, message, events) => {
      await start();
      const one = await client();
      const began = Date.now();
      one.ask(...request);
      expect((await one.next()).packet).toEqual({ kind: 'error', code, message });
      expect(Date.now() - began).toBeLessThan(500);
      expect(types()).toEqual(events);
      await settled();
    });

    it('a malformed request', async () => {
      await start();
      const one = await client();
      one.send(Buffer.from('\0\x01ipxe.efi\0'));
      expect((await one.next()).packet).toEqual({
        kind: 'error',
        code: 4,
        message: expect.stringContaining('transfer mode') as string,
      });
      one.send(Buffer.from(`\0\x01a\0octet\0${'x\0y\0'.repeat(1000)}`));
      expect((await one.next()).packet).toEqual({
        kind: 'error',
        code: 4,
        message: expect.stringContaining('32 options') as string,
      });
    });

    it('a file too large for netascii', async () => {
      await start({ files: { big: pattern(1024 * 1024 + 1) } });
      const one = await client();
      one.ask('big', [], 'netascii');
      expect((await one.next()).packet).toMatchObject({ kind: 'error', code: 0, message: expect.stringContaining('octet') as string });
      await settled();
    });

    it('a failure of boot/ is an error with its message, not a crash', async () => {
      await start({ file: () => Promise.reject(new BootbenchError('E_DB', 'The database’s disk is gone.')) });
      const one = await client();
      one.ask('ipxe.efi');
      expect((await one.next()).packet).toEqual({ kind: 'error', code: 0, message: "The database's disk is gone." });
      expect(types()).toEqual(['tftp.aborted']);
    });

    it('a file that goes away in the middle', async () => {
      const gone = (offset: number) => (offset > 0 ? new BootbenchError('E_IMAGE_GONE', 'The disk was unplugged.') : undefined);
      await start({ files: { big: pattern(400_000) }, readError: gone });
      const one = await client();
      await expect(one.read('big', [['blksize', '8192']])).rejects.toThrow('The disk was unplugged.');
      await settled();
      expect(types()).toEqual(['tftp.started', 'tftp.aborted']);
    });
  });

  describe('transfer identifiers', () => {
    it('a stranger gets ERROR 5 and the transfer continues', async () => {
      await start();
      const [one, stranger] = [await client(), await client()];
      one.ask('ipxe.efi');
      const { port } = await one.next();
      expect(port).not.toBe(bench.port);
      stranger.send(encodeAck(1), port);
      expect((await stranger.next()).packet).toMatchObject({ kind: 'error', code: 5 });
      stranger.send(encodeError(0, 'stop'), port);
      expect(await stranger.nextWithin(100)).toBeUndefined();
      one.send(encodeAck(1), port);
      expect((await one.next()).packet).toMatchObject({ kind: 'data', block: 2 });
    });

    it('a doubled request is one transfer', async () => {
      await start();
      const one = await client();
      one.ask('ipxe.efi');
      one.ask('ipxe.efi');
      await one.next();
      expect(await one.nextWithin(300)).toBeUndefined();
      expect(bench.openSockets()).toBe(1);
    });

    it('a request for another file from the same port ends the old transfer without a word', async () => {
      await start();
      const one = await client();
      one.ask('ipxe.efi');
      const first = await one.next();
      one.ask('exact');
      const second = await one.next();
      expect(second.packet).toMatchObject({ kind: 'data', block: 1 });
      expect(second.port).not.toBe(first.port);
      await expect.poll(() => bench.openSockets()).toBe(1);
      expect(types()).toEqual(['tftp.aborted']);
    });

    it.each([
      ['options', [['tsize', '0']]],
      ['no options', []],
    ] as [string, [string, string][]][])(
      'a request with %s that is repeated while the first answer is on its way is the same transfer',
      async (_, options) => {
        await start();
        const one = await client();
        one.ask('ipxe.efi', options);
        const first = await one.next();
        await new Promise((resolve) => setTimeout(resolve, 2100));
        // The client stood still: it repeats its request before it reads the answer, whose port it then takes.
        one.ask('ipxe.efi', options);
        const again = await one.next();
        expect(again.port).toBe(first.port);
        one.send(encodeAck(options.length > 0 ? 0 : 1), first.port);
        let next = await one.next();
        while (next.packet.kind === 'oack' || (next.packet.kind === 'data' && next.packet.block === 1 && options.length === 0))
          next = await one.next();
        expect(next).toMatchObject({ port: first.port, packet: { kind: 'data' } });
        expect(types()).toEqual(['tftp.started']);
      },
    );

    it('a machine that was reset starts again at its fixed port', async () => {
      await start();
      const one = await client();
      one.ask('ipxe.efi', [['tsize', '0']]);
      const { port } = await one.next();
      one.send(encodeAck(0), port);
      await one.next();
      await new Promise((resolve) => setTimeout(resolve, 2100));
      one.ask('ipxe.efi', [['tsize', '0']]);
      let again = await one.next();
      while (again.port === port) again = await one.next();
      expect(again.packet.kind).toBe('oack');
      await expect.poll(() => bench.openSockets()).toBe(1);
    });

    it('the number of transfers is bounded, the answer beyond it fair, and a place is free again afterwards', async () => {
      await start();
      const many = await Promise.all(Array.from({ length: MAX_TRANSFERS_PER_ADDRESS }, () => client()));
      for (const one of many) one.ask('ipxe.efi');
      const ports = await Promise.all(many.map((one) => one.next()));
      const late = await client();
      late.ask('ipxe.efi');
      expect((await late.next()).packet).toMatchObject({
        kind: 'error',
        code: 0,
        message: expect.stringMatching(/^Busy: 64 transfers/) as string,
      });
      many[0]?.send(encodeError(0, 'enough'), ports[0]?.port);
      await expect.poll(() => bench.openSockets()).toBe(MAX_TRANSFERS_PER_ADDRESS - 1);
      late.ask('ipxe.efi');
      expect((await late.next()).packet).toMatchObject({ kind: 'data', block: 1 });
    });
  });

  describe('stopping', () => {
    it('tells running clients, and stops twice', async () => {
      await start();
      const one = await client();
      one.ask('ipxe.efi');
      await one.next();
      await bench.stop();
      expect((await one.next()).packet).toEqual({ kind: 'error', code: 0, message: STOPPED });
      await bench.stop();
      expect(types()).toEqual(['tftp.aborted']);
    });

    it('while a file is being looked up', async () => {
      let release: (() => void) | undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      await start({ file: () => held.then(() => ({ kind: 'missing', code: 'E_NOT_FOUND', message: 'late' })) });
      const one = await client();
      one.ask('ipxe.efi');
      await one.nextWithin(50);
      await bench.stop();
      release?.();
      expect(await one.nextWithin(100)).toBeUndefined();
    });
  });
});
