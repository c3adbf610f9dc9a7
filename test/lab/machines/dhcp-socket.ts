import type dgram from 'node:dgram';
import type { Nic } from '../../../contract/appliance.ts';
import type { Log } from '../../../contract/runtime.ts';
import { deviceSockets } from '../../../main-services/network/device-socket.ts';
import { libc } from '../../../main-services/network/libc.ts';
import { ACK, addressIn, dhcpRequest, OFFER, parseReply, type DhcpMessage, type Speaker } from './dhcp-wire.ts';

/** Milliseconds until a message is repeated: RFC 2131 §4.1 begins with 4 s, iPXE with 1. */
const REPEATS_MS = [1000, 2000, 4000, 8000, 8000, 8000];

const nothing = (): void => undefined;
const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => SILENT };

/** No answer, however often it was asked. */
export class Unanswered extends Error {}

/** Port 68 of one interface, shared by all machines behind it; answers are told apart by xid and MAC. */
export class DhcpSocket {
  readonly #socket: dgram.Socket;
  readonly #repeatsMs: readonly number[];
  #waiting = new Map<number, (message: DhcpMessage) => void>();
  #nextXid = (Date.now() & 0xffffff) << 8;
  /** Messages that had to be repeated. */
  repeats = 0;

  private constructor(socket: dgram.Socket, repeatsMs: readonly number[]) {
    this.#socket = socket;
    this.#repeatsMs = repeatsMs;
    socket.on('message', (bytes) => {
      const message = parseReply(bytes);
      if (message) this.#waiting.get(message.xid)?.(message);
    });
    socket.on('error', () => undefined);
  }

  /** Errors: as the system's, when the port is in use. */
  static async open(dev: string, repeatsMs: readonly number[] = REPEATS_MS): Promise<DhcpSocket> {
    const nic = { name: dev, index: (await libc()).interfaceIndex(dev) } as Nic;
    return new DhcpSocket(await deviceSockets({ log: SILENT }).udp(nic, 68, { broadcast: true }), repeatsMs);
  }

  /** DISCOVER to ACK. Throws `Unanswered` when the repeats are used up. */
  async lease(speaker: Speaker, mac: string): Promise<DhcpMessage> {
    for (let tries = 0; tries < 4; tries++) {
      const xid = (this.#nextXid = (this.#nextXid + 1) >>> 0);
      const offer = await this.#exchange(xid, mac, dhcpRequest(speaker, mac, xid), OFFER);
      const chosen = { address: offer.address, server: addressIn(offer, 54) };
      const answer = await this.#exchange(xid, mac, dhcpRequest(speaker, mac, xid, chosen), ACK);
      if (answer.type === ACK) return answer;
    }
    throw new Unanswered(`${mac}: four requests were refused`);
  }

  close(): void {
    this.#socket.close();
  }

  /** The first reply of the wanted type, or a NAK. */
  async #exchange(xid: number, mac: string, bytes: Buffer, wanted: number): Promise<DhcpMessage> {
    for (const ms of this.#repeatsMs) {
      const reply = await this.#once(xid, mac, bytes, wanted, ms);
      if (reply) return reply;
      this.repeats++;
    }
    throw new Unanswered(`${mac}: no DHCP ${wanted === OFFER ? 'OFFER' : 'ACK'}`);
  }

  #once(xid: number, mac: string, bytes: Buffer, wanted: number, ms: number): Promise<DhcpMessage | undefined> {
    return new Promise((resolve) => {
      const end = (message?: DhcpMessage): void => {
        clearTimeout(timer);
        this.#waiting.delete(xid);
        resolve(message);
      };
      const timer = setTimeout(end, ms);
      this.#waiting.set(xid, (message) => {
        if (message.mac === mac && (message.type === wanted || (wanted === ACK && message.type === 6))) end(message);
      });
      // A network that is down is a lost message: it is repeated.
      this.#socket.send(bytes, 67, '255.255.255.255', () => undefined);
    });
  }
}
