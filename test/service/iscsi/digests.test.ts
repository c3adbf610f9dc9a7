import { randomFillSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { IscsiInitiator, readRequest } from '../../fixtures/iscsi-initiator.ts';
import { IscsiTarget } from '../../fixtures/iscsi-target.ts';

const BYTES = randomFillSync(Buffer.alloc(8 * 1_048_576));
const STEP_BLOCKS = 96;
const STEP = STEP_BLOCKS * 512;
const name = (isOn: boolean): string => (isOn ? 'CRC32C' : 'None');

/** Reads the whole unit with so many commands in flight, answers in any order. The reader of the fixture checks the digests. */
async function readAll(initiator: IscsiInitiator, inFlight: number, digests: { header: boolean; data: boolean }): Promise<Buffer> {
  const all = Buffer.alloc(BYTES.length);
  const total = Math.ceil(BYTES.length / STEP);
  let asked = 0;
  const ask = (): void => {
    if (asked >= total) return;
    const count = Math.min(STEP_BLOCKS, BYTES.length / 512 - asked * STEP_BLOCKS);
    initiator.socket.write(readRequest(asked, asked * STEP_BLOCKS, count, digests));
    asked++;
  };
  for (let index = 0; index < inFlight; index++) ask();
  for (let done = 0; done < total;) {
    const { opcode, header, data, flags } = await initiator.next();
    expect(opcode).toBe(0x25);
    data.copy(all, header.readUInt32BE(16) * STEP + header.readUInt32BE(40));
    if ((flags & 1) === 0) continue;
    done++;
    ask();
  }
  return all;
}

test.each([1, 4, 32].flatMap((inFlight) => [true, false].flatMap((header) => [true, false].map((data) => ({ inFlight, header, data })))))(
  'the whole unit with $inFlight in flight, header digest $header, data digest $data',
  { timeout: 60_000 },
  async ({ inFlight, ...digests }) => {
    await using target = await IscsiTarget.start({ device: 'disk', bytes: BYTES });
    const initiator = new IscsiInitiator(target.port);
    await initiator.login({ HeaderDigest: name(digests.header), DataDigest: name(digests.data), MaxRecvDataSegmentLength: '16384' });
    initiator.digests = digests;
    expect((await readAll(initiator, inFlight, digests)).equals(BYTES)).toBe(true);
    initiator.socket.destroy();
    expect(target.failures).toEqual([]);
  },
);
