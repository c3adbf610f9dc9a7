import type { Agreed } from '../login/negotiate.ts';
import { redeclare } from '../login/negotiate.ts';
import { CONTINUE, FINAL, NO_TAG, REJECT, REQUEST, RESPONSE } from '../wire/codes.ts';
import { headerOf, type Pdu } from '../wire/pdu.ts';
import { decodeText, encodeText } from '../wire/text.ts';
import type { Medium } from './medium.ts';
import { isLunZero, ScsiTask } from './scsi-task.ts';
import type { Sequence } from './sequence.ts';

export interface SessionDeps {
  /** Undefined for a discovery session. */
  readonly medium: Medium | undefined;
  readonly agreed: Agreed;
  readonly sequence: Sequence;
  /** Targets of this initiator: name, and portals as `address:port,1`. */
  readonly targets: () => Promise<readonly { readonly name: string; readonly portal: string }[]>;
  /** Resolves when the connection takes more; rejects where it is gone. */
  readonly send: (header: Buffer, data: Uint8Array) => Promise<void>;
  /** Sends what was given, then closes the connection. */
  readonly end: () => void;
  readonly readFailed: (error: unknown) => void;
}

/** Reads of one session at a time; others wait. */
const MAX_READING = 8;
/** Commands in progress; more are answered with TASK SET FULL. */
const MAX_TASKS = 256;
const NO_BYTES = new Uint8Array();

/** Task management functions and responses (RFC 7143 §11.5, §11.6). */
const ABORT_TASK = 1;
const ABORTS_ALL: ReadonlySet<number> = new Set([2, 4, 5, 6, 7]);
const TASK_REASSIGN = 8;
const DONE = 0;
const NO_SUCH_TASK = 1;
const NO_SUCH_LUN = 2;
const NO_REASSIGNMENT = 4;
const NOT_SUPPORTED = 5;

