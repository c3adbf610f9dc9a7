import type { Agreed } from '../login/negotiate.ts';
import { redeclare } from '../login/negotiate.ts';
import type { Claims } from '../scsi/command.ts';
import { FINAL, NO_TAG, REJECT, REQUEST, RESPONSE } from '../wire/codes.ts';
import { headerOf, type Pdu } from '../wire/pdu.ts';
import type { TextPairs } from '../wire/text.ts';
import type { Medium } from './medium.ts';
import { ReadAhead } from './read-ahead.ts';
import { isLunZero, ScsiTask, type Send, type TaskDeps } from './scsi-task.ts';
import type { Sequence } from './sequence.ts';
import { TextExchange } from './text-exchange.ts';

export interface SessionDeps {
  /** Undefined for a discovery session. */
  readonly medium: Medium | undefined;
  /** The initiator's name. */
  readonly initiator: string;
  readonly agreed: Agreed;
  readonly sequence: Sequence;
  /** Targets of this initiator: name, and portals as `address:port,1`. */
  readonly targets: () => Promise<readonly { readonly name: string; readonly portal: string }[]>;
  readonly send: Send;
  readonly isAtHand?: TaskDeps['isAtHand'];
  /** Sends what was given, then closes the connection. */
  readonly end: () => void;
  readonly readFailed: (error: unknown) => void;
}

/** Reads of one session at a time; others wait. */
const MAX_READING = 8;
/** Commands in progress; more are answered with TASK SET FULL. */
const MAX_TASKS = 256;
/** Data of the initiator that commands in progress keep. */
const MAX_HELD_BYTES = 1_048_576;
const NO_BYTES = new Uint8Array();

/** Task management functions and responses (RFC 7143 §11.5, §11.6). */
const ABORT_TASK = 1;
const ABORTS_ALL: ReadonlySet<number> = new Set([2, 4, 5, 6, 7]);
/** Of the logical unit, and warm and cold ones of the target. */
const RESETS: ReadonlySet<number> = new Set([5, 6, 7]);
const TASK_REASSIGN = 8;
const DONE = 0;
const NO_SUCH_TASK = 1;
const NO_SUCH_LUN = 2;
const NO_REASSIGNMENT = 4;
const NOT_SUPPORTED = 5;

/** Full feature phase of a session with one connection (RFC 7143 §4.2). Never throws. */
export class Session {
  readonly #deps: SessionDeps;
  /** Of a session with a medium. */
  readonly #unit: Pick<TaskDeps, 'medium' | 'bytes' | 'claims'> | undefined;
  readonly #text = new TextExchange((pairs) => this.#answerTo(pairs));
  /** In the order in which they came. */
  readonly #tasks = new Map<number, ScsiTask>();
  readonly #waiting: ScsiTask[] = [];
  #agreed: Agreed;
  #reading = 0;
  #heldBytes = 0;
  #isOver = false;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.#agreed = deps.agreed;
    const { medium, initiator } = deps;
    const claims: Claims | undefined = medium?.reservations && { nexus: { initiator }, reservations: medium.reservations };
    this.#unit = medium && { medium, bytes: new ReadAhead(medium.source), claims };
  }

  receive(pdu: Pdu): void {
    if (this.#isOver) return;
    if (pdu.opcode === REQUEST.dataOut) {
      this.#dataOut(pdu);
      return;
    }
    if (!NUMBERED.has(pdu.opcode)) {
      this.reject(pdu.header, pdu.opcode === REQUEST.snack ? REJECT.snack : REJECT.notSupported);
      if (pdu.opcode === REQUEST.login) this.#end();
      return;
    }
    if (this.#deps.sequence.accepts(pdu)) this.#carryOut(pdu);
  }

  /** The connection is gone, or is being closed. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#unit?.bytes.close();
    this.#unit?.claims?.reservations.ended(this.#unit.claims.nexus);
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
        void this.#answerText(pdu);
        break;
      case REQUEST.logout:
        this.#logout(pdu);
        break;
    }
  }

  #command(pdu: Pdu): void {
    if (!this.#unit) {
      this.reject(pdu.header, REJECT.protocolError);
      return;
    }
    const tag = pdu.header.readUInt32BE(16);
    if (tag === NO_TAG || this.#tasks.has(tag)) {
      this.reject(pdu.header, REJECT.invalidPduField);
      return;
    }
    const { sequence, send, isAtHand, readFailed } = this.#deps;
    const task = new ScsiTask(pdu, { ...this.#unit, agreed: this.#agreed, sequence, send, isAtHand, readFailed });
    if (!task.isLong) settle(task.run());
    else if (this.#tasks.size >= MAX_TASKS || this.#heldBytes + task.heldBytes > MAX_HELD_BYTES) settle(task.refuse());
    else {
      this.#tasks.set(tag, task);
      this.#heldBytes += task.heldBytes;
      this.#waiting.push(task);
      this.#next();
    }
  }

  #next(): void {
    while (this.#reading < MAX_READING) {
      const task = this.#waiting.shift();
      if (!task) return;
      const running = task.run();
      if (!running) {
        this.#done(task);
        continue;
      }
      this.#reading++;
      const ended = (): void => {
        this.#reading--;
        this.#done(task);
        this.#next();
      };
      running.then(ended, ended);
    }
  }

  #done(task: ScsiTask): void {
    if (this.#tasks.get(task.tag) !== task) return;
    this.#tasks.delete(task.tag);
    this.#heldBytes -= task.heldBytes;
  }

  /** Data that a command asked for; no other is expected, and it is dropped. */
  #dataOut(pdu: Pdu): void {
    const tag = pdu.header.readUInt32BE(16);
    if (pdu.header.readUInt32BE(20) === tag) this.#tasks.get(tag)?.receive(pdu);
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
    if (RESETS.has(action)) this.#unit?.claims?.reservations.reset();
    for (const task of aborted) {
      task.abort();
      this.#done(task);
      const at = this.#waiting.indexOf(task);
      if (at >= 0) this.#waiting.splice(at, 1);
    }
    return DONE;
  }

  async #answerText(pdu: Pdu): Promise<void> {
    const answer = await this.#text.next(pdu);
    if (this.#isOver) return;
    if (answer) this.#send(answer.header, answer.data);
    else this.reject(pdu.header, REJECT.protocolError);
  }

  async #answerTo(asked: TextPairs): Promise<{ pairs: TextPairs; maxSend: number }> {
    const wanted = asked.find(([key]) => key === 'SendTargets')?.[1];
    const { answers, agreed } = redeclare(
      asked.filter(([key]) => key !== 'SendTargets'),
      this.#agreed,
    );
    this.#agreed = agreed;
    const found = wanted === undefined ? [] : await this.#targets(wanted);
    return { pairs: [...found, ...answers], maxSend: agreed.maxSend };
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
    settle(this.#deps.send(header, data));
  }
}

/** Where the connection is gone, its session is closed. */
function settle(sending: Promise<void> | undefined): void {
  void sending?.catch(() => undefined);
}

const NUMBERED: ReadonlySet<number> = new Set([REQUEST.scsiCommand, REQUEST.nopOut, REQUEST.taskManagement, REQUEST.text, REQUEST.logout]);
