import { describe, expect, test } from 'vitest';
import { Reservations } from '../../../main-services/iscsi/scsi/reservations.ts';
import type { Outcome } from '../../../main-services/iscsi/scsi/outcome.ts';

const ONE = { initiator: 'iqn.x:one' };
const OTHER = { initiator: 'iqn.x:other' };
const THIRD = { initiator: 'iqn.x:third' };
type Nexus = typeof ONE;

const [REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, IGNORE] = [0, 1, 2, 3, 4, 6] as const;
const [WRITE_EXCLUSIVE, EXCLUSIVE_ACCESS, EXCLUSIVE_REGISTRANTS, EXCLUSIVE_ALL] = [1, 3, 6, 8] as const;

function resultOf(outcome: Outcome): string {
  if (outcome.kind === 'data') return outcome.bytes.toString('hex');
  if (outcome.kind !== 'check') return outcome.kind;
  return [outcome.sense.key, outcome.sense.asc, outcome.sense.ascq].map((byte) => byte.toString(16).padStart(2, '0')).join('/');
}

function cdbOf(action: number, type: number, length: number): Buffer {
  const cdb = Buffer.alloc(16);
  cdb[1] = action;
  cdb[2] = type;
  cdb[8] = length;
  return cdb;
}

/** PERSISTENT RESERVE OUT with the initiator's own key and the key of the service action. */
function out(its: Reservations, nexus: Nexus, action: number, [own, wanted]: [number, number], { type = 0, flags = 0 } = {}): string {
  const outcome = its.out(cdbOf(action, type, 24), nexus);
  if (outcome.kind !== 'parameters') return resultOf(outcome);
  const bytes = Buffer.alloc(24);
  bytes[7] = own;
  bytes[15] = wanted;
  bytes[20] = flags;
  return resultOf(outcome.then(bytes));
}

/** PERSISTENT RESERVE IN without the generation. */
function read(its: Reservations, action: number): string {
  return resultOf(its.in(cdbOf(action, 0, 255), ONE)).slice(8);
}

function registered(...all: Nexus[]): Reservations {
  const its = new Reservations();
  all.forEach((nexus, index) => out(its, nexus, REGISTER, [0, index + 1]));
  return its;
}

const key = (number: number): string => number.toString(16).padStart(16, '0');
const size = (bytes: number): string => bytes.toString(16).padStart(8, '0');

describe('registrations', () => {
  test('are made, changed and removed with the key of before', () => {
    const its = registered(ONE, OTHER);
    expect(read(its, 0)).toBe(size(16) + key(1) + key(2));
    expect(out(its, ONE, REGISTER, [9, 3])).toBe('conflict');
    expect(out(its, ONE, REGISTER, [1, 3])).toBe('');
    expect(out(its, OTHER, REGISTER, [2, 0])).toBe('');
    expect(read(its, 0)).toBe(size(8) + key(3));
    expect(out(its, ONE, IGNORE, [77, 4])).toBe('');
    expect(read(its, 0)).toBe(size(8) + key(4));
    expect(resultOf(its.in(cdbOf(0, 0, 4), ONE))).toBe('00000005');
  });

  test('are bounded', () => {
    const its = new Reservations();
    for (let index = 0; index < 64; index++) out(its, { initiator: `iqn.x:${index}` }, REGISTER, [0, 1]);
    expect(out(its, ONE, REGISTER, [0, 1])).toBe('05/55/04');
  });

  test.each([
    ['a service action that is none', () => out(registered(ONE), ONE, 7, [1, 1]), '05/24/00'],
    ['a type that is none', () => out(registered(ONE), ONE, RESERVE, [1, 0], { type: 2 }), '05/24/00'],
    ['a scope that is none', () => out(registered(ONE), ONE, RESERVE, [1, 0], { type: 0x11 }), '05/24/00'],
    ['SPEC_I_PT', () => out(registered(ONE), ONE, REGISTER, [1, 2], { flags: 8 }), '05/26/00'],
    ['APTPL', () => out(registered(ONE), ONE, REGISTER, [1, 2], { flags: 1 }), '05/26/00'],
    ['another length', () => resultOf(new Reservations().out(cdbOf(REGISTER, 0, 8), ONE)), '05/1a/00'],
    ['a service action of IN that is none', () => resultOf(new Reservations().in(cdbOf(4, 0, 255), ONE)), '05/24/00'],
  ])('%s', (_, act, expected) => {
    expect(act()).toBe(expected);
  });

  test('report what the unit can', () => {
    expect(resultOf(new Reservations().in(cdbOf(2, 0, 255), ONE))).toBe('00080080ea010000');
  });

  test('have a full status with the name of the initiator', () => {
    const its = registered(ONE);
    out(its, ONE, RESERVE, [1, 0], { type: EXCLUSIVE_ACCESS });
    const name = Buffer.from(ONE.initiator).toString('hex').padEnd(40, '0');
    expect(read(its, 3)).toBe(size(48) + key(1) + '00000000' + '0103' + '00000000' + '0001' + size(24) + '05000014' + name);
  });
});

