/**
 * One read transfer as a pure state machine: events in, what to send out. It has no bytes and no clock. Blocks are
 * counted from 1 without end; their numbers on the wire are modulo 65536 (roll-over to 0, as every client expects).
 */
export interface TransferPlan {
  /** Bytes. */
  readonly size: number;
  readonly blksize: number;
  readonly windowsize: number;
  /** Options were agreed: an OACK goes first, and no data before its ACK (RFC 2347 §4). */
  readonly oack: boolean;
  /**
   * Milliseconds: the longest wait, from the client's timeout option (RFC 2349). It is not also the shortest one: curl asks
   * for 5 s and more, and on a lossy cable a server that waits that long is a hundred times slower than one
   * that retransmits after the measured round trip.
   */
  readonly timeout?: number;
}

export interface TransferState {
  readonly plan: TransferPlan;
  readonly phase: 'oack' | 'data' | 'over';
  /** The last block that the client has. */
  readonly acked: number;
  /** The last block that was sent. */
  readonly sent: number;
  /** When the last window went out, and whether that was the first time (only then its ACK measures the round trip: Karn). */
  readonly sentAt: number;
  readonly fresh: boolean;
  /** The window was already repeated because of an ACK. */
  readonly rewound: boolean;
  /** Milliseconds from now until a timeout event is due, unless a packet arrives. */
  readonly wait: number;
  readonly roundTrip: RoundTrip | undefined;
  readonly progressAt: number;
}

interface RoundTrip {
  readonly mean: number;
  readonly deviation: number;
}

export type TransferEvent =
  | { kind: 'ack'; block: number }
  | { kind: 'error'; code: number; message: string }
  | { kind: 'timeout' }
  /** The client repeated its request. */
  | { kind: 'requested-again' };

export type TransferOutcome =
  | { kind: 'completed' }
  /** The client only asked for the size: firmware then ends the transfer with an ERROR. Normal. */
  | { kind: 'probed' }
  | { kind: 'client-error'; code: number; message: string }
  /** No answer for a long time. */
  | { kind: 'silent' }
  /** Everything was sent but the last ACK did not come: it was lost and the client has continued, or the end was lost. */
  | { kind: 'unconfirmed' };

export type TransferAction =
  | { kind: 'oack' }
  /** Send these blocks, both ends included. */
  | { kind: 'data'; first: number; last: number }
  | { kind: 'over'; outcome: TransferOutcome }
  | { kind: 'nothing' };

export interface Step {
  readonly state: TransferState;
  readonly action: TransferAction;
}

/** The first wait is what RFC 1123 §4.2.3.2 calls for; the shortest one is far above any LAN round trip. */
export const FIRST_WAIT_MS = 1000;
export const MIN_WAIT_MS = 100;
export const MAX_WAIT_MS = 5000;
/** After this much silence a client is gone; firmware gives up sooner. */
export const GIVE_UP_AFTER_MS = 30_000;
/** Clients exit as soon as they have sent their last ACK, so it may never be repeated. */
export const GIVE_UP_AT_END_MS = 10_000;

/** Number of blocks: the last one is short, and empty when the size is a multiple (RFC 1350 §6). */
export function blockCount(plan: TransferPlan): number {
  return Math.floor(plan.size / plan.blksize) + 1;
}

/** The range of a block in the file. */
export function blockRange(plan: TransferPlan, block: number): { offset: number; length: number } {
  const offset = (block - 1) * plan.blksize;
  return { offset, length: Math.min(plan.blksize, plan.size - offset) };
}

export function startTransfer(plan: TransferPlan, now: number): Step {
  const state: TransferState = {
    plan,
    phase: plan.oack ? 'oack' : 'data',
    acked: 0,
    sent: 0,
    sentAt: now,
    fresh: true,
    rewound: false,
    wait: firstWait(plan),
    roundTrip: undefined,
    progressAt: now,
  };
  return plan.oack ? { state, action: { kind: 'oack' } } : sendWindow(state, now, true);
}

/** What an event leads to. Events after the end lead to nothing. */
export function stepTransfer(state: TransferState, event: TransferEvent, now: number): Step {
  if (state.phase === 'over') return ignore(state);
  switch (event.kind) {
    case 'ack':
      return state.phase === 'oack' ? oackAcked(state, event.block, now) : blockAcked(state, event.block, now);
    case 'timeout':
      return timedOut(state, now);
    case 'error':
      return over(state, clientError(state, event));
    case 'requested-again':
      return isUnanswered(state) ? requestedAgain(state, now) : ignore(state);
  }
}

