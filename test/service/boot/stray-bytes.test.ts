import { encodeAck } from '../../fixtures/tftp-packets.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../contract/runtime.ts';
import { openBootFileCatalogue } from '../../../main-services/boot/files/boot-files.ts';
import { answerFile } from '../../../main-services/boot/files/files.ts';
import { RawClient, startTftpServer, type TftpServer } from '../tftp/tftp-server.ts';

let dir: string;
let bench: TftpServer;
let client: RawClient;
const fetched: string[] = [];

/** The real catalogue behind the real TFTP server. */
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stray-bytes-'));
  writeFileSync(join(dir, 'ipxe.efi'), 'an ipxe');
  const catalogue = openBootFileCatalogue({ dir, log: silentLog });
  const world = {
    catalogue,
    bootUrl: 'http://127.0.0.1:1',
    identify: () => ({ kind: 'unknown' as const }),
    macOfClient: () => '52:54:00:88:00:02',
    fetched: (_mac: string, file: string) => {
      fetched.push(file);
      return Promise.resolve();
    },
  };
  bench = await startTftpServer({ file: (path) => answerFile(path, world) });
  client = await RawClient.open(bench.port);
});
afterEach(async () => {
  client.close();
  await bench.stop();
  rmSync(dir, { recursive: true });
});

const request = (name: Buffer): Buffer => Buffer.concat([Buffer.from([0, 1]), name, Buffer.from('\0octet\0')]);
const withTail = (hex: string): Buffer => Buffer.concat([Buffer.from('ipxe.efi'), Buffer.from(hex, 'hex')]);

describe('t1: a ROM that reads over the end of option 67', () => {
  it.each(['ff', 'ffffff', '3304c0a84d01', '420c3139322e'])('t1: asks for ipxe.efi with %s behind it, and gets ipxe.efi', async (tail) => {
    client.send(request(withTail(tail)));
    const { packet, port } = await client.next();
    expect(packet.kind === 'data' && Buffer.from(packet.bytes).toString()).toBe('an ipxe');
    expect(fetched.at(-1)).toBe('ipxe.efi');
    client.send(encodeAck(1), port);
    await expect.poll(() => bench.events[0]).toMatchObject({ type: 'tftp.started', data: { file: 'ipxe.efi' } });
  });

  it.each([
    ['an unknown name', Buffer.from('other.efi\xff', 'latin1')],
    ['a path that leaves the folder', Buffer.from('ipxe.efi\xff/../../etc/passwd', 'latin1')],
    ['a longer name', Buffer.from('ipxe.efi3')],
  ])('t1: %s is refused as before', async (_name, name) => {
    client.send(request(name));
    expect((await client.next()).packet.kind).toBe('error');
  });
});
