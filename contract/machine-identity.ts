import * as z from 'zod';
import { isFillInSerial, isFillInUuid, sameSerial, sameUuid, uuidText } from './fill-in.ts';

export const IdentityFact = z.enum(['mac', 'serial', 'uuid']);
export type IdentityFact = z.infer<typeof IdentityFact>;

/** One fact as both sides have it, and what it proves. */
export const IdentityRow = z.object({
  fact: IdentityFact,
  /** What the host's record has. */
  host: z.array(z.string()),
  /** What the BMC, or the machine itself, reports. */
  machine: z.array(z.string()),
  /** `none`: it proves nothing, and `why` says so. */
  verdict: z.enum(['same', 'other', 'none']),
  /** A few words for people. */
  reason: z.string(),
  /** Whether this fact led to the outcome. */
  decided: z.boolean(),
});
export type IdentityRow = z.infer<typeof IdentityRow>;

/** Whether a host's record and a machine are one, with the evidence. `unknown`: the facts do not decide it. */
export const MachineComparison = z.object({
  kind: z.enum(['same', 'other', 'unknown']),
  rows: z.array(IdentityRow),
  message: z.string(),
});
export type MachineComparison = z.infer<typeof MachineComparison>;

/** What one side knows. A machine may have several serial numbers: of its board, of its chassis, its service tag. */
export interface MachineFacts {
  readonly macs: readonly string[];
  readonly serials: readonly string[];
  readonly uuid?: string | undefined;
}

/** The part of a host's record that identifies its machine. */
interface HostRecord {
  readonly interfaces: readonly { readonly mac: string }[];
  readonly facts: { readonly serial?: string | undefined; readonly uuid?: string | undefined };
}

/** What the record of a host has. */
export function factsOfHost({ interfaces, facts }: HostRecord): MachineFacts {
  return { macs: interfaces.map(({ mac }) => mac), serials: facts.serial === undefined ? [] : [facts.serial], uuid: facts.uuid };
}

export interface ComparisonOptions {
  /** The host's name, for sentences. */
  readonly host: string;
  /** Who reports the machine's facts, as a sentence begins: “The BMC”. */
  readonly reporter: string;
  /** Whether a value is known to be on more than one machine. */
  readonly isShared?: (fact: IdentityFact, value: string) => boolean;
}

export const FACT_WORDS: Readonly<Record<IdentityFact, string>> = { mac: 'MAC', serial: 'serial number', uuid: 'UUID' };

const SAME: Readonly<Record<IdentityFact, (a: string, b: string) => boolean>> = {
  mac: (a, b) => a === b,
  serial: sameSerial,
  uuid: sameUuid,
};

