import { decode, encodeError, encodeOack, errorText, writeDataHeader, type Packet } from '../../../main-services/tftp/codec.ts';
import { negotiate } from '../../../main-services/tftp/negotiate.ts';
import { toNetascii } from '../../../main-services/tftp/netascii.ts';
import {
  blockCount,
  blockRange,
  startTransfer,
  stepTransfer,
  type Step,
  type TransferEvent,
} from '../../../main-services/tftp/transfer.ts';
import { must, type Target } from '../engine/target.ts';
import { pieces } from './pieces.ts';

/** The first byte is the size of the file, the second the MTU; then packets of a client, each with its length before it. */
export const target: Target = {
  words: ['octet\0', 'netascii\0', 'blksize\0', 'windowsize\0', 'tsize\0', 'timeout\0', '1468\0', '65464\0', '0\0'],
  seeds: () => [
    session(200, ['\0\x01undionly.kpxe\0octet\0blksize\x001468\0tsize\x000\0', '\0\x04\0\0', '\0\x04\0\x01']),
    session(3, ['\0\x01a\0netascii\0windowsize\x0064\0timeout\x005\0', '\0\x04\0\0', '\0\x05\0\x08x\0', '']),
    session(9, ['\0\x02a\0octet\0', '\0\x03\0\x01abc', '\0\x06blksize\x00512\0']),
  ],
  run: (input) => {
    const size = (input[0] ?? 0) ** 3;
    const link = { mtu: 68 + (input[1] ?? 0) * 40, size: (input[1] ?? 0) % 3 === 0 ? undefined : size };
    let step: Step | undefined;
    let now = 0;
    for (const bytes of pieces(input.subarray(2))) {
      const packet = decode(bytes);
      now += bytes.length * 50;
      step = packet.kind === 'rrq' && !step ? begin(packet, link, size) : step && follow(step, eventOf(packet), now);
      check(packet);
    }
  },
};

function begin({ options }: Extract<Packet, { kind: 'rrq' | 'wrq' }>, link: { mtu: number; size: number | undefined }, size: number): Step {
  const agreed = negotiate(options, link);
  must(agreed.blksize >= 8 && agreed.blksize <= Math.max(512, link.mtu - 32), 'a block fits the network');
  must(agreed.windowsize >= 1 && agreed.windowsize <= 64, 'a window is bounded');
  if (agreed.accepted.length === 0) return startTransfer({ size, ...agreed, oack: false }, 0);
  const oack = decode(encodeOack(agreed.accepted));
  must(oack.kind === 'oack' && JSON.stringify(oack.options) === JSON.stringify(agreed.accepted), 'the OACK reads back');
  return startTransfer({ size, ...agreed, oack: true }, 0);
}

function follow({ state }: Step, event: TransferEvent, now: number): Step {
  const step = stepTransfer(state, event, now);
  const { action } = step;
  must(step.state.wait > 0 && Number.isFinite(step.state.wait), 'it waits for a time');
  if (action.kind !== 'data') return step;
  must(action.first >= 1 && action.first <= action.last && action.last <= blockCount(state.plan), 'only blocks of the file are sent');
  for (const block of [action.first, action.last]) {
    const { offset, length } = blockRange(state.plan, block);
    must(offset >= 0 && length >= 0 && offset + length <= state.plan.size, 'a block is inside the file');
    const packet = Uint8Array.of(9, 9, 9, 9, 9, 9);
    writeDataHeader(packet, 1, block);
    must(packet[0] === 9 && packet[5] === 9, 'a header has four bytes');
  }
  return step;
}

function eventOf(packet: Packet): TransferEvent {
  return packet.kind === 'ack' || packet.kind === 'error' ? packet : { kind: 'timeout' };
}

function check(packet: Packet): void {
  if (packet.kind === 'error')
    must(packet.message.length < 200 && !/[^\x20-\x7e]/.test(packet.message), 'a message is short and printable');
  if (packet.kind === 'malformed') must(encodeError(4, packet.reason).length <= 5 + errorText(packet.reason).length, 'an error is short');
  if (packet.kind === 'data') must(toNetascii(packet.bytes).length <= 2 * packet.bytes.length, 'netascii at most doubles');
}

function session(size: number, packets: readonly string[]): Buffer {
  return Buffer.concat([
    Uint8Array.of(size, 36),
    ...packets.flatMap((text) => [Uint8Array.of(0, text.length), Buffer.from(text, 'latin1')]),
  ]);
}
