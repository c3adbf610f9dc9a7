import { describe, expect, it } from 'vitest';
import { chooseQuirks } from '../../../../main-services/bmc/redfish/vendors/choose.ts';
import { DELL_IDRAC } from '../../../../main-services/bmc/redfish/vendors/dell-idrac.ts';
import { LENOVO_XCC } from '../../../../main-services/bmc/redfish/vendors/lenovo-xcc.ts';
import type { Quirks, Slot } from '../../../../main-services/bmc/redfish/machine.ts';
import { SUPERMICRO } from '../../../../main-services/bmc/redfish/vendors/supermicro.ts';
import { readOverride } from '../../../../main-services/bmc/redfish/boot-override.ts';
import { members } from '../../../../main-services/bmc/redfish/http/json.ts';
import { isOccupied, rankSlots } from '../../../../main-services/bmc/redfish/media/slots.ts';
import { powerActions, resetChoices } from '../../../../main-services/bmc/redfish/power.ts';

const PLAIN: Quirks = { vendor: '' };

/** `S1 CD,DVD *`: slot 1 of the System with these media, occupied. */
function slot(words: string): Slot {
  const [name = '', media = '', star] = words.split(' ');
  const doc = { ...(media !== '-' && { MediaTypes: media.split(',') }), Inserted: star === '*', Image: null };
  return { id: name.slice(1), path: `/${name}`, below: name.startsWith('S') ? 'system' : 'manager', doc };
}

describe('which slots are tried, in which order', () => {
  it.each<[string, Quirks, string[], string[]]>([
    ['the System’s first', PLAIN, ['MCD CD', 'S1 CD,DVD', 'S2 CD'], ['S1', 'S2', 'MCD']],
    ['those for CDs only', PLAIN, ['M1 Floppy,USBStick', 'M2 CD,DVD'], ['M2']],
    ['DVD where no slot knows CD (Cisco)', PLAIN, ['M1 DVD', 'M2 USBStick'], ['M1']],
    ['all where none says', PLAIN, ['M1 -', 'M2 -'], ['M1', 'M2']],
    ['none of those that cannot', PLAIN, ['M1 USBStick', 'M2 Floppy'], []],
    ['free ones first', PLAIN, ['M1 CD *', 'M2 CD'], ['M2', 'M1']],
    ['iDRAC10: 1 before 2', DELL_IDRAC, ['S2 CD', 'S1 CD'], ['S1', 'S2']],
    ['iDRAC: 1 even when it is occupied', DELL_IDRAC, ['S2 CD', 'S1 CD *'], ['S1', 'S2']],
    [
      'f7: XCC: EXT, never RDOC, never a console’s Remote',
      LENOVO_XCC,
      ['MRDOC1 CD', 'MRemote1 CD', 'MEXT1 CD', 'MEXT2 CD'],
      ['MEXT1', 'MEXT2'],
    ],
    ['f6: those that list no types, where the others list other types', PLAIN, ['M1 Floppy,USBStick', 'M2 -'], ['M2']],
  ])('%s', (_, quirks, given, expected) => {
    expect(rankSlots(given.map(slot), quirks).map(({ path }) => path.slice(1))).toEqual(expected);
  });

  it.each<[string, Quirks, Record<string, unknown>, boolean]>([
    ['inserted', PLAIN, { Inserted: true, Image: 'http://a/x.iso' }, true],
    ['an image without Inserted', PLAIN, { Inserted: false, Image: 'http://a/x.iso' }, true],
    ['null', PLAIN, { Inserted: false, Image: null }, false],
    ['an empty text (iLO)', PLAIN, { Inserted: false, Image: '' }, false],
    ['Supermicro’s old image', SUPERMICRO, { Inserted: false, Image: 'http://a/x.iso' }, false],
    ['Supermicro’s, not connected', SUPERMICRO, { Inserted: true, Image: 'x', ConnectedVia: 'NotConnected' }, false],
    ['Supermicro’s, connected', SUPERMICRO, { Inserted: true, Image: 'x', ConnectedVia: 'URI' }, true],
  ])('%s is occupied: %4$s', (_, quirks, doc, expected) => {
    expect(isOccupied(doc, quirks)).toBe(expected);
  });
});

