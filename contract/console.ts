import * as z from 'zod';
import { Name, Timestamp } from './primitives.ts';

/** What reading a trigger's match does to the boot: the meaning that jobs and the timeline use. */
export const ConsoleMeaning = z.enum(['boot-menu', 'booting', 'installing', 'installed', 'login', 'failed', 'none']);
export type ConsoleMeaning = z.infer<typeof ConsoleMeaning>;

/**
 * A pattern (RE2 syntax, matched on one line without its escape sequences, also on an unfinished line such as a prompt) and what happens when it matches:
 * an event `console.matched`, evidence for the host's job by its meaning, and an answer that is typed once per transcript.
 */
export const ConsoleTrigger = z.object({
  /** Shown in events. */
  name: z.string().min(1).max(80),
  pattern: z.string().min(1).max(500),
  meaning: ConsoleMeaning.default('none'),
  /** Typed once per transcript: text with the escapes \r \n \t \e \\ \xHH, and names of keys in angle brackets such as <F12> <Up> <Enter>. */
  answer: z.string().max(500).optional(),
});
export type ConsoleTrigger = z.infer<typeof ConsoleTrigger>;

/** `closed`: no one needs it now. `waiting`: it opens again by itself at `retryAt`. `failed`: a person must act first. */
export const ConsoleState = z.enum(['closed', 'opening', 'open', 'waiting', 'failed']);
export type ConsoleState = z.infer<typeof ConsoleState>;

/** Control and status lines of an RS-232 port, where the transport has them. */
export const ModemLines = z.object({
  dtr: z.boolean().optional(),
  rts: z.boolean().optional(),
  cts: z.boolean().optional(),
  dsr: z.boolean().optional(),
  dcd: z.boolean().optional(),
});
export type ModemLines = z.infer<typeof ModemLines>;

/** Who reads or types: one open view of a console. */
export const ConsoleViewer = z.object({
  id: z.string().min(1).max(64),
  /** "Window", "Browser", "CLI on pts/3". */
  label: z.string().min(1).max(80),
});
export type ConsoleViewer = z.infer<typeof ConsoleViewer>;

export const ConsoleStatus = z.object({
  host: Name,
  url: z.string(),
  state: ConsoleState,
  /** One sentence: what it is connected to, or why it is not. */
  message: z.string(),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      next: z.string(),
      /** E_CONSOLE_PERMISSION: the command that gives this user access. */
      command: z.string().optional(),
      /** E_CONSOLE_HOST_KEY: SHA-256 fingerprints `SHA256:…`. */
      hostKey: z.object({ pinned: z.string(), presented: z.string() }).optional(),
    })
    .optional(),
  retryAt: Timestamp.optional(),
  /** Why output is not stored now, such as E_DISK_FULL; viewers get it all the same. */
  notStored: z.object({ code: z.string(), message: z.string(), next: z.string() }).optional(),
  /** Bits per second; absent where the transport has none (SSH, TCP). */
  baud: z.number().int().optional(),
  canBreak: z.boolean(),
  lines: ModemLines.optional(),
  viewers: z.array(ConsoleViewer),
  /** The viewer whose keys are sent. */
  typist: ConsoleViewer.optional(),
  /** The transcript that is written now. */
  transcript: z.string().optional(),
  lastOutputAt: Timestamp.optional(),
  /** The newest match that has a meaning. */
  matched: z.object({ trigger: z.string(), meaning: ConsoleMeaning, line: z.string(), at: Timestamp }).optional(),
});
export type ConsoleStatus = z.infer<typeof ConsoleStatus>;

/** One file: what a host's console printed in one boot. */
export const Transcript = z.object({
  /** `20261129T063811Z-fedora-43`: when it began (UTC), and the image. */
  id: z.string().regex(/^[A-Za-z0-9._-]{1,120}$/),
  host: Name,
  image: z.string().optional(),
  startedAt: Timestamp,
  /** Of the last byte. */
  endedAt: Timestamp,
  bytes: z.number().int(),
  /** Bytes at its start that were removed because it reached its size limit. */
  removedBytes: z.number().int(),
});
export type Transcript = z.infer<typeof Transcript>;

/** Bytes of a transcript in order. `offset` counts from the transcript's first byte, also after bytes were removed. */
export const ConsoleOutput = z.object({
  transcript: z.string(),
  offset: z.number().int(),
  at: Timestamp,
  /** Base64. Empty for a notice without bytes. */
  data: z.base64(),
  /** What happened to the connection here, such as "Disconnected: …", to be shown between the bytes. */
  notice: z.string().optional(),
});
export type ConsoleOutput = z.infer<typeof ConsoleOutput>;

/** A found text. `line` is without escape sequences. */
export const ConsoleHit = z.object({ transcript: z.string(), offset: z.number().int(), at: Timestamp, line: z.string() });
export type ConsoleHit = z.infer<typeof ConsoleHit>;

/** A serial port of this computer. */
export const SerialPortInfo = z.object({
  /** The stable name where there is one: /dev/serial/by-id/…, else /dev/ttyUSB0 or COM3. */
  path: z.string(),
  /** The device itself where `path` is a link. */
  device: z.string(),
  maker: z.string().optional(),
  product: z.string().optional(),
  serialNumber: z.string().optional(),
  /** The host whose console it is. */
  host: Name.optional(),
});
export type SerialPortInfo = z.infer<typeof SerialPortInfo>;
