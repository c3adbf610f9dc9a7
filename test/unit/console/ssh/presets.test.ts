import { describe, expect, it } from 'vitest';
import { chooseEntry, SSH_ENTRIES, type EntryChoice } from '../../../../main-services/console/ssh/presets.ts';

const NOTHING: EntryChoice = { preset: undefined, port: undefined, vendor: undefined, reported: undefined };
const SUPERMICRO = { port: 22, command: 'cd system1/sol1; start' };

describe('how a console over SSH is opened', () => {
  it.each<[string, Partial<EntryChoice>, { port: number; command: string | undefined }]>([
    ['a plain shell where nothing is known', {}, { port: 22, command: undefined }],
    ['by the vendor', { vendor: 'Dell' }, { port: 22, command: 'console com2' }],
    ['by the vendor, as HPE writes itself', { vendor: 'HPE' }, { port: 22, command: 'vsp' }],
    ['OpenBMC has a port of its own', { vendor: 'OpenBMC' }, { port: 2200, command: undefined }],
    ['the URL’s port wins', { vendor: 'OpenBMC', port: 22 }, { port: 22, command: undefined }],
    ['as the BMC reports', { reported: SUPERMICRO }, SUPERMICRO],
    [
      'the report wins over the vendor',
      { vendor: 'Lenovo', reported: { port: 2201, command: 'console start' } },
      { port: 2201, command: 'console start' },
    ],
    ['a report of the port only', { vendor: 'HPE', reported: { port: 2222 } }, { port: 2222, command: 'vsp' }],
    ['a chosen preset wins over all', { preset: 'ilo', vendor: 'Dell', reported: SUPERMICRO }, { port: 22, command: 'vsp' }],
    ['a chosen shell wins over all', { preset: 'none', vendor: 'Dell', reported: SUPERMICRO }, { port: 22, command: undefined }],
  ])('%s', (_case, choice, entry) => {
    expect(chooseEntry({ ...NOTHING, ...choice })).toMatchObject(entry);
  });

  it('leaves every console with keys of its own', () => {
    for (const [name, { leave }] of Object.entries(SSH_ENTRIES)) expect(leave === '', name).toBe(name === 'none');
  });
});