describe('which reset is asked for', () => {
  it.each<['on' | 'off' | 'graceful-off' | 'reset', string[], string[]]>([
    ['on', ['On', 'ForceOff', 'PushPowerButton'], ['On', 'PushPowerButton']],
    ['on', ['ForceOn', 'ForceOff'], ['ForceOn']],
    ['on', [], ['On']],
    ['off', ['On', 'ForceOff'], ['ForceOff']],
    ['off', ['On', 'GracefulShutdown'], []],
    ['graceful-off', ['GracefulShutdown', 'PushPowerButton'], ['GracefulShutdown', 'PushPowerButton']],
    ['reset', ['ForceRestart', 'PowerCycle'], ['ForceRestart', 'PowerCycle']],
    ['reset', ['PowerCycle'], ['PowerCycle']],
    ['reset', [], ['ForceRestart', 'PowerCycle']],
  ])('%s of %j', (verb, allowed, expected) => {
    expect(resetChoices(verb, allowed)).toEqual(expected);
  });

  it('a cycle needs on and off', () => {
    expect(powerActions(['On', 'ForceOff'])).toEqual(['on', 'off', 'cycle']);
    expect(powerActions(['On', 'ForceRestart'])).toEqual(['on', 'reset']);
  });
});

describe('whose BMC it is', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>, Record<string, unknown>, string]>([
    ['by the service root', { Vendor: 'Dell' }, {}, {}, 'Dell'],
    ['by Oem keys', { Oem: { Supermicro: {} } }, { Manufacturer: 'Dell Inc.' }, {}, 'Supermicro'],
    ['by the manager', {}, { Manufacturer: 'Quanta' }, { Model: 'OpenBmc' }, 'OpenBMC'],
    ['NVIDIA’s own is OpenBMC', { Vendor: 'NVIDIA' }, {}, { Model: 'OpenBmc' }, 'OpenBMC'],
    ['a GB200 that says Dell is AMI', { Vendor: 'AMI' }, { Manufacturer: 'Dell Inc.' }, {}, 'AMI'],
    ['by the system at last', {}, { Manufacturer: 'Lenovo' }, {}, 'Lenovo'],
    ['somebody else', { Vendor: 'Fujitsu' }, {}, {}, 'Fujitsu'],
    ['nobody', {}, {}, {}, 'unknown'],
  ])('%s', (_, root, system, manager, vendor) => {
    expect(chooseQuirks({ root, system, manager }).vendor).toBe(vendor);
  });
});

describe('a boot override', () => {
  it.each<[Record<string, unknown>, unknown]>([
    [
      { BootSourceOverrideEnabled: 'Once', BootSourceOverrideTarget: 'UsbCd', BootSourceOverrideMode: 'UEFI' },
      { device: 'cdrom', once: true, efi: true },
    ],
    [
      { BootSourceOverrideEnabled: 'Continuous', BootSourceOverrideTarget: 'Pxe', BootSourceOverrideMode: 'Legacy' },
      { device: 'pxe', once: false, efi: false },
    ],
    [
      { BootSourceOverrideEnabled: 'Disabled', BootSourceOverrideTarget: 'Pxe' },
      { device: undefined, once: false, efi: undefined },
    ],
    [
      { BootSourceOverrideEnabled: 'Once', BootSourceOverrideTarget: 'BiosSetup' },
      { device: undefined, once: true, efi: undefined },
    ],
    [{}, { device: undefined, once: false, efi: undefined }],
  ])('%j', (boot, expected) => {
    expect(readOverride(boot)).toEqual(expected);
  });
});

it('members may stand under Links, as paths, and are none when they are of other types', () => {
  expect(members({ Members: [{ '@odata.id': '/a' }, '/b', 7, null, {}] })).toEqual(['/a', '/b']);
  expect(members({ Links: { Members: [{ '@odata.id': '/a' }] } })).toEqual(['/a']);
  expect(members({ Members: 'none' })).toEqual([]);
  expect(members(undefined)).toEqual([]);
});
