import type { BootbenchError } from '../../../contract/errors.ts';
import type { Connection } from './connection.ts';
import { encodeCommand, encodeData, encodeOption, OPTION, TelnetDecoder, type TelnetItem } from './telnet-codec.ts';
import { INITIAL, isOn, receive, request, type Negotiation, type Request } from './telnet-negotiation.ts';

export interface TelnetEvents {
  data(bytes: Uint8Array): void;
  /** A subnegotiation of COM-PORT-OPTION. */
  comPort(bytes: Uint8Array): void;
  /** An option was switched on or off, or refused. */
  negotiated(option: number): void;
  closed(error?: BootbenchError): void;
}

/** Telnet over a connection: decodes, answers options, encodes. */
export class TelnetSession {
  readonly #connection: Connection;
  readonly #events: TelnetEvents;
  readonly #comPort: boolean;
  readonly #decoder = new TelnetDecoder((item) => {
    this.#take(item);
  });
  #negotiation: Negotiation = INITIAL;
  /** Data of the packet that is decoded now. */
  #data: Uint8Array[] = [];

  /** `comPort`: a client of RFC 2217. */
  constructor(connection: Connection, events: TelnetEvents, comPort: boolean) {
    this.#connection = connection;
    this.#events = events;
    this.#comPort = comPort;
  }

  start(): void {
    this.#connection.start({
      bytes: (bytes) => {
        this.#decoder.push(bytes);
        this.#giveData();
      },
      closed: (error) => {
        this.#events.closed(error);
      },
    });
  }

  /** Our side of an option (`will`), or the peer's (`do`). */
  request(wanted: { verb: 'will' | 'do'; option: number }): void {
    this.#apply(request(this.#negotiation, wanted));
  }

  isOn(side: 'local' | 'remote', option: number): boolean {
    return isOn(this.#negotiation, side, option);
  }

  /** The peer refused, or has not answered yet. */
  isRefused(side: 'local' | 'remote', option: number): boolean {
    return this.#negotiation[side].get(option) === 'no';
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#connection.write(encodeData(bytes, this.isOn('local', OPTION.binary)));
  }

  async sendCommand(code: number): Promise<void> {
    await this.#connection.write(encodeCommand(code));
  }

  async sendEncoded(bytes: Uint8Array): Promise<void> {
    await this.#connection.write(bytes);
  }

  #take(item: TelnetItem): void {
    switch (item.kind) {
      case 'data':
        this.#data.push(item.bytes);
        return;
      case 'option':
        this.#apply(receive(this.#negotiation, item, this.#comPort));
        this.#events.negotiated(item.option);
        return;
      case 'subnegotiation':
        if (item.option === OPTION.comPort) this.#events.comPort(item.bytes);
        return;
      case 'command':
        // NOP, GA, AYT of a server: nothing to do.
        return;
    }
  }

  /** In one piece: a packet of escaped 255 is thousands of items of one byte, and each piece costs time and memory everywhere. */
  #giveData(): void {
    const data = this.#data;
    if (data.length === 0) return;
    this.#data = [];
    this.#events.data(data.length === 1 && data[0] ? data[0] : Buffer.concat(data));
  }

  #apply({ state, send }: { state: Negotiation; send?: Request }): void {
    this.#negotiation = state;
    this.#decoder.binary = this.isOn('remote', OPTION.binary);
    // An answer that cannot be sent is lost with its connection, which reports its end.
    if (send) this.#connection.write(encodeOption(send.verb, send.option)).catch(() => undefined);
  }
}
