import type {
  ConsoleTrigger,
  ConsoleHit,
  ConsoleOutput,
  ConsoleStatus,
  ConsoleViewer,
  ModemLines,
  SerialPortInfo,
  Transcript,
} from '../../contract/console.ts';

export interface ViewListener {
  output(output: ConsoleOutput): void;
  /** The console was removed, or Bootbench stops. */
  ended(): void;
}

/** The consoles of all hosts, as handlers and other rooms use them. Hosts are named; E_NOT_FOUND, and E_NO_CONSOLE where a host has none. */
export interface Consoles {
  list(): ConsoleStatus[];
  /** The listener gets every status now, then each change. */
  subscribe(listener: (status: ConsoleStatus) => void): () => void;
  /**
   * A viewer reads: the console opens while anyone does. The listener gets output of the current transcript from `from` on (a negative number:
   * that many bytes before its end), then what follows, also of the next transcripts, until the console is removed. E_CONSOLE_BUSY.
   */
  view(host: string, viewer: ConsoleViewer, from: number, listener: ViewListener): () => void;
  /** Opens it again without waiting. `takeOver` ends another user's session where the protocol can (IPMI SOL, SSH presets). */
  reconnect(host: string, options: { takeOver: boolean }): void;
  /** Only the typist types; the first one to type becomes it. E_CONSOLE_TYPIST names the other one in details. */
  write(host: string, viewer: ConsoleViewer, bytes: Uint8Array): Promise<void>;
  /** Becomes the typist; from another one only with `takeOver`, else E_CONSOLE_TYPIST. */
  takeKeyboard(host: string, viewer: ConsoleViewer, options: { takeOver: boolean }): void;
  releaseKeyboard(host: string, viewer: ConsoleViewer): void;
  sendBreak(host: string, viewer: ConsoleViewer): Promise<void>;
  setBaud(host: string, viewer: ConsoleViewer, baud: number | 'auto'): Promise<number>;
  setModemLines(host: string, viewer: ConsoleViewer, lines: Pick<ModemLines, 'dtr' | 'rts'>): Promise<void>;
  /** The user or password of the host's BMC was changed: a console that it rejected is opened again. */
  accountChanged(host: string): void;
  acceptHostKey(host: string, fingerprint: string | undefined): void;
  /** Newest first. */
  transcripts(host: string): Promise<Transcript[]>;
  /** Up to `limit` bytes from `offset`, as recorded. E_NOT_FOUND. */
  read(host: string, transcript: string, offset: number, limit: number): Promise<ConsoleOutput[]>;
  /** Where the transcript was at a time: the offset of the first byte after it. */
  offsetAt(host: string, at: number): Promise<{ transcript: string; offset: number } | undefined>;
  search(host: string, text: string, options: { transcript?: string; limit: number; signal: AbortSignal }): Promise<ConsoleHit[]>;
  /** The whole transcript piece by piece: without escape sequences and with times of day (`text`), or asciicast v2. */
  export(host: string, transcript: string, format: 'text' | 'asciicast', signal: AbortSignal): AsyncIterable<string>;
  triggers(host: string): (ConsoleTrigger & { from: 'host' | 'profile' })[];
  ports(): Promise<SerialPortInfo[]>;
  /** The last lines that were printed in this boot, without escape sequences; none where nothing was printed since then. For the failure of a job. */
  lastLines(host: string, count: number, since: number): string[];
}
