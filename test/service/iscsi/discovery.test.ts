import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Connection } from '../../../main-services/iscsi/connection.ts';
import { encodePdu, headerOf, NO_DIGESTS } from '../../../main-services/iscsi/wire/pdu.ts';
import { TestClock } from '../../fixtures/data-fixture.ts';
import { IscsiInitiator } from '../../fixtures/iscsi-initiator.ts';

const MIB = 1_048_576;

test('a discovery that takes no answers holds 256 KiB of them, and is ended after a minute', { timeout: 20_000 }, async () => {
  const clock = new TestClock();
  const sockets: Socket[] = [];
  const failures: string[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    new Connection(socket, {
      clock,
      admit: () => Promise.resolve({ kind: 'admitted' }),
      open: () => Promise.resolve(undefined),
      targets: () => Promise.resolve([]),
      tsih: () => 1,
      failed: (reason) => failures.push(reason),
      readFailed: () => undefined,
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const initiator = new IscsiInitiator((server.address() as AddressInfo).port);
  await initiator.login({ SessionType: 'Discovery', MaxRecvDataSegmentLength: '65536' });
  initiator.socket.pause();
  const nop = headerOf(0x40);
  nop.writeUInt32BE(1, 16);
  const request = Buffer.concat(encodePdu(nop, Buffer.alloc(65_536), NO_DIGESTS));
  for (let sent = 0; sent < 64 * MIB; sent += request.length) initiator.socket.write(request);
  await expect.poll(() => sockets[0]?.isPaused(), { timeout: 10_000 }).toBe(true);
  expect(sockets[0]?.writableLength).toBeGreaterThan(0);
  expect(sockets[0]?.writableLength).toBeLessThan(MIB);
  clock.advance(59_000);
  expect(failures).toEqual([]);
  clock.advance(1000);
  expect(failures).toEqual(['its discovery took too long']);
  clock.advance(1000);
  await expect.poll(() => sockets[0]?.destroyed).toBe(true);
  initiator.socket.destroy();
  await new Promise((closed) => server.close(closed));
});