/** The client has not acknowledged anything yet, not even the options. */
export function isUnanswered({ phase, acked, plan }: TransferState): boolean {
  return acked === 0 && (phase === 'oack' || (phase === 'data' && !plan.oack));
}

/** The first answer again, as to a new client. */
function requestedAgain(state: TransferState, now: number): Step {
  const again = { ...state, wait: firstWait(state.plan), fresh: false, sentAt: now, progressAt: now };
  return again.phase === 'oack' ? { state: again, action: { kind: 'oack' } } : sendWindow(again, now, false);
}

function oackAcked(state: TransferState, block: number, now: number): Step {
  if (block !== 0) return ignore(state);
  return sendWindow(measured({ ...state, phase: 'data', progressAt: now }, now), now, true);
}

function blockAcked(state: TransferState, wire: number, now: number): Step {
  const block = state.acked + ((wire - state.acked) & 0xffff);
  if (block > state.sent) return ignore(state);
  if (block === state.acked) return acknowledgedAgain(state, now);
  const whole = block === state.sent;
  const ahead = { ...(whole ? measured(state, now) : state), acked: block, progressAt: now, rewound: !whole };
  if (block === blockCount(state.plan)) return over(ahead, { kind: 'completed' });
  return sendWindow({ ...ahead, wait: baseWait(ahead) }, now, whole);
}

/**
 * A repeated ACK is answered by nothing when every block is acknowledged, or each delayed ACK would double the traffic
 * for the rest of the file (the Sorcerer's Apprentice, RFC 1123 §4.2.3.1). With windows it may say that the window's
 * first block was lost (RFC 7440 §4), so the window is repeated, once.
 */
function acknowledgedAgain(state: TransferState, now: number): Step {
  if (state.plan.windowsize === 1 || state.rewound) return ignore(state);
  return sendWindow({ ...state, rewound: true }, now, false);
}

function timedOut(state: TransferState, now: number): Step {
  const atEnd = state.sent === blockCount(state.plan) && state.acked > 0;
  // The client's timeout option (up to 255 s) says how often it repeats, not how long it may hold a place.
  const giveUpAfter = atEnd ? GIVE_UP_AT_END_MS : GIVE_UP_AFTER_MS;
  if (now - state.progressAt >= giveUpAfter) return over(state, { kind: atEnd ? 'unconfirmed' : 'silent' });
  const later = { ...state, wait: Math.min(state.wait * 2, state.plan.timeout ?? MAX_WAIT_MS, MAX_WAIT_MS), fresh: false, rewound: false };
  return state.phase === 'oack' ? { state: later, action: { kind: 'oack' } } : sendWindow(later, now, false);
}

function sendWindow(state: TransferState, now: number, fresh: boolean): Step {
  const first = state.acked + 1;
  const last = Math.min(state.acked + state.plan.windowsize, blockCount(state.plan));
  return { state: { ...state, sent: last, sentAt: now, fresh }, action: { kind: 'data', first, last } };
}

/** PXE ROMs probe the size and then send ERROR 0 "TFTP Aborted"; edk2 and shim ERROR 8 "User aborted the transfer". */
function clientError(state: TransferState, { code, message }: { code: number; message: string }): TransferOutcome {
  const probe = state.acked === 0 && state.plan.oack && (code === 0 || code === 8);
  return probe ? { kind: 'probed' } : { kind: 'client-error', code, message };
}

/** Round trip as TCP smooths it (RFC 6298 §2). */
function measured(state: TransferState, now: number): TransferState {
  if (!state.fresh) return state;
  const sample = Math.max(0, now - state.sentAt);
  const before = state.roundTrip;
  const roundTrip = before
    ? {
        mean: before.mean + (sample - before.mean) / 8,
        deviation: before.deviation + (Math.abs(sample - before.mean) - before.deviation) / 4,
      }
    : { mean: sample, deviation: sample / 2 };
  const next = { ...state, roundTrip };
  return { ...next, wait: baseWait(next) };
}

function firstWait(plan: TransferPlan): number {
  return Math.min(FIRST_WAIT_MS, plan.timeout ?? FIRST_WAIT_MS);
}

function baseWait({ plan, roundTrip }: TransferState): number {
  if (!roundTrip) return firstWait(plan);
  return Math.min(firstWait(plan), Math.max(MIN_WAIT_MS, roundTrip.mean + 4 * roundTrip.deviation));
}

function over(state: TransferState, outcome: TransferOutcome): Step {
  return { state: { ...state, phase: 'over' }, action: { kind: 'over', outcome } };
}

function ignore(state: TransferState): Step {
  return { state, action: { kind: 'nothing' } };
}
