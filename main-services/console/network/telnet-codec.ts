/** Telnet as bytes and back: RFC 854 (commands, NVT), RFC 855 (options), RFC 856 (BINARY). Nothing here throws, and memory is bounded. */

export const IAC = 255;
export const COMMAND = {
  se: 240,
  nop: 241,
  brk: 243,
  ip: 244,
  ayt: 246,
  ga: 249,
  sb: 250,
  will: 251,
  wont: 252,
  do: 253,
  dont: 254,
} as const;
export const OPTION = { binary: 0, echo: 1, sga: 3, comPort: 44 } as const;

export type Verb = 'will' | 'wont' | 'do' | 'dont';

export type TelnetItem =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'option'; readonly verb: Verb; readonly option: number }
  | { readonly kind: 'subnegotiation'; readonly option: number; readonly bytes: Uint8Array }
  /** Of the other commands: BRK, AYT, NOP… */
  | { readonly kind: 'command'; readonly code: number };

/** RFC 2217's longest are signatures of a line; a longer one is dropped. */
const MAX_SUBNEGOTIATION_BYTES = 1024;
const CR = 13;
const NUL = 0;

const VERBS: Readonly<Record<number, Verb>> = {
  [COMMAND.will]: 'will',
  [COMMAND.wont]: 'wont',
  [COMMAND.do]: 'do',
  [COMMAND.dont]: 'dont',
};

type State =
  | { readonly at: 'data' }
  /** After CR in NVT mode: a NUL that follows is not data. */
  | { readonly at: 'cr' }
  | { readonly at: 'iac' }
  | { readonly at: 'verb'; readonly verb: Verb }
  | { readonly at: 'sb-option' }
  | { readonly at: 'sb' }
  | { readonly at: 'sb-iac' };

/** Decodes a stream in pieces of any size. */
export class TelnetDecoder {
  /** The peer sends BINARY: CR is a byte like any other. May change between two items. */
  binary = false;
  readonly #take: (item: TelnetItem) => void;
  #state: State = { at: 'data' };
  #option = 0;
  #subnegotiation: number[] = [];
  /** The byte just read was the second 255 of a pair. */
  #escaped = false;

  constructor(take: (item: TelnetItem) => void) {
    this.#take = take;
  }

  /** Gives what the piece completes, in order. Data is a view of `bytes`. */
  push(bytes: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      const inData = this.#isInData();
      if (inData && this.#isData(byte)) continue;
      if (inData) this.#data(bytes.subarray(from, at));
      this.#step(byte);
      // The second 255 of a pair is the first byte of the next run.
      from = this.#escaped ? at : at + 1;
      this.#escaped = false;
    }
    if (this.#isInData()) this.#data(bytes.subarray(from));
  }

  #isInData(): boolean {
    return this.#state.at === 'data' || this.#state.at === 'cr';
  }

  /** Whether the byte continues a run of data; also remembers a CR. */
  #isData(byte: number): boolean {
    if (byte === IAC || (this.#state.at === 'cr' && byte === NUL && !this.binary)) return false;
    this.#state = byte === CR && !this.binary ? { at: 'cr' } : { at: 'data' };
    return true;
  }

  #step(byte: number): void {
    switch (this.#state.at) {
      case 'data':
      case 'cr':
        // IAC; or the NUL after CR, which is dropped.
        this.#state = byte === IAC ? { at: 'iac' } : { at: 'data' };
        return;
      case 'iac':
        this.#command(byte);
        return;
      case 'verb':
        this.#take({ kind: 'option', verb: this.#state.verb, option: byte });
        this.#state = { at: 'data' };
        return;
      case 'sb-option':
        this.#option = byte;
        this.#subnegotiation = [];
        this.#state = { at: 'sb' };
        return;
      case 'sb':
        if (byte === IAC) this.#state = { at: 'sb-iac' };
        else this.#collect(byte);
        return;
      case 'sb-iac':
        this.#afterIacInSubnegotiation(byte);
    }
  }

  #command(byte: number): void {
    const verb = VERBS[byte];
    if (verb) this.#state = { at: 'verb', verb };
    else if (byte === COMMAND.sb) this.#state = { at: 'sb-option' };
    else {
      this.#state = { at: 'data' };
      if (byte === IAC) this.#escaped = true;
      else this.#take({ kind: 'command', code: byte });
    }
  }

  #afterIacInSubnegotiation(byte: number): void {
    if (byte === IAC) {
      this.#collect(byte);
      this.#state = { at: 'sb' };
      return;
    }
    if (this.#subnegotiation.length <= MAX_SUBNEGOTIATION_BYTES) {
      this.#take({ kind: 'subnegotiation', option: this.#option, bytes: Uint8Array.from(this.#subnegotiation) });
    }
    this.#subnegotiation = [];
    // RFC 855: only SE ends it. A peer that forgot SE started another command.
    this.#state = { at: 'data' };
    if (byte !== COMMAND.se) this.#command(byte);
  }

  #collect(byte: number): void {
    if (this.#subnegotiation.length <= MAX_SUBNEGOTIATION_BYTES) this.#subnegotiation.push(byte);
  }

  #data(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#take({ kind: 'data', bytes });
  }
}

/** Data to send: 255 doubled, and outside of BINARY a NUL after each CR (RFC 854: CR is followed by LF or NUL; the next byte is not known yet). */
export function encodeData(bytes: Uint8Array, binary: boolean): Uint8Array {
  let extra = 0;
  for (const byte of bytes) if (byte === IAC || (byte === CR && !binary)) extra++;
  if (extra === 0) return bytes;
  const out = new Uint8Array(bytes.length + extra);
  let at = 0;
  for (const byte of bytes) {
    out[at++] = byte;
    if (byte === IAC) out[at++] = IAC;
    else if (byte === CR && !binary) out[at++] = NUL;
  }
  return out;
}

export function encodeOption(verb: Verb, option: number): Uint8Array {
  return Uint8Array.of(IAC, COMMAND[verb], option);
}

export function encodeCommand(code: number): Uint8Array {
  return Uint8Array.of(IAC, code);
}

export function encodeSubnegotiation(option: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([IAC, COMMAND.sb, option, ...encodeData(bytes, true), IAC, COMMAND.se]);
}
