import { createHash, randomBytes } from 'node:crypto';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { openSol } from '../../../main-services/console/sol/open-sol.ts';
import { PASSWORD, USERNAME } from '../../fixtures/ipmi-bmc/peers.ts';
import { TransportLog } from '../../fixtures/transport-log.ts';
import { pause } from '../process.ts';

/** What `sol-typist HOST PORT BYTES [WINDOW]` prints as JSON: it types at a machine that echoes; at most WINDOW bytes wait for their echo. */
export interface Typing {
  readonly seconds: number;
  readonly received: number;
  /** What came back is what was typed. */
  readonly isSame: boolean;
  readonly notices: readonly string[];
  readonly ends: readonly (string | null)[];
  readonly closedAfterMs: number;
}

const IDLE_MS = 60_000;
const POLL_MS = 5;
const [host = '', port = '', size = '', window = size] = process.argv.slice(2);

const log = new TransportLog(Number.POSITIVE_INFINITY);
const options = { host, port: Number(port), username: USERNAME, password: PASSWORD, clock: systemClock, log: silentLog };
// No one else uses the BMC. Where its answer was lost, pyghmi reports SOL of this session as in use, and not whose it is.
const transport = await openSol(options)(log, { signal: new AbortController().signal, takeOver: true });

// ipmi_sim drops what is typed until it has connected to its machine.
while (log.bytes === 0) {
  await transport.write(Buffer.from('\r'));
  await pause(500);
}
await pause(2000);

const before = log.bytes;
const text = randomBytes(Number(size) / 2).toString('hex');
const began = performance.now();
const typing = typeAll();
for (let last = 0, since = began; log.bytes - before < text.length && performance.now() - since < IDLE_MS;) {
  await pause(POLL_MS);
  if (log.bytes !== last) since = performance.now();
  last = log.bytes;
}
const seconds = Math.round((performance.now() - began) / 100) / 10;
const received = log.text.slice(before);
const closing = performance.now();
await transport.close();
await typing;
const outcome: Typing = {
  seconds,
  received: received.length,
  isSame: sha256(received) === sha256(text),
  notices: log.notices,
  ends: log.ends.map((end) => end?.message ?? null),
  closedAfterMs: Math.round(performance.now() - closing),
};
console.log(JSON.stringify(outcome));

/** Ends early where the console does. */
async function typeAll(): Promise<void> {
  const isOpen = (): boolean => log.ends.length === 0;
  for (let at = 0; at < text.length && isOpen(); at += Number(window)) {
    const block = text.slice(at, at + Number(window));
    await transport.write(Buffer.from(block)).catch(() => undefined);
    while (log.bytes - before < at + block.length && isOpen()) await pause(POLL_MS);
  }
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
