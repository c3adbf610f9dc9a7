import { CONTINUE, FINAL, NO_TAG, RESPONSE } from '../wire/codes.ts';
import { headerOf, type Pdu } from '../wire/pdu.ts';
import { decodeText, encodeText, type TextPairs } from '../wire/text.ts';

/** Text of one request that is continued over several PDUs, bytes. */
const MAX_TEXT = 65_536;

/** One PDU of an answer; StatSN is not written yet. */
export interface TextAnswer {
  readonly header: Buffer;
  readonly data: Buffer;
}

/**
 * Text requests of one session, one at a time (RFC 7143 §11.10, §11.11). A request or an answer that one PDU does not hold is continued in the
 * next one (C bit), and the target transfer tag says to what it belongs.
 */
export class TextExchange {
  readonly #answerTo: (pairs: TextPairs) => Promise<{ readonly pairs: TextPairs; readonly maxSend: number }>;
  #request: Buffer = Buffer.alloc(0);
  /** Of the answer, what has not been sent. */
  #rest: Buffer = Buffer.alloc(0);
  #maxSend = 0;
  /** Undefined where the next request starts a new exchange. */
  #tag: number | undefined;
  #lastTag = 0;
  #isBusy = false;

  constructor(answerTo: (pairs: TextPairs) => Promise<{ readonly pairs: TextPairs; readonly maxSend: number }>) {
    this.#answerTo = answerTo;
  }

  /** Undefined where the request is a protocol error. */
  async next(pdu: Pdu): Promise<TextAnswer | undefined> {
    if (this.#isBusy || !this.#fits(pdu)) return undefined;
    if (this.#rest.length > 0) return this.#chunk(pdu);
    if (this.#request.length + pdu.data.length > MAX_TEXT) return undefined;
    this.#request = Buffer.concat([this.#request, pdu.data]);
    if ((pdu.flags & CONTINUE) !== 0) return this.#response(pdu, Buffer.alloc(0), false);
    const asked = decodeText(this.#request);
    this.#request = Buffer.alloc(0);
    if (!asked) return undefined;
    this.#isBusy = true;
    const { pairs, maxSend } = await this.#answerTo(asked);
    this.#isBusy = false;
    this.#rest = encodeText(pairs);
    this.#maxSend = maxSend;
    return this.#chunk(pdu);
  }

  /** A request without a tag starts a new exchange; one with a tag continues its exchange. Only an empty one takes more of an answer. */
  #fits({ header, data, flags }: Pdu): boolean {
    const tag = header.readUInt32BE(20);
    if (tag === NO_TAG) {
      this.#request = this.#rest = Buffer.alloc(0);
      this.#tag = undefined;
      return (flags & (CONTINUE | FINAL)) !== (CONTINUE | FINAL);
    }
    return tag === this.#tag && (this.#rest.length === 0 || data.length === 0);
  }

  #chunk(pdu: Pdu): TextAnswer {
    const data = this.#rest.subarray(0, this.#maxSend);
    this.#rest = this.#rest.subarray(data.length);
    return this.#response(pdu, data, this.#rest.length > 0);
  }

  #response({ header: request, flags }: Pdu, data: Buffer, isContinued: boolean): TextAnswer {
    const isFinal = !isContinued && (flags & (FINAL | CONTINUE)) === FINAL;
    if (isFinal) this.#tag = undefined;
    else this.#tag ??= ++this.#lastTag % NO_TAG;
    const header = headerOf(RESPONSE.text, isFinal ? FINAL : isContinued ? CONTINUE : 0);
    request.copy(header, 16, 16, 20);
    header.writeUInt32BE(this.#tag ?? NO_TAG, 20);
    return { header, data };
  }
}
