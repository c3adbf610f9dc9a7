import type { ConsoleHit, ConsoleOutput, Transcript } from '../../../contract/console.ts';
import type { BootbenchError } from '../../../contract/errors.ts';

/**
 * Called once when output can no longer be stored, with E_DISK_FULL or another error, and once when it can be again or the transcript ends,
 * with the number of bytes that are missing. The transcript has a notice of that number where they are missing.
 */
export type Storing = (state: { readonly failed: BootbenchError } | { readonly lost: number }) => void;

/** The transcript that a host's console is written to now. Calls never throw and never wait for the disk; a disk error is logged once. */
export interface TranscriptWriter {
  readonly id: string;
  readonly startedAt: number;
  /** Bytes that were appended, those that were removed at its start and those that wait for the disk included: the offset of the next byte. */
  readonly size: number;
  /** Bytes that wait for the disk. The session pauses its transport while there are many. */
  readonly waiting: number;
  /** Takes the bytes over and returns the offset of the first one. On the disk within one second. */
  append(bytes: Uint8Array, at: number): number;
  /** What happened to the connection at this place. */
  notice(message: string, at: number): void;
  /** Resolves when what was appended is on the disk. Never rejects. */
  flush(): Promise<void>;
  /** Flushes and closes the file; nothing is appended afterwards. Never rejects. */
  close(): Promise<void>;
}

/** Transcripts of all hosts. Reads include what was appended and waits for the disk. E_NOT_FOUND where there is no such transcript. */
export interface Transcripts {
  /** Starts a transcript of a boot. The host's previous writer must be closed, or is being closed. */
  begin(host: string, image: string | undefined, storing?: Storing): TranscriptWriter;
  /** Continues the host's newest transcript, as after a restart of Bootbench; undefined where it has none. */
  resume(host: string, storing?: Storing): Promise<TranscriptWriter | undefined>;
  /** Newest first. */
  list(host: string): Promise<Transcript[]>;
  /** Up to `limit` bytes from `offset` (clamped to what is stored), and the notices between them, in order; pieces of up to 64 KiB. */
  read(host: string, transcript: string, offset: number, limit: number): Promise<ConsoleOutput[]>;
  offsetAt(host: string, at: number): Promise<{ transcript: string; offset: number } | undefined>;
  search(host: string, text: string, options: { transcript?: string; limit: number; signal: AbortSignal }): Promise<ConsoleHit[]>;
  export(host: string, transcript: string, format: 'text' | 'asciicast', signal: AbortSignal): AsyncIterable<string>;
  /** Removes all of a host that is gone. Its writer must be closed. Never rejects. */
  remove(host: string): Promise<void>;
  /** Closes every writer. */
  close(): Promise<void>;
}
