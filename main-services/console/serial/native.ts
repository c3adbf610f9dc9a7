/** Serial ports of this computer as the transport uses them: of the library itself, or of the main thread through messages. */
export interface NativePorts {
  /** Loads the library. Rejects where that fails. */
  load(): Promise<void>;
  /** As the library lists them; used on macOS and Windows. */
  list(): Promise<ListedPort[]>;
  /** 8N1, no flow control, locked. Rejects with the library's words. */
  open(path: string, baud: number): Promise<NativePort>;
}

export interface NativePort {
  /** At least one byte. Rejects when the port is closed or gone. */
  read(): Promise<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  /** Discards what was not sent or read. */
  setBaud(baud: number): Promise<void>;
  setLines(lines: { readonly dtr: boolean; readonly rts: boolean; readonly brk: boolean }): Promise<void>;
  /** Rejects where the port has none. */
  lines(): Promise<{ cts: boolean; dsr: boolean; dcd: boolean }>;
  /** Waits until everything is sent. */
  drain(): Promise<void>;
  /** Never rejects; a read and a write in progress do. */
  close(): Promise<void>;
}

/** `friendlyName`: Windows only. */
export interface ListedPort {
  readonly path: string;
  readonly manufacturer?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly friendlyName?: string | undefined;
}

/** Why the library did not open a port. It has no codes: these are strerror's words and Windows' own, in its C++ sources. */
export function openFailure(error: unknown): 'in-use' | 'not-found' | 'other' {
  const words = wordsOf(error);
  if (/cannot lock port|resource busy|resource temporarily unavailable|access denied/i.test(words)) return 'in-use';
  if (/no such (file|device)|file not found/i.test(words)) return 'not-found';
  return 'other';
}

/** The library's words without its "Error:" and full stop. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^Error:?\s*/, '').replace(/\.$/, '');
}
