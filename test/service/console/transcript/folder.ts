import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConsoleOutput } from '../../../../contract/console.ts';
import { silentLog, systemClock, type Clock, type Log } from '../../../../contract/runtime.ts';
import { openTranscripts, type TranscriptLimits } from '../../../../main-services/console/transcript/open-transcripts.ts';
import type { Transcripts } from '../../../../main-services/console/transcript/transcript.ts';

/** Small ones, which tests reach. */
export const LIMITS: TranscriptLimits = {
  partBytes: 1000,
  partTimesBytes: 10_000,
  transcriptBytes: 4000,
  hostBytes: 20_000,
  hostTranscripts: 3,
  totalBytes: 100_000,
};

/** Transcripts in a temporary folder. */
export class TranscriptFolder implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), 'transcripts-'));

  open(options: { clock?: Clock; log?: Log; limits?: TranscriptLimits } = {}): Transcripts {
    return openTranscripts({ dir: this.dir, clock: systemClock, log: silentLog, ...options });
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export function bytesOf(outputs: readonly ConsoleOutput[]): Buffer {
  return Buffer.concat(outputs.map(({ data }) => Buffer.from(data, 'base64')));
}

export async function textOf(texts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of texts) text += piece;
  return text;
}
