import { expect, it } from 'vitest';
import type { PowerState } from '../../../contract/bmc.ts';
import { decideStart, type Start, type StartFacts } from '../../../main-services/reimage/decide-start.ts';

type Row = [step: StartFacts['step'], power: PowerState, known: string, action: Start['action'], override: 'set again' | ''];

/** `known`: any of active, read, used (the boot override no longer reads back). */
const ROWS: Row[] = [
  ['power-on', 'off', '', 'on', ''],
  ['power-on', 'off', 'used', 'on', 'set again'],
  // The BMC itself reads the medium before the start.
  ['power-on', 'off', 'read', 'on', ''],
  ['power-on', 'off', 'read used', 'started', ''],
  ['power-on', 'off', 'active used', 'started', ''],
  ['power-on', 'turning-off', 'used', 'on', 'set again'],
  ['power-on', 'turning-on', '', 'wait', ''],
  ['power-on', 'turning-on', 'used', 'wait', ''],
  ['power-on', 'on', 'used', 'wait', ''],
  ['power-on', 'unknown', 'used', 'on', ''],
  ['power-cycle', 'off', '', 'on', ''],
  ['power-cycle', 'off', 'used', 'on', 'set again'],
  ['power-cycle', 'off', 'active used', 'started', ''],
  ['power-cycle', 'turning-off', '', 'on', ''],
  ['power-cycle', 'turning-on', 'used', 'wait', ''],
  ['power-cycle', 'on', '', 'cycle', ''],
  ['power-cycle', 'on', 'used', 'cycle', 'set again'],
  ['power-cycle', 'on', 'active used', 'started', ''],
  ['power-cycle', 'unknown', '', 'cycle', ''],
];

it.each(ROWS)('%s repeated while %s, %s: %s, override %s', (step, power, known, action, override) => {
  const [wasActive, wasRead, isUsed] = ['active', 'read', 'used'].map((word) => known.includes(word)) as [boolean, boolean, boolean];
  const facts = { step, isRepeated: true, power, wasActive, wasRead, hasOverride: !isUsed };
  expect(decideStart(facts)).toEqual({ action, override: override !== '' });
});

it.each(['power-on', 'power-cycle'] as const)('a first %s requests what its name says', (step) => {
  const facts = { step, isRepeated: false, power: 'on', wasActive: true, wasRead: true, hasOverride: false } as const;
  expect(decideStart(facts)).toEqual({ action: step === 'power-on' ? 'on' : 'cycle', override: false });
});
