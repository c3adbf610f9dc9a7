import type { ConsoleOutput, ConsoleViewer, Transcript } from '../../contract/console.ts';
import type { Client } from '../../contract/port.ts';
import { transcriptLines } from '../../util/transcript-lines.ts';
import type { Io } from '../command.ts';
import { endOf, readOutput } from './read-output.ts';
import { nothingRecorded } from './sentences.ts';

/** Bytes of one `console.read`. */
const READ_BYTES = 262_144;

/** How transcripts are printed. */
export interface LogOptions {
  readonly host: string;
  /** Only this one. */
  readonly transcript: string | undefined;
  /** From this time on, in milliseconds. */
  readonly since: number | undefined;
  readonly follow: ConsoleViewer | undefined;
  readonly json: boolean;
}

interface Part {
  readonly transcript: string;
  readonly offset: number;
  /** What is printed after this is not waited for: a machine may print faster than it is read. */
  readonly end: number;
}

/** The transcript `id`, or the newest, in the service's own words: text or asciicast. */
export async function exportTranscript(
  client: Client,
  io: Io,
  host: string,
  id: string | undefined,
  format: 'text' | 'asciicast',
): Promise<void> {
  const transcript = id ?? (await newest(client, host)).id;
  for await (const text of client.stream('console.export', { host, transcript, format }, io.signal)) {
    await io.terminal.write(Buffer.from(text));
  }
}

/** Prints what was recorded, then with `follow` what the console prints, until the signal. */
export async function printLog(client: Client, io: Io, options: LogOptions): Promise<void> {
  const { host, follow } = options;
  const printer = new Printer(io, options.json);
  let end = 0;
  for (const part of await partsOf(client, options)) end = await printPart(client, io.signal, host, part, printer);
  if (follow) {
    await readOutput(client, { host, viewer: follow, from: end }, io.signal, (output) => printer.print(output));
  }
  await printer.end();
}

/** Oldest first. */
async function partsOf(client: Client, { host, transcript, since, follow }: LogOptions): Promise<Part[]> {
  const whole = ({ id, bytes }: Transcript): Part => ({ transcript: id, offset: 0, end: bytes });
  const all = await client.call('console.transcripts', { host });
  // One that does not exist is an error of its first read.
  if (transcript !== undefined) return [{ transcript, offset: 0, end: all.find(({ id }) => id === transcript)?.bytes ?? 0 }];
  if (since === undefined) {
    if (all.length === 0 && !follow) throw nothingRecorded(host);
    return all.slice(0, 1).map(whole);
  }
  const place = await client.call('console.at', { host, at: since });
  const index = all.findIndex(({ id }) => id === place?.transcript);
  // Recorded later than that: everything.
  if (place === null || index === -1) return all.map(whole).reverse();
  return [{ ...place, end: all[index]?.bytes ?? 0 }, ...all.slice(0, index).map(whole).reverse()];
}

/** The offset after the last byte that was printed. */
async function printPart(
  client: Client,
  signal: AbortSignal,
  host: string,
  { transcript, offset, end }: Part,
  printer: Printer,
): Promise<number> {
  let at = offset;
  // At the end once more: notices may stand there.
  while (!signal.aborted && at <= end) {
    const outputs = await client.call('console.read', { host, transcript, offset: at, limit: READ_BYTES });
    for (const output of outputs) await printer.print(output);
    const last = outputs.at(-1);
    const next = last === undefined ? at : endOf(last);
    const bytes = outputs.reduce((sum, output) => sum + endOf(output) - output.offset, 0);
    at = Math.max(at, next);
    if (bytes === 0) break;
  }
  return at;
}

async function newest(client: Client, host: string): Promise<Transcript> {
  const [first] = await client.call('console.transcripts', { host });
  if (!first) throw nothingRecorded(host);
  return first;
}

/** Output as lines with their times, or with --json one object a line. */
class Printer {
  readonly #io: Io;
  readonly #json: boolean;
  #lines = transcriptLines();
  #transcript: string | undefined;
  /** Notices at the end of what was read: reading that continues there gives them again. */
  readonly #notices = new Set<string>();

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.#json = json;
  }

  async print(output: ConsoleOutput): Promise<void> {
    if (this.#isRepeated(output)) return;
    if (this.#json) await this.#write(`${JSON.stringify(output)}\n`);
    else await this.#write(this.#words(output));
  }

  end(): Promise<void> {
    return this.#write(this.#lines.end());
  }

  #words({ transcript, at, data, notice }: ConsoleOutput): string {
    const isNext = this.#transcript !== transcript;
    const last = isNext ? this.#lines.end() : '';
    // A sequence that the end of the last transcript cut does not continue in this one.
    if (isNext) this.#lines = transcriptLines();
    this.#transcript = transcript;
    return last + this.#lines.push({ at, bytes: Buffer.from(data, 'base64'), notice });
  }

  #isRepeated({ transcript, offset, at, data, notice }: ConsoleOutput): boolean {
    if (notice === undefined) {
      if (data !== '') this.#notices.clear();
      return false;
    }
    const key = `${transcript} ${offset} ${at} ${notice}`;
    const isRepeated = this.#notices.has(key);
    this.#notices.add(key);
    return isRepeated;
  }

  async #write(text: string): Promise<void> {
    if (text !== '') await this.#io.terminal.write(Buffer.from(text));
  }
}
