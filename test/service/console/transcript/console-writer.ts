import { silentLog, systemClock } from '../../../../contract/runtime.ts';
import { openTranscripts } from '../../../../main-services/console/transcript/open-transcripts.ts';

/** A program that continues the newest transcript, appends numbered lines as fast as a serial port and prints how many; it runs until it is killed. */
const [dir = ''] = process.argv.slice(2);
const transcripts = openTranscripts({ dir, clock: systemClock, log: silentLog });
const writer = (await transcripts.resume('node-1')) ?? transcripts.begin('node-1', 'lab');
let next = writer.size / 8;
process.stdout.write(`size ${writer.size}\n`);
setInterval(() => {
  let lines = '';
  for (let count = 0; count < 15; count++) lines += `${String(next++).padStart(7, '0')}\n`;
  writer.append(Buffer.from(lines), Date.now());
  process.stdout.write(`${Date.now()} ${writer.size}\n`);
}, 10);
