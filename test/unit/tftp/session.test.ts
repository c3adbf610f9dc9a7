import { expect, it } from 'vitest';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import type { Channel, ChannelListener } from '../../../main-services/tftp/channel.ts';
import { Session, type SessionEnd } from '../../../main-services/tftp/session.ts';
import { encodeAck } from '../../fixtures/tftp-packets.ts';

/** A network that takes `room` packets at a time. The real one says so too rarely to be caught at it. */
function narrowChannel(room: number) {
  const sent: number[] = [];
  let committed: Buffer[] = [];
  let listener: ChannelListener | undefined;
  let packet = Buffer.alloc(0);
  const channel: Channel = {
    listen: (given) => void (listener = given),
    room: (length) => ({ bytes: (packet = Buffer.alloc(length)), start: 0 }),
    commit: () => void committed.push(packet),
    flush() {
      const taken = committed.splice(0, room);
      sent.push(...taken.map((bytes) => bytes.readUInt16BE(2)));
      const lost = committed.length;
      committed = [];
      return lost;
    },
    send: () => undefined,
    close: () => Promise.resolve(),
  };
  return { channel, sent, writable: () => listener?.writable(), ack: (block: number) => listener?.packet(encodeAck(block), undefined) };
}

function startSession(channel: Channel, windowsize: number) {
  const ends: SessionEnd[] = [];
  const bytes = Buffer.alloc(512 * 10 + 1);
  new Session({
    channel,
    peer: { ip: '127.0.0.1', port: 1 },
    source: {
      size: bytes.length,
      read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
      readNow: (offset, length) => bytes.subarray(offset, offset + length),
      close: () => Promise.resolve(),
    },
    agreed: { blksize: 512, windowsize, accepted: [['windowsize', String(windowsize)]] },
    clock: systemClock,
    log: silentLog,
    onStarted: () => undefined,
    onProgress: () => undefined,
    onEnd: (end) => ends.push(end),
  });
  return ends;
}

it('what the system had no room for is sent when it has, in order and once', () => {
  const { channel, sent, writable, ack } = narrowChannel(3);
  const ends = startSession(channel, 8);
  ack(0);
  expect(sent).toEqual([1, 2, 3]);
  writable();
  expect(sent).toEqual([1, 2, 3, 4, 5, 6]);
  writable();
  writable();
  expect(sent).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  ack(8);
  ack(11);
  expect(sent.slice(8)).toEqual([9, 10, 11]);
  expect(ends).toEqual([{ kind: 'completed' }]);
});

it('the rest of a window is not sent after the client has acknowledged further', () => {
  const { channel, sent, writable, ack } = narrowChannel(3);
  startSession(channel, 8);
  ack(0);
  ack(2);
  expect(sent).toEqual([1, 2, 3, 3, 4, 5]);
  writable();
  expect(sent).toEqual([1, 2, 3, 3, 4, 5, 6, 7, 8]);
});
