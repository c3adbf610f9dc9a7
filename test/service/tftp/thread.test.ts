import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../contract/runtime.ts';
import { openLocalFile } from '../../../main-services/iso/source/local-file.ts';
import { errorText } from '../../../main-services/tftp/codec.ts';
import { THREAD_ENDED } from '../../../main-services/tftp/sentences.ts';
import { encodeAck } from '../../fixtures/tftp-packets.ts';
import { pattern, RawClient, startTftpServer, type TftpServer, type TftpServerOptions } from './tftp-server.ts';

const FILES = { 'ipxe.efi': pattern(10_000) };
const BIG = pattern(8 * 1024 * 1024 + 5);

describe.runIf(process.platform === 'linux')('the thread of transfers', () => {
  let bench: TftpServer;
  let dir: string;
  let warnings: string[] = [];
  const clients: RawClient[] = [];
  beforeEach(() => {
    warnings = [];
    dir = mkdtempSync(join(tmpdir(), 'tftp-thread-'));
  });
  afterEach(async () => {
    clients.splice(0).forEach((one) => one.close());
    await bench.stop();
    rmSync(dir, { recursive: true });
    expect(bench.openSockets()).toBe(-1);
    expect(bench.openSources()).toBe(0);
  });

  async function start(options: TftpServerOptions): Promise<void> {
    const note = (_: unknown, message: string): number => warnings.push(message);
    bench = await startTftpServer({ way: 'in a thread', log: { ...silentLog, warn: note, error: note }, ...options });
  }
  async function client(): Promise<RawClient> {
    const one = await RawClient.open(bench.port);
    clients.push(one);
    return one;
  }
  const fromDisk: TftpServerOptions['file'] = async (name) => {
    const source = await openLocalFile(join(dir, name));
    return { kind: 'file', name, contentType: 'application/octet-stream', source };
  };
  const eventOf = (type: string) => bench.events.find((event) => event.type === type);

  it('serves while the loop of the appliance is busy', async () => {
    writeFileSync(join(dir, 'big'), BIG);
    await start({ file: fromDisk });
    const out = join(dir, 'out');
    const curl = spawn('curl', ['-sS', '--tftp-blksize', '8192', '-o', out, `tftp://127.0.0.1:${bench.port}/big`]);
    const exited = once(curl, 'exit');
    await expect.poll(() => eventOf('tftp.started'), { interval: 1 }).toBeDefined();
    const until = Date.now() + 3000;
    while (Date.now() < until);
    const { size, mtimeMs } = statSync(out);
    expect(size).toBe(BIG.length);
    expect(mtimeMs).toBeLessThan(until);
    await exited;
    expect((await readFile(out)).equals(BIG)).toBe(true);
    await expect.poll(() => eventOf('tftp.completed')?.data).toMatchObject({ bytes: BIG.length });
  });

  it('a file that is replaced while it is read ends the transfer', async () => {
    writeFileSync(join(dir, 'big'), BIG);
    await start({ file: fromDisk });
    const one = await client();
    one.ask('big');
    const { port } = await one.next();
    writeFileSync(join(dir, 'new'), pattern(BIG.length));
    renameSync(join(dir, 'new'), join(dir, 'big'));
    let block = 1;
    let last = (await sendAndRead(one, port, block)).packet;
    while (last.kind === 'data') {
      await new Promise((resolve) => setTimeout(resolve, 20));
      last = (await sendAndRead(one, port, ++block)).packet;
    }
    expect(last).toMatchObject({ kind: 'error', message: expect.stringContaining('another file took its place') as string });
    await expect.poll(() => eventOf('tftp.aborted')).toBeDefined();
  });

  it('that dies ends its transfers with a reason, and the next ones are served; then it runs again', async () => {
    await start({ files: FILES, worker: new URL('../../fixtures/tftp-thread-dies.ts', import.meta.url) });
    const one = await client();
    one.ask('ipxe.efi');
    await sendAndRead(one, (await one.next()).port, 1);
    await expect.poll(() => eventOf('tftp.aborted')?.message).toContain(THREAD_ENDED);
    expect([bench.openSockets(), bench.openSources()]).toEqual([0, 0]);
    expect(warnings).toHaveLength(1);
    const { bytes } = await (await client()).read('ipxe.efi');
    expect(bytes.equals(FILES['ipxe.efi'])).toBe(true);
    await expect
      .poll(() => eventOf('service.up'))
      .toMatchObject({
        message: expect.stringContaining('out of luck') as string,
        data: { service: 'tftp', code: 'E_THREAD_DIED' },
      });
  });

  it('that cannot run here is replaced by the loop, which is logged', async () => {
    writeFileSync(join(dir, 'broken.mjs'), "throw new Error('no such library');");
    await start({ files: FILES, worker: new URL(`file://${join(dir, 'broken.mjs')}`) });
    expect(warnings).toHaveLength(1);
    const { bytes } = await (await client()).read('ipxe.efi', [['windowsize', '4']]);
    expect(bytes.equals(FILES['ipxe.efi'])).toBe(true);
  });

  it('others are served while a client does not acknowledge', async () => {
    await start({ files: FILES });
    const silent = await client();
    silent.ask('ipxe.efi', [['windowsize', '16']]);
    silent.send(encodeAck(0), (await silent.next()).port);
    const readers = await Promise.all(Array.from({ length: 8 }, () => client()));
    const all = await Promise.all(readers.map((one) => one.read('ipxe.efi')));
    expect(bench.events.filter(({ type }) => type === 'tftp.aborted')).toEqual([]);
    expect(all.every(({ bytes }) => bytes.equals(FILES['ipxe.efi']))).toBe(true);
  });

  it('is ended with the service, also while it serves', async () => {
    const threads = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker').length;
    const before = threads();
    await start({ files: FILES });
    const one = await client();
    one.ask('ipxe.efi');
    await one.next();
    const began = performance.now();
    await bench.stop();
    // Less than a stop that gives up waiting for the thread takes.
    expect(performance.now() - began).toBeLessThan(2000);
    expect((await one.next()).packet).toMatchObject({ kind: 'error', message: errorText('Bootbench was stopped.') });
    expect(threads()).toBe(before);
  });
});

async function sendAndRead(client: RawClient, port: number, block: number) {
  client.send(encodeAck(block), port);
  return client.next();
}
