import { numberOf, type TextPairs } from '../wire/text.ts';
import type { Digests } from '../wire/pdu.ts';

/** What an initiator and this target agree on (RFC 7143 §13). Lengths in bytes. */
export interface Agreed {
  readonly digests: Digests;
  /** Longest data segment that the initiator takes. */
  readonly maxSend: number;
  /** Longest sequence of Data-In PDUs. */
  readonly maxBurst: number;
}

export const DEFAULTS: Agreed = { digests: { header: false, data: false }, maxSend: 8192, maxBurst: 262_144 };

/** Longest data segment that this target takes: a write that it refuses, or text. */
export const MAX_RECEIVE = 65_536;
const MAX_BURST = 1_048_576;
const MIN_LENGTH = 512;
const MAX_LENGTH = 0xffffff;

/** Answers of a target that has one connection, sends no R2T and recovers nothing below the session. */
const RULES: Readonly<Record<string, (offer: string) => string | undefined>> = {
  HeaderDigest: digest,
  DataDigest: digest,
  MaxConnections: (offer) => smaller(offer, 1, 65_535, 1),
  InitialR2T: (offer) => fixed(offer, 'Yes'),
  ImmediateData: (offer) => boolean(offer),
  MaxBurstLength: (offer) => smaller(offer, MIN_LENGTH, MAX_LENGTH, MAX_BURST),
  FirstBurstLength: (offer) => smaller(offer, MIN_LENGTH, MAX_LENGTH, MAX_RECEIVE),
  DefaultTime2Wait: (offer) => smaller(offer, 0, 3600, 3600),
  DefaultTime2Retain: (offer) => smaller(offer, 0, 3600, 0),
  MaxOutstandingR2T: (offer) => smaller(offer, 1, 65_535, 1),
  DataPDUInOrder: (offer) => fixed(offer, 'Yes'),
  DataSequenceInOrder: (offer) => fixed(offer, 'Yes'),
  ErrorRecoveryLevel: (offer) => smaller(offer, 0, 2, 0),
  IFMarker: (offer) => fixed(offer, 'No'),
  OFMarker: (offer) => fixed(offer, 'No'),
  RDMAExtensions: (offer) => fixed(offer, 'No'),
  TaskReporting: (offer) => offer.split(',').find((name) => name === 'RFC3720'),
  iSCSIProtocolLevel: (offer) => smaller(offer, 0, 31, 1),
};

/** Keys that an initiator declares: they have no answer. */
const DECLARED = new Set(['InitiatorName', 'InitiatorAlias', 'TargetName', 'SessionType', 'MaxRecvDataSegmentLength', 'AuthMethod']);

/** Operational keys of one login request: their answers, and what was agreed by them. */
export function negotiate(pairs: TextPairs, before: Agreed): { answers: TextPairs; agreed: Agreed } {
  const answers: [string, string][] = [];
  let agreed = before;
  for (const [key, value] of pairs) {
    if (key === 'MaxRecvDataSegmentLength') agreed = { ...agreed, maxSend: lengthOf(value) ?? agreed.maxSend };
    if (DECLARED.has(key)) continue;
    const answer = Object.hasOwn(RULES, key) ? (RULES[key]?.(value) ?? 'Reject') : 'NotUnderstood';
    answers.push([key, answer]);
    agreed = withAnswer(agreed, key, answer);
  }
  return { answers, agreed };
}

/** Keys of a text request in full feature phase: only the longest data segment may change (RFC 7143 §13.12). */
export function redeclare(pairs: TextPairs, before: Agreed): { answers: TextPairs; agreed: Agreed } {
  const others = pairs.filter(([key]) => !DECLARED.has(key));
  const answers = others.map(([key]) => [key, Object.hasOwn(RULES, key) ? 'Reject' : 'NotUnderstood'] as const);
  const declared = pairs.filter(([key]) => key === 'MaxRecvDataSegmentLength');
  return { answers, agreed: negotiate(declared, before).agreed };
}

function withAnswer(agreed: Agreed, key: string, answer: string): Agreed {
  switch (key) {
    case 'HeaderDigest':
      return { ...agreed, digests: { ...agreed.digests, header: answer === 'CRC32C' } };
    case 'DataDigest':
      return { ...agreed, digests: { ...agreed.digests, data: answer === 'CRC32C' } };
    case 'MaxBurstLength':
      return { ...agreed, maxBurst: numberOf(answer) ?? agreed.maxBurst };
    default:
      return agreed;
  }
}

/** The first of the initiator's list that this target has. */
function digest(offer: string): string | undefined {
  return offer.split(',').find((name) => name === 'CRC32C' || name === 'None');
}

function boolean(offer: string): string | undefined {
  return offer === 'Yes' || offer === 'No' ? offer : undefined;
}

/** A boolean key that has one result whatever is offered. */
function fixed(offer: string, own: 'Yes' | 'No'): string | undefined {
  return boolean(offer) && own;
}

function smaller(offer: string, least: number, most: number, own: number): string | undefined {
  const number = numberOf(offer);
  return number === undefined || number < least || number > most ? undefined : String(Math.min(number, own));
}

function lengthOf(value: string): number | undefined {
  const number = numberOf(value);
  return number === undefined || number < MIN_LENGTH || number > MAX_LENGTH ? undefined : number;
}
