import { afterEach, describe, expect, it } from 'vitest';
import { object, type Json } from '../../../fixtures/redfish-bmc/tree.ts';
import { connectFakeBmc, endBmcs } from './redfish-client.ts';

const ISO = 'http://10.0.0.1:8080/iso/52-54-00-12-34-56/ab12cd34/rocky.iso';
const SYSTEM_1 = '/redfish/v1/Systems/1';
const TARGETS = 'BootSourceOverrideTarget@Redfish.AllowableValues';
/** Of a colleague who looks at the machine. */
const MINE = { Inserted: true, Image: 'rescue.iso', ImageName: 'rescue.iso', ConnectedVia: 'Applet' };

afterEach(endBmcs);

const held = (slots: readonly Json[]): unknown[] => slots.filter(({ Image }) => Image !== null && Image !== '').map(({ Image }) => Image);

describe('optional properties', () => {
  it('f6: a slot that shows the image and no Inserted holds it', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe', faults: { withoutInserted: true } });
    const { slot } = await client.insert(ISO);
    expect(slot).toMatchObject({ inserted: true, image: ISO });
    expect(held(bmc.slots())).toEqual([ISO]);
    expect((await client.slots()).map(({ inserted }) => inserted)).toEqual([true]);
    await client.ejectAll();
    expect(held(bmc.slots())).toEqual([]);
  });

  it('f6: also on a Supermicro, whose old names stay', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'supermicro', faults: { withoutInserted: true } });
    await client.insert(ISO);
    expect((await client.slots()).filter(({ inserted }) => inserted)).toHaveLength(1);
    await client.ejectAll();
    expect((await client.slots()).filter(({ inserted }) => inserted)).toEqual([]);
    expect(bmc.slots().filter(({ ConnectedVia }) => ConnectedVia === 'URI')).toEqual([]);
  });

  it('f6: false is believed after an eject, even where the name of the image stays (community.general#6969)', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe' });
    const slot = bmc.slots().find(({ Id }) => Id === '2');
    Object.assign(slot!, { Inserted: false, Image: ISO, ConnectedVia: 'NotConnected' });
    await client.ejectAll();
    expect((await client.slots()).map(({ inserted }) => inserted)).toEqual([false]);
  });
});

describe('media of a remote console', () => {
  it('f7: XCC: Remote1 of a colleague blocks nothing and is not touched', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'lenovo' });
    const remote = bmc.slots().find(({ Id }) => Id === 'Remote1')!;
    Object.assign(remote, { Inserted: true, Image: 'rescue.iso', ConnectedVia: 'Oem' });
    await client.ejectAll();
    expect((await client.insert(ISO)).slot.id).toContain('/EXT1');
    await client.ejectAll();
    expect(bmc.changes().filter(({ path }) => !path.includes('/EXT'))).toEqual([]);
    expect(held(bmc.slots())).toEqual(['rescue.iso']);
  });

  it('f7: iDRAC: a medium of the console in slot 1 is left alone, slot 2 is used', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell' });
    Object.assign(bmc.doc('/redfish/v1/Systems/System.Embedded.1/VirtualMedia/1'), MINE);
    expect((await client.insert(ISO)).slot.id).toContain('/Systems/System.Embedded.1/VirtualMedia/2');
    expect((await client.slots()).find(({ console }) => console === true)).toMatchObject({ inserted: true, image: 'rescue.iso' });
    await client.ejectAll();
    expect(held(bmc.slots())).toEqual(['rescue.iso']);
  });

  it('f7: the only CD slot is a console’s: said, and nothing is changed', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe' });
    Object.assign(
      bmc.slots().find(({ Id }) => Id === '2')!,
      MINE,
    );
    await client.ejectAll();
    await expect(client.insert(ISO)).rejects.toMatchObject({
      code: 'E_BMC_BUSY',
      message: expect.stringContaining('2 (rescue.iso)') as string,
    });
    expect(bmc.changes()).toEqual([]);
  });

  it('f7: an emulator that says Applet of every medium and shows no image keeps none of ours (v1k0d3n/proxmox-redfish)', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'openbmc' });
    await client.insert(ISO);
    for (const slot of bmc.slots()) Object.assign(slot, { ConnectedVia: 'Applet', Image: null, ImageName: null });
    await client.ejectAll();
    expect(bmc.slots().filter(({ Inserted }) => Inserted === true)).toEqual([]);
  });
});

describe('boot targets with a name for UEFI', () => {
  // Supermicro X10 (gofish fixtures; jetlag#152).
  const X10 = ['None', 'Pxe', 'Hdd', 'Diags', 'Cd', 'BiosSetup', 'UsbCd', 'UefiUsbKey', 'UefiCd', 'UefiHdd', 'UefiUsbHdd', 'UefiUsbCd'];

  it.each([
    ['cdrom', true, 'UefiUsbCd'],
    ['cdrom', false, 'UsbCd'],
    ['disk', true, 'UefiHdd'],
    ['disk', false, 'Hdd'],
    ['pxe', true, 'Pxe'],
  ] as const)('f8: Supermicro X10: %s, UEFI %s: %s', async (device, efi, target) => {
    const { bmc, client } = await connectFakeBmc({ profile: 'supermicro' });
    bmc.boot()[TARGETS] = X10;
    expect((await client.bootOnce(device, { efi })).readBack).toMatchObject({ device, once: true, efi });
    expect(bmc.boot().BootSourceOverrideTarget).toBe(target);
    expect((await client.identify()).bootDevices).toEqual(['cdrom', 'pxe', 'disk']);
  });

  it('f8: others too: UefiCd before Cd', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe' });
    bmc.boot()[TARGETS] = ['None', 'Cd', 'UefiCd'];
    await client.bootOnce('cdrom', { efi: true });
    expect(bmc.boot().BootSourceOverrideTarget).toBe('UefiCd');
  });

  it.each([
    ['hpe', 'does not report the boot mode'],
    ['supermicro', 'does not report the boot mode'],
  ] as const)('f8: a mode that %s does not have is said', async (profile, note) => {
    const { bmc, client } = await connectFakeBmc({ profile, faults: { modeRefused: true } });
    delete bmc.boot().BootSourceOverrideMode;
    expect((await client.bootOnce('cdrom', { efi: true })).note).toContain(note);
    expect(object(bmc.doc(SYSTEM_1).Boot)).not.toHaveProperty('BootSourceOverrideMode', 'UEFI');
  });

  it('f8: no such note where the name of the target says UEFI', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'supermicro' });
    bmc.boot()[TARGETS] = X10;
    delete bmc.boot().BootSourceOverrideMode;
    expect((await client.bootOnce('cdrom', { efi: true })).note).toBeUndefined();
  });
});
