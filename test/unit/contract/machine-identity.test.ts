import { describe, expect, it } from 'vitest';
import { compareMachines, sharedAmong, type MachineFacts } from '../../../contract/machine-identity.ts';

const MAC = '52:54:00:77:00:0a';
const OTHER_MAC = '52:54:00:77:00:0b';
const UUID = '4c4c4544-0045-5310-8054-d4c04f303031';
const OTHER_UUID = '4c4c4544-0045-5310-8054-d4c04f303032';
const FILL_IN = '03000200-0400-0500-0006-000700080009';

const facts = (given: Partial<MachineFacts>): MachineFacts => ({ macs: [MAC], serials: [], ...given });
const compare = (host: Partial<MachineFacts>, machine: Partial<MachineFacts>, hosts: readonly MachineFacts[] = []) =>
  compareMachines(facts(host), facts(machine), { host: 'r1', reporter: 'The BMC', isShared: sharedAmong(hosts) });

describe('two machines are one, two, or it cannot be told', () => {
  it.each<[string, Partial<MachineFacts>, Partial<MachineFacts>, string, string[]]>([
    ['r4: a fill-in UUID on both, other MACs', { uuid: FILL_IN }, { uuid: FILL_IN, macs: [OTHER_MAC] }, 'unknown', []],
    ['r4: a fill-in UUID against a true one, the right MAC', { uuid: UUID }, { uuid: FILL_IN }, 'same', ['mac']],
    ['r4: a true UUID against a fill-in, the right MAC', { uuid: FILL_IN }, { uuid: UUID }, 'same', ['mac']],
    ['a fill-in serial on both, other MACs', { serials: ['0123456789'] }, { serials: ['0123456789'], macs: [OTHER_MAC] }, 'unknown', []],
    ['the UUID in the other byte order', { uuid: UUID }, { uuid: '44454C4C-4500-1053-8054-D4C04F303031', macs: [] }, 'same', ['uuid']],
    ['UUID and MAC', { uuid: UUID }, { uuid: UUID }, 'same', ['mac', 'uuid']],
    ['another UUID', { uuid: UUID }, { uuid: OTHER_UUID, macs: [] }, 'other', ['uuid']],
    ['another UUID and serial', { uuid: UUID, serials: ['A1'] }, { uuid: OTHER_UUID, serials: ['A2'] }, 'other', ['serial', 'uuid']],
    ['MAC and serial outweigh the UUID', { uuid: UUID, serials: ['A1'] }, { uuid: OTHER_UUID, serials: ['a1'] }, 'same', ['mac', 'serial']],
    [
      'MAC and UUID outweigh the serial (of a board)',
      { uuid: UUID, serials: ['TAG'] },
      { uuid: UUID, serials: ['CN01'] },
      'same',
      ['mac', 'uuid'],
    ],
    ['a port that moved into another machine', { uuid: UUID }, { uuid: OTHER_UUID }, 'unknown', []],
    [
      'the UUID, but serial and MACs of another',
      { uuid: UUID, serials: ['A1'] },
      { uuid: UUID, serials: ['A2'], macs: [OTHER_MAC] },
      'unknown',
      [],
    ],
    [
      'the UUID, a board’s serial, no MACs',
      { uuid: UUID, serials: ['TAG'] },
      { uuid: UUID, serials: ['CN01'], macs: [] },
      'same',
      ['uuid'],
    ],
    ['one of several serials', { serials: ['TAG'] }, { serials: ['CN01', 'tag'], macs: [] }, 'same', ['serial']],
    ['f10: only MACs, and the lab’s is not listed', {}, { uuid: UUID, serials: ['A1'], macs: [OTHER_MAC] }, 'unknown', []],
    ['r3: hidden MACs are no MACs', { serials: ['A1'] }, { macs: ['00:00:00:00:00:00'], serials: ['A1'] }, 'same', ['serial']],
    ['nothing', {}, { macs: [] }, 'unknown', []],
  ])('%s', (_what, host, machine, kind, decided) => {
    const compared = compare(host, machine);
    expect(compared.kind).toBe(kind);
    expect(compared.rows.filter((row) => row.decided).map(({ fact }) => fact)).toEqual(decided);
    expect(compared.message).toContain('r1');
  });

  it('r4: a value that two hosts have identifies neither, whatever its shape', () => {
    const board = { uuid: 'b0a51c00-1f2e-4d3c-8b9a-0e1d2c3b4a59', serials: ['ML0042'], macs: [] };
    const hosts = [facts(board), facts({ ...board, macs: [OTHER_MAC] })];
    expect(compare(board, { ...board, macs: [OTHER_MAC] }).kind).toBe('same');
    const compared = compare({ ...board, macs: [MAC] }, { ...board, macs: [OTHER_MAC] }, hosts);
    expect(compared.kind).toBe('unknown');
    expect(compared.rows.map(({ reason: why }) => why)).toEqual([
      'not in the other list',
      'used by more than one machine',
      'used by more than one machine',
    ]);
  });

  it('f10: the sentence says what each side has and which side lacks what', () => {
    expect(compare({}, { uuid: UUID, serials: ['A1'], macs: [OTHER_MAC] }).message).toBe(
      `r1 has MAC ${MAC}, but the BMC reports ${OTHER_MAC}. Nothing else can be compared: serial number missing in the record of r1; UUID missing in the record of r1.`,
    );
    expect(compare({}, { macs: [] }).message).toBe(
      'The BMC cannot be compared with r1: MAC not reported by the BMC; serial number not known on either side; UUID not known on either side.',
    );
  });

  it('both sides stand beside each other in each row', () => {
    const { rows } = compare({ uuid: UUID, serials: ['A1'] }, { uuid: FILL_IN, serials: ['A2'] });
    expect(rows).toEqual([
      { fact: 'mac', host: [MAC], machine: [MAC], verdict: 'same', reason: 'same', decided: false },
      { fact: 'serial', host: ['A1'], machine: ['A2'], verdict: 'other', reason: 'different', decided: false },
      {
        fact: 'uuid',
        host: [UUID],
        machine: [FILL_IN],
        verdict: 'none',
        reason: 'a default value that does not identify a machine',
        decided: false,
      },
    ]);
  });
});
