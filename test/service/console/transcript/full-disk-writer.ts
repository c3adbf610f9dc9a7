import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLog } from '../../../../contract/runtime.ts';
import { openTranscripts } from '../../../../main-services/console/transcript/open-transcripts.ts';

/** Writes to a small disk until long after it is full, makes room, writes again, and prints what is stored. Each byte is its offset modulo 251. */
const [dir = ''] = process.argv.slice(2);
let [now, errors, maxWaiting] = [1_800_000_000_000, 0, 0];
const clock = { now: () => now, monotonic: () => now, after: () => () => undefined };
const log = {
  ...silentLog,
  error: () => {
    errors++;
  },
};
writeFileSync(join(dir, 'filler'), Buffer.alloc(128 * 1024));
const transcripts = openTranscripts({ dir, clock, log });
const storing: unknown[] = [];
const writer = transcripts.begin('node-1', undefined, (state) =>
  storing.push('failed' in state ? { code: state.failed.code, message: state.failed.message, next: state.failed.next } : state),
);

async function write(): Promise<void> {
  const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (writer.size + index) % 251));
  writer.append(bytes, now);
  maxWaiting = Math.max(maxWaiting, writer.waiting);
  await writer.flush();
  now += 700;
}

for (let count = 0; count < 40; count++) await write();
rmSync(join(dir, 'filler'));
for (let count = 0; count < 4; count++) await write();
const outputs = (await transcripts.read('node-1', writer.id, 0, 1_000_000)).map(({ offset, data, notice }) => {
  const bytes = Buffer.from(data, 'base64');
  return { offset, bytes: bytes.length, good: bytes.every((byte, index) => byte === (offset + index) % 251), notice };
});
// The disk is full again when the transcript ends, and another one ends while there is room.
writeFileSync(join(dir, 'filler'), Buffer.alloc(64 * 1024));
for (let count = 0; count < 20; count++) await write();
rmSync(join(dir, 'filler'));
const stored = (await transcripts.list('node-1'))[0]?.bytes;
await writer.close();
const last = (await transcripts.read('node-1', writer.id, stored ?? 0, 1_000_000)).flatMap(({ notice }) => notice ?? []);
await transcripts.close();
process.stdout.write(
  JSON.stringify({ errors, maxWaiting, outputs, storing, last, size: writer.size, stored, files: readdirSync(join(dir, 'node-1')) }),
);