const FILL_IN: Readonly<Record<IdentityFact, (value: string) => boolean>> = {
  // All zeros, all ones, or a group address: no port has these.
  mac: (mac) => mac === '00:00:00:00:00:00' || (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1,
  serial: isFillInSerial,
  uuid: isFillInUuid,
};

/**
 * Compares a host's record with a machine. Pure; the only place where two machines are called one.
 * A match of MAC, serial number or UUID proves the same machine; a different UUID or serial number proves another. Where these contradict
 * each other, two strong facts outweigh one (boards of one vendor have the chassis' serial number here and the board's there); one against
 * one is `unknown`. A BMC that does not list the host's MAC proves nothing by that, since many do not list every port, but it
 * takes a match of UUID away where the serial number differs as well. Values that are a manufacturer's default, or that are known on more
 * than one machine, never count.
 */
export function compareMachines(host: MachineFacts, machine: MachineFacts, options: ComparisonOptions): MachineComparison {
  const mac = rowOf('mac', host.macs, machine.macs, options);
  const serial = rowOf('serial', host.serials, machine.serials, options);
  const uuid = rowOf('uuid', listed(host.uuid), listed(machine.uuid), options);
  const kind = outcome(mac.verdict, serial.verdict, uuid.verdict);
  const rows = [mac, serial, uuid].map((row) => ({ ...row, decided: row.verdict !== 'none' && row.verdict === kind }));
  return { kind, rows, message: sentenceOf(kind, rows, options) };
}

type Verdict = IdentityRow['verdict'];

function outcome(mac: Verdict, serial: Verdict, uuid: Verdict): MachineComparison['kind'] {
  const matches = [mac, serial, uuid].filter((verdict) => verdict === 'same').length;
  const differs = [serial, uuid].filter((verdict) => verdict === 'other').length;
  if (matches > differs) return 'same';
  if (differs > matches) return 'other';
  if (matches === 0) return 'unknown';
  // The serial numbers of board and chassis are mixed up more often than two machines share a true UUID.
  return uuid === 'same' && mac === 'none' ? 'same' : 'unknown';
}

function rowOf(fact: IdentityFact, host: readonly string[], machine: readonly string[], options: ComparisonOptions): IdentityRow {
  const row = { fact, host: [...host], machine: [...machine], decided: false };
  const none = (why: string): IdentityRow => ({ ...row, verdict: 'none', reason: why });
  if (host.length === 0 && machine.length === 0) return none('not known on either side');
  if (host.length === 0) return none(`missing in the record of ${options.host}`);
  if (machine.length === 0) return none(`not reported by ${lowered(options.reporter)}`);
  const left = host.filter((value) => counts(fact, value, options));
  const right = machine.filter((value) => counts(fact, value, options));
  if (left.length === 0) return none(whyNot(fact, host));
  if (right.length === 0) return none(whyNot(fact, machine));
  if (left.some((a) => right.some((b) => SAME[fact](a, b)))) return { ...row, verdict: 'same', reason: 'same' };
  return { ...row, verdict: 'other', reason: fact === 'mac' ? 'not in the other list' : 'different' };
}

function counts(fact: IdentityFact, value: string, { isShared }: ComparisonOptions): boolean {
  return !FILL_IN[fact](value) && isShared?.(fact, value) !== true;
}

function whyNot(fact: IdentityFact, values: readonly string[]): string {
  const filled = values.every((value) => FILL_IN[fact](value));
  return filled ? 'a default value that does not identify a machine' : 'used by more than one machine';
}

function sentenceOf(kind: MachineComparison['kind'], rows: readonly IdentityRow[], options: ComparisonOptions): string {
  const { host, reporter } = options;
  const phrase = ({ fact, machine }: IdentityRow): string => `${FACT_WORDS[fact]} ${machine.join(', ')}`;
  if (kind === 'same') {
    const row = rows.find(({ decided }) => decided);
    const shared = row?.host.find((a) => row.machine.some((b) => SAME[row.fact](a, b))) ?? '';
    return `${reporter} reports the ${row ? FACT_WORDS[row.fact] : ''} ${shared} of ${host}.`;
  }
  const differing = rows.filter(({ verdict }) => verdict === 'other');
  const matching = rows.filter(({ verdict }) => verdict === 'same');
  if (differing.length === 0) return `${reporter} cannot be compared with ${host}: ${lacks(rows)}.`;
  const differs = differing
    .map((row) => `${host} has ${FACT_WORDS[row.fact]} ${row.host.join(', ')}, but ${lowered(reporter)} reports ${row.machine.join(', ')}`)
    .join('; ');
  if (matching.length > 0)
    return `${differs}. The ${matching.map(phrase).join(' and ')} matches, so it is not clear whether they are one machine.`;
  if (kind === 'other') return `${differs}.`;
  return `${differs}. Nothing else can be compared: ${lacks(rows)}.`;
}

/** Which side lacks what: “UUID missing in the record of r1; …”. */
function lacks(rows: readonly IdentityRow[]): string {
  return rows
    .filter(({ verdict }) => verdict === 'none')
    .map(({ fact, reason: why }) => `${FACT_WORDS[fact]} ${why}`)
    .join('; ');
}

function lowered(words: string): string {
  return words.replace(/^The /, 'the ');
}

function listed(value: string | undefined): string[] {
  return value === undefined || value.trim() === '' ? [] : [uuidText(value) ?? value];
}

/**
 * Finds values that more than one machine has: a UUID or serial number on two hosts, or on two Systems of a service, identifies neither.
 * A MAC on two hosts cannot be entered; on two Systems it is the address of a BMC's inner network.
 */
export function sharedAmong(machines: readonly MachineFacts[]): (fact: IdentityFact, value: string) => boolean {
  return (fact, value) => {
    const has = (machine: MachineFacts): boolean => valuesOf(machine, fact).some((own) => SAME[fact](own, value));
    return machines.filter(has).length > 1;
  };
}

function valuesOf({ macs, serials, uuid }: MachineFacts, fact: IdentityFact): readonly string[] {
  if (fact === 'mac') return macs;
  return fact === 'serial' ? serials : listed(uuid);
}