describe('a persistent reservation', () => {
  test.each([
    ['write exclusive', WRITE_EXCLUSIVE, [false, false], [false, true]],
    ['exclusive access', EXCLUSIVE_ACCESS, [true, true], [true, true]],
    ['exclusive access, registrants only', EXCLUSIVE_REGISTRANTS, [false, true], [false, true]],
    ['exclusive access, all registrants', EXCLUSIVE_ALL, [false, true], [false, true]],
  ] as const)('%s keeps others out of reads and writes', (_, type, reads, writes) => {
    const its = registered(ONE, OTHER);
    expect(out(its, ONE, RESERVE, [1, 0], { type })).toBe('');
    for (const access of ['read', 'write', 'state', 'control'] as const) expect(its.blocks(ONE, access)).toBe(false);
    expect([OTHER, THIRD].map((nexus) => its.blocks(nexus, 'read'))).toEqual(reads);
    expect([OTHER, THIRD].map((nexus) => its.blocks(nexus, 'write'))).toEqual(type === WRITE_EXCLUSIVE ? [true, true] : writes);
    expect(its.blocks(THIRD, 'state')).toBe(false);
  });

  test('is the holder’s, until it is released as it was made', () => {
    const its = registered(ONE, OTHER);
    expect(out(its, THIRD, RESERVE, [0, 0], { type: 3 })).toBe('conflict');
    expect(out(its, ONE, RESERVE, [1, 0], { type: 3 })).toBe('');
    expect(out(its, ONE, RESERVE, [1, 0], { type: 3 })).toBe('');
    expect(out(its, ONE, RESERVE, [1, 0], { type: 1 })).toBe('conflict');
    expect(out(its, OTHER, RESERVE, [2, 0], { type: 3 })).toBe('conflict');
    expect(read(its, 1)).toBe(size(16) + key(1) + '0000000000030000');
    expect(out(its, OTHER, RELEASE, [2, 0], { type: 3 })).toBe('');
    expect(out(its, ONE, RELEASE, [1, 0], { type: 1 })).toBe('05/26/04');
    expect(out(its, ONE, RELEASE, [1, 0], { type: 3 })).toBe('');
    expect(read(its, 1)).toBe(size(0));
  });

  test('ends with the registration of its holder, or of the last where all hold it', () => {
    const its = registered(ONE, OTHER);
    out(its, ONE, RESERVE, [1, 0], { type: 3 });
    out(its, ONE, REGISTER, [1, 0]);
    expect(read(its, 1)).toBe(size(0));
    const all = registered(ONE, OTHER);
    out(all, ONE, RESERVE, [1, 0], { type: 8 });
    out(all, ONE, REGISTER, [1, 0]);
    expect(read(all, 1)).toBe(size(16) + key(0) + '0000000000080000');
    out(all, OTHER, REGISTER, [2, 0]);
    expect(read(all, 1)).toBe(size(0));
  });

  test('is cleared with all registrations', () => {
    const its = registered(ONE, OTHER);
    out(its, ONE, RESERVE, [1, 0], { type: 3 });
    expect(out(its, OTHER, CLEAR, [2, 0])).toBe('');
    expect([read(its, 0), read(its, 1)]).toEqual([size(0), size(0)]);
  });

  test('is taken over from the key that holds it', () => {
    const its = registered(ONE, OTHER, THIRD);
    out(its, ONE, RESERVE, [1, 0], { type: 3 });
    expect(out(its, OTHER, PREEMPT, [2, 9], { type: 1 })).toBe('conflict');
    expect(out(its, OTHER, PREEMPT, [2, 0], { type: 1 })).toBe('05/26/00');
    expect(out(its, OTHER, PREEMPT, [2, 3], { type: 1 })).toBe('');
    expect(read(its, 0)).toBe(size(16) + key(1) + key(2));
    expect(out(its, OTHER, PREEMPT, [2, 1], { type: 1 })).toBe('');
    expect([read(its, 0), read(its, 1)]).toEqual([size(8) + key(2), size(16) + key(2) + '0000000000010000']);
  });

  test('of all is taken over with key 0', () => {
    const its = registered(ONE, OTHER, THIRD);
    out(its, ONE, RESERVE, [1, 0], { type: 8 });
    expect(out(its, OTHER, PREEMPT, [2, 0], { type: 3 })).toBe('');
    expect([read(its, 0), read(its, 1)]).toEqual([size(8) + key(2), size(16) + key(2) + '0000000000030000']);
  });
});

describe('RESERVE', () => {
  test('keeps other initiators out, but not another session of the same one', () => {
    const its = new Reservations();
    expect(resultOf(its.reserve(ONE))).toBe('');
    expect(resultOf(its.reserve(OTHER))).toBe('conflict');
    expect(['control', 'state', 'read', 'write'].map((access) => its.blocks(OTHER, access as 'read'))).toEqual([false, true, true, true]);
    expect(its.blocks({ ...ONE }, 'read')).toBe(false);
    expect([resultOf(its.in(cdbOf(0, 0, 255), OTHER)), out(its, OTHER, REGISTER, [0, 1])]).toEqual(['conflict', 'conflict']);
    its.release(OTHER);
    expect(its.blocks(OTHER, 'read')).toBe(true);
    its.release(ONE);
    expect(its.blocks(OTHER, 'read')).toBe(false);
  });

  test('ends with its session or a reset, and is not mixed with registrations', () => {
    const its = new Reservations();
    const again = { ...ONE };
    its.reserve(ONE);
    its.reserve(again);
    its.ended(ONE);
    expect(its.blocks(OTHER, 'read')).toBe(true);
    its.ended(again);
    expect(its.blocks(OTHER, 'read')).toBe(false);
    its.reserve(ONE);
    its.reset();
    expect(its.blocks(OTHER, 'read')).toBe(false);
    out(its, OTHER, REGISTER, [0, 1]);
    expect(resultOf(its.reserve(OTHER))).toBe('conflict');
  });
});
