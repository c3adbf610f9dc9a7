import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Host } from '../../../contract/inventory.ts';
import type { Identity } from '../../../main-services/boot/boot.ts';
import { GIVE_WAY_AFTER_MS, MAX_TRANSFERS, MAX_TRANSFERS_PER_ADDRESS } from '../../../main-services/tftp/service.ts';
import { encodeAck } from '../../fixtures/tftp-packets.ts';
import { pattern, RawClient, startTftpServer, WAYS, type TftpServer, type TftpServerOptions } from './tftp-server.ts';

const FILE = pattern(200_000);
const KNOWN = '127.0.0.200';
const HOST = {
  kind: 'host',
  host: { name: 'node-1' } as Host,
  iface: { mac: '52:54:00:88:00:02' } as Host['interfaces'][number],
} as Identity;

describe.each(WAYS)('%s', (way) => {
  let bench: TftpServer;
  const clients: RawClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await bench.stop();
  });

  async function start(options: TftpServerOptions = {}): Promise<void> {
    bench = await startTftpServer({
      way,
      files: { 'ipxe.efi': FILE },
      identity: (ip) => (ip === KNOWN ? HOST : { kind: 'unknown' }),
      ...options,
    });
  }

  async function clientAt(address: string): Promise<RawClient> {
    const client = await RawClient.open(bench.port, address);
    clients.push(client);
    return client;
  }

  /** As many RRQs as there are places, from as few addresses as the share allows. Returns the clients with the ports that answer them. */
  async function fill(): Promise<{ client: RawClient; port: number }[]> {
    const filling: { client: RawClient; port: number }[] = [];
    for (let index = 0; index < MAX_TRANSFERS; index++) {
      const client = await clientAt(`127.0.0.${2 + Math.floor(index / MAX_TRANSFERS_PER_ADDRESS)}`);
      client.ask('ipxe.efi', [['timeout', '255']]);
      const { packet, port } = await client.next();
      expect(packet.kind).toBe('oack');
      filling.push({ client, port });
    }
    return filling;
  }

  const read = async (address: string) => (await (await clientAt(address)).read('ipxe.efi', [['blksize', '1428']])).bytes.length;

  it('b3: a known host is served while 256 transfers that are never acknowledged hold every place', async () => {
    await start();
    await fill();
    expect(await read(KNOWN)).toBe(FILE.length);
  });

  it('b3: a machine that is not known takes the place of one that has not acknowledged for a moment', async () => {
    await start();
    await fill();
    await wait(GIVE_WAY_AFTER_MS);
    expect(await read('127.0.0.100')).toBe(FILE.length);
  });

  it('b3: a known host is served while strangers that acknowledged once and then stopped hold every place', async () => {
    await start();
    for (const { client, port } of await fill()) {
      client.send(encodeAck(0), port);
      // The OACK may have been repeated meanwhile.
      while ((await client.next()).packet.kind !== 'data');
    }
    await wait(GIVE_WAY_AFTER_MS);
    const other = await clientAt('127.0.0.2');
    other.ask('ipxe.efi');
    expect((await other.next()).packet).toMatchObject({ kind: 'error', message: expect.stringMatching(/^Busy: 64/) as string });
    expect(await read(KNOWN)).toBe(FILE.length);
  });

  it('b3: what gives way is one event for its address, and none for each packet', async () => {
    await start();
    await fill();
    await wait(GIVE_WAY_AFTER_MS);
    for (let round = 0; round < 50; round++) {
      const one = await clientAt('127.0.0.2');
      one.ask('ipxe.efi', [['timeout', '255']]);
      expect((await one.next()).packet.kind).toBe('oack');
    }
    expect(bench.events.map(({ type, data }) => [type, data?.subject])).toEqual([['protection.limited', '127.0.0.2']]);
  });

  it('b3: before the first acknowledgement nothing of the file is in memory but the first block, where there is no OACK', async () => {
    const reads: (readonly [number, number])[] = [];
    const source = {
      size: FILE.length,
      etag: 'x',
      read: (offset: number, length: number) => {
        reads.push([offset, length]);
        return Promise.resolve(FILE.subarray(offset, offset + length));
      },
      close: () => Promise.resolve(),
    };
    await start({ file: (name) => Promise.resolve({ kind: 'file', name, contentType: 'application/octet-stream', source }) });
    const [one, two] = [await clientAt('127.0.0.2'), await clientAt('127.0.0.3')];
    one.ask('ipxe.efi', [['tsize', '0']]);
    const { port } = await one.next();
    two.ask('ipxe.efi');
    await two.next();
    expect(reads).toEqual([[0, 512]]);
    expect(bench.events).toEqual([]);
    one.send(encodeAck(0), port);
    expect((await one.next()).packet.kind).toBe('data');
    expect(bench.events.map(({ type }) => type)).toEqual(['tftp.started']);
  });

  it('b16: requests for 500 files that are not there are 20 events of their address, and one that says so', async () => {
    await start();
    const one = await clientAt('127.0.0.2');
    for (let name = 0; name < 500; name++) {
      one.ask(`none-${name}`);
      expect((await one.next()).packet.kind).toBe('error');
    }
    const types = bench.events.map(({ type }) => type);
    expect(types.filter((type) => type === 'tftp.missed')).toHaveLength(20);
    expect(types.filter((type) => type === 'protection.limited')).toHaveLength(1);
    expect(types).toHaveLength(21);
  });

  it('a machine that is not known takes a place of the address that holds the most, though all its transfers move', async () => {
    await start();
    for (const { client, port } of await fill()) client.send(encodeAck(0), port);
    await wait(GIVE_WAY_AFTER_MS);
    expect(await read('127.0.0.100')).toBe(FILE.length);
  });

  it('a mode with line ends and control characters neither forges a line of the event nor acts on a terminal', async () => {
    await start();
    const client = await clientAt('127.0.0.2');
    client.send(Buffer.from('\0\x01ipxe.efi\0\x1b[2J\r\nfake line \u202e\0', 'utf8'));
    expect((await client.next()).packet.kind).toBe('error');
    const [event] = bench.events.filter(({ type }) => type === 'tftp.refused');
    expect(event?.message).toContain('"?[2j??fake line ?');
    expect(event?.message).toMatch(/^[\x20-\x7e]+$/);
  });
});
