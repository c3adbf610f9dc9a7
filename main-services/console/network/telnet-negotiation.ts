import { OPTION, type Verb } from './telnet-codec.ts';

/** Telnet's options, decided as RFC 1143 does: an answer only where something changes, so that two peers never answer each other for ever. */

/** `asked`: requested by Bootbench, not answered yet. */
type Side = 'no' | 'yes' | 'asked';

export interface Negotiation {
  /** What the peer does: DO and DONT are about this. */
  readonly remote: ReadonlyMap<number, Side>;
  /** What Bootbench does: WILL and WONT are about this. */
  readonly local: ReadonlyMap<number, Side>;
  /** Refused before; a repeated request gets no second answer. */
  readonly refused: ReadonlySet<string>;
  readonly answers: number;
}

export interface Request {
  readonly verb: Verb;
  readonly option: number;
}

/** What the peer may do: suppress go-ahead, echo, send all 8 bits. */
const REMOTE: readonly number[] = [OPTION.sga, OPTION.echo, OPTION.binary];
/** What Bootbench does; COM-PORT-OPTION only as a client of RFC 2217, which offers it itself. */
const LOCAL: readonly number[] = [OPTION.sga, OPTION.binary];
/** A peer that toggles options for ever gets no more answers. */
const MAX_ANSWERS = 100;

export const INITIAL: Negotiation = { remote: new Map(), local: new Map(), refused: new Set(), answers: 0 };

/** A request of Bootbench's own: WILL (local) or DO (remote). Nothing is sent where it is so already. */
export function request(
  state: Negotiation,
  { verb, option }: { verb: 'will' | 'do'; option: number },
): { state: Negotiation; send?: Request } {
  const side = verb === 'will' ? 'local' : 'remote';
  if ((state[side].get(option) ?? 'no') !== 'no') return { state };
  return { state: { ...state, [side]: new Map(state[side]).set(option, 'asked') }, send: { verb, option } };
}

/** What a request or an answer of the peer changes. `comPort`: Bootbench is a client of RFC 2217. */
export function receive(state: Negotiation, received: Request, comPort: boolean): { state: Negotiation; send?: Request } {
  const { verb, option } = received;
  const side = verb === 'will' || verb === 'wont' ? 'remote' : 'local';
  const before = state[side].get(option) ?? 'no';
  const on = verb === 'will' || verb === 'do';
  const accepted = side === 'remote' ? REMOTE.includes(option) : LOCAL.includes(option) || (comPort && option === OPTION.comPort);
  if (on && !accepted) return answered(refusedOnce(state, side, option), state);
  if (before === (on ? 'yes' : 'no')) return { state };
  const after = { ...state, [side]: new Map(state[side]).set(option, on ? 'yes' : 'no') };
  // The answer to Bootbench's own request needs none.
  if (before === 'asked') return { state: after };
  return answered({ state: after, send: { verb: answerTo(side, on), option } }, state);
}

export function isOn(state: Negotiation, side: 'local' | 'remote', option: number): boolean {
  return state[side].get(option) === 'yes';
}

function refusedOnce(state: Negotiation, side: 'local' | 'remote', option: number): { state: Negotiation; send?: Request } {
  const key = `${side} ${option}`;
  if (state.refused.has(key)) return { state };
  return { state: { ...state, refused: new Set(state.refused).add(key) }, send: { verb: answerTo(side, false), option } };
}

function answerTo(side: 'local' | 'remote', on: boolean): Verb {
  if (side === 'remote') return on ? 'do' : 'dont';
  return on ? 'will' : 'wont';
}

/** Counts the answer; over the limit nothing changes any more. */
function answered(result: { state: Negotiation; send?: Request }, before: Negotiation): { state: Negotiation; send?: Request } {
  if (!result.send) return result;
  if (before.answers >= MAX_ANSWERS) return { state: before };
  return { ...result, state: { ...result.state, answers: before.answers + 1 } };
}