/** Full feature phase of a session with one connection (RFC 7143 §4.2). Never throws. */
export class Session {
  readonly #deps: SessionDeps;
  /** In the order in which they came. */
  readonly #tasks = new Map<number, ScsiTask>();
  readonly #waiting: ScsiTask[] = [];
  #agreed: Agreed;
  #reading = 0;
  #isAnsweringText = false;
  #isOver = false;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.#agreed = deps.agreed;
  }

  receive(pdu: Pdu): void {
    if (this.#isOver) return;
    if (pdu.opcode === REQUEST.dataOut) return;
    if (!NUMBERED.has(pdu.opcode)) {
      this.reject(pdu.header, pdu.opcode === REQUEST.snack ? REJECT.snack : REJECT.notSupported);
      if (pdu.opcode === REQUEST.login) this.#end();
      return;
    }
    if (this.#deps.sequence.accepts(pdu)) this.#carryOut(pdu);
  }

  /** The connection is gone, or is being closed. */
  close(): void {
    this.#isOver = true;
    for (const task of this.#tasks.values()) task.abort();
    this.#tasks.clear();
    this.#waiting.length = 0;
  }

  #carryOut(pdu: Pdu): void {
    switch (pdu.opcode) {
      case REQUEST.scsiCommand:
        this.#command(pdu);
        break;
      case REQUEST.nopOut:
        this.#nop(pdu);
        break;
      case REQUEST.taskManagement:
        this.#manage(pdu);
        break;
      case REQUEST.text:
        void this.#text(pdu);
        break;
      case REQUEST.logout:
        this.#logout(pdu);
        break;
    }
  }

  #command(pdu: Pdu): void {
    const { medium, sequence, send, readFailed } = this.#deps;
    if (!medium) {
      this.reject(pdu.header, REJECT.protocolError);
      return;
    }
    const task = new ScsiTask(pdu, { medium, agreed: this.#agreed, sequence, send, readFailed });
    if (task.tag === NO_TAG || this.#tasks.has(task.tag)) {
      this.reject(pdu.header, REJECT.invalidPduField);
      return;
    }
    if (this.#tasks.size >= MAX_TASKS) {
      void task.refuse().catch(() => undefined);
      return;
    }
    this.#tasks.set(task.tag, task);
    this.#waiting.push(task);
    this.#next();
  }

  #next(): void {
    while (this.#reading < MAX_READING) {
      const task = this.#waiting.shift();
      if (!task) return;
      this.#reading++;
      void task
        .run()
        .catch(() => undefined)
        .finally(() => {
          this.#reading--;
          if (this.#tasks.get(task.tag) === task) this.#tasks.delete(task.tag);
          this.#next();
        });
    }
  }

  #nop({ header: request, data }: Pdu): void {
    const tag = request.readUInt32BE(16);
    // It asks for no answer.
    if (tag === NO_TAG) return;
    const header = headerOf(RESPONSE.nopIn);
    request.copy(header, 8, 8, 20);
    header.writeUInt32BE(NO_TAG, 20);
    this.#send(header, data.subarray(0, this.#agreed.maxSend));
  }

  #manage({ flags, header: request }: Pdu): void {
    const header = headerOf(RESPONSE.taskManagement);
    header[2] = this.#managed(flags & 0x7f, request);
    request.copy(header, 16, 16, 20);
    this.#send(header, NO_BYTES);
  }

  #managed(action: number, request: Buffer): number {
    if (action === TASK_REASSIGN) return NO_REASSIGNMENT;
    if (action !== ABORT_TASK && !ABORTS_ALL.has(action)) return NOT_SUPPORTED;
    if (action < 6 && !isLunZero(request)) return NO_SUCH_LUN;
    const tag = request.readUInt32BE(20);
    const aborted = [...this.#tasks.values()].filter((task) => action !== ABORT_TASK || task.tag === tag);
    if (action === ABORT_TASK && aborted.length === 0) return NO_SUCH_TASK;
    for (const task of aborted) {
      task.abort();
      this.#tasks.delete(task.tag);
      const at = this.#waiting.indexOf(task);
      if (at >= 0) this.#waiting.splice(at, 1);
    }
    return DONE;
  }

  /** One after the other, each of them in one PDU. */
  async #text(pdu: Pdu): Promise<void> {
    const pairs = (pdu.flags & CONTINUE) === 0 && !this.#isAnsweringText ? decodeText(pdu.data) : undefined;
    if (!pairs) {
      this.reject(pdu.header, REJECT.protocolError);
      return;
    }
    const wanted = pairs.find(([key]) => key === 'SendTargets')?.[1];
    const { answers, agreed } = redeclare(
      pairs.filter(([key]) => key !== 'SendTargets'),
      this.#agreed,
    );
    this.#agreed = agreed;
    this.#isAnsweringText = true;
    const found = wanted === undefined ? [] : await this.#targets(wanted);
    this.#isAnsweringText = false;
    if (this.#isOver) return;
    const text = encodeText([...found, ...answers]);
    if (text.length > agreed.maxSend) {
      this.reject(pdu.header, REJECT.notSupported);
      return;
    }
    const header = headerOf(RESPONSE.text);
    pdu.header.copy(header, 16, 16, 20);
    header.writeUInt32BE(NO_TAG, 20);
    this.#send(header, text);
  }

  async #targets(wanted: string): Promise<[string, string][]> {
    const targets = await this.#deps.targets().catch(() => []);
    return targets
      .filter(({ name }) => wanted === 'All' || wanted === '' || wanted === name)
      .flatMap(({ name, portal }): [string, string][] => [
        ['TargetName', name],
        ['TargetAddress', portal],
      ]);
  }

  /** Closing the session or its one connection is the same; recovery is not offered. */
  #logout({ flags, header: request }: Pdu): void {
    const header = headerOf(RESPONSE.logout);
    const isRecovery = (flags & 0x7f) === 2;
    header[2] = isRecovery ? 2 : 0;
    request.copy(header, 16, 16, 20);
    this.#send(header, NO_BYTES);
    if (isRecovery) return;
    this.#end();
  }

  #end(): void {
    this.close();
    this.#deps.end();
  }

  /** `request`: its header, which goes back with the reason. */
  reject(request: Buffer, reason: number): void {
    const header = headerOf(RESPONSE.reject, FINAL);
    header[2] = reason;
    header.writeUInt32BE(NO_TAG, 16);
    this.#send(header, request);
  }

  #send(header: Buffer, data: Uint8Array): void {
    this.#deps.sequence.stamp(header);
    void this.#deps.send(header, data).catch(() => undefined);
  }
}

const NUMBERED: ReadonlySet<number> = new Set([REQUEST.scsiCommand, REQUEST.nopOut, REQUEST.taskManagement, REQUEST.text, REQUEST.logout]);
