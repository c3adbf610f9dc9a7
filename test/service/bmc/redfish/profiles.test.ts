import { afterEach, describe, expect, it } from 'vitest';
import type { ProfileName } from '../../../fixtures/redfish-bmc/profiles.ts';
import type { Start } from '../../../fixtures/redfish-bmc/power.ts';
import { connectFakeBmc, endBmcs } from './redfish-client.ts';

const ISO = 'http://10.0.0.1:8080/iso/52-54-00-12-34-56/ab12cd34/rocky.iso';

afterEach(endBmcs);

interface Expected {
  readonly vendor: string;
  readonly model: string;
  readonly mac: string;
  readonly how: 'action' | 'patch' | 'oem';
  /** The slot that takes the image. */
  readonly slot: RegExp;
  readonly target: string;
}

const PROFILES: Record<Exclude<ProfileName, 'nfs-only' | 'idrac8'>, Expected> = {
  dell: {
    vendor: 'Dell',
    model: 'PowerEdge R750',
    mac: '00:00:5e:00:53:',
    how: 'action',
    slot: /Systems\/.*\/VirtualMedia\/1$/,
    target: 'Cd',
  },
  idrac10: {
    vendor: 'Dell',
    model: 'PowerEdge R770',
    mac: '00:00:5e:00:53:31',
    how: 'action',
    slot: /Systems\/.*\/VirtualMedia\/1$/,
    target: 'Cd',
  },
  hpe: {
    vendor: 'HPE',
    model: 'ProLiant DL385 Gen10 Plus v2',
    mac: '00:00:5e:00:53:',
    how: 'action',
    slot: /Managers\/1\/VirtualMedia\/2$/,
    target: 'Cd',
  },
  supermicro: {
    vendor: 'Supermicro',
    model: 'SYS-821GE-TNHR',
    mac: '00:00:5e:00:53:',
    how: 'action',
    slot: /VirtualMedia1$/,
    target: 'UsbCd',
  },
  'supermicro-x11': { vendor: 'Supermicro', model: 'X11DPU', mac: '00:00:5e:00:53:31', how: 'oem', slot: /CD1$/, target: 'UsbCd' },
  lenovo: { vendor: 'Lenovo', model: 'ThinkSystem SR630 V2', mac: '00:00:5e:00:53:31', how: 'patch', slot: /EXT1$/, target: 'Cd' },
  ami: { vendor: 'AMI', model: 'DGXH100', mac: '00:00:5e:00:53:31', how: 'action', slot: /CD1$/, target: 'Cd' },
  'ami-fresh': { vendor: 'AMI', model: 'DGXH100', mac: '00:00:5e:00:53:31', how: 'action', slot: /CD1$/, target: 'Cd' },
  openbmc: { vendor: 'OpenBMC', model: 'S9K', mac: '00:00:5e:00:53:31', how: 'action', slot: /USB1$/, target: 'Cd' },
};

describe.each(Object.entries(PROFILES))('a BMC like %s', (name, expected) => {
  it('is identified by reading alone', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: name as ProfileName });
    const found = await client.identify();
    expect(found).toMatchObject({ protocol: 'redfish', vendor: expected.vendor, model: expected.model, media: true });
    expect(found.macs[0]).toContain(expected.mac);
    expect(found.bootDevices).toEqual(expect.arrayContaining(['cdrom', 'pxe', 'disk']));
    expect(found.powerActions).toEqual(['on', 'off', 'graceful-off', 'reset', 'cycle']);
    expect(found.serial).toMatch(/^TEST/);
    expect(bmc.changes()).toEqual([]);
    // The service root is open to everybody: no password before it is known who answers.
    expect(bmc.requests[0]).toMatchObject({ method: 'GET', path: '/redfish/v1' });
    expect(bmc.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('is reimaged: off, eject, insert, boot once from CD, on, and put back', async () => {
    const events: [boolean, Start][] = [];
    const { bmc, client } = await connectFakeBmc({ profile: name as ProfileName, onPower: (on, start) => events.push([on, start]) });
    await client.powerOff();
    expect(bmc.power()).toBe('Off');
    expect(await client.powerStatus()).toBe('off');
    await client.ejectAll();

    const inserted = await client.insert(ISO);
    expect(inserted.how).toBe(expected.how);
    expect(inserted.slot).toMatchObject({ inserted: true, image: ISO });
    expect(inserted.slot.id).toMatch(expected.slot);
    expect(bmc.slots().filter((slot) => slot.Inserted === true)).toHaveLength(1);

    const boot = await client.bootOnce('cdrom', { efi: true });
    expect(boot).toEqual({ readBack: { device: 'cdrom', once: true, efi: true }, note: undefined });
    expect(bmc.boot().BootSourceOverrideTarget).toBe(expected.target);
    expect(await client.bootOverride()).toEqual({ device: 'cdrom', once: true, efi: true });

    await client.powerOn();
    expect(await client.powerStatus()).toBe('on');
    expect(events.at(-1)).toEqual([true, { cdUrl: ISO, bootDevice: 'cdrom', efi: true }]);
    expect(await client.bootOverride()).toMatchObject({ device: undefined });

    await client.powerOff();
    await client.ejectAll();
    expect((await client.slots()).filter((slot) => slot.inserted)).toEqual([]);
    expect(bmc.slots().filter((slot) => slot.Inserted === true)).toEqual([]);
  });

  it('takes another image where one is in, and the same one again', async () => {
    const { client } = await connectFakeBmc({ profile: name as ProfileName });
    await client.insert(ISO);
    const again = await client.insert(ISO);
    const other = await client.insert(ISO.replace('ab12cd34', 'ffff0000'));
    expect(again.slot.image).toBe(ISO);
    expect(other.slot.image).toContain('ffff0000');
    expect((await client.slots()).filter((slot) => slot.inserted)).toHaveLength(1);
  });

  it('boots by BIOS, from the network and the disk, and forgets an override', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: name as ProfileName });
    expect((await client.bootOnce('pxe', { efi: false })).readBack).toEqual({ device: 'pxe', once: true, efi: false });
    expect((await client.bootOnce('disk', { efi: true })).readBack).toEqual({ device: 'disk', once: true, efi: true });
    await client.clearBoot();
    expect(bmc.boot().BootSourceOverrideEnabled).toBe('Disabled');
    const changes = bmc.changes().length;
    await client.clearBoot();
    expect(bmc.changes()).toHaveLength(changes);
  });

  it('is switched without harm when it is in that state already, cycled, reset and shut down', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: name as ProfileName });
    await client.powerOn();
    expect(bmc.changes()).toEqual([]);
    await client.powerCycle();
    expect(bmc.power()).toBe('On');
    await client.reset();
    await client.gracefulOff(500);
    expect(bmc.power()).toBe('Off');
    await client.powerOff();
    await client.gracefulOff(500);
    await client.reset();
    expect(bmc.power()).toBe('On');
  });

  it('tells its health and lights its LED', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: name as ProfileName });
    const health = await client.health();
    expect(health.state).toMatch(/^(ok|critical)$/);
    for (const sensor of health.sensors) expect(sensor.unit).toMatch(/^(°C|RPM|%|W|V|A)$/);
    await client.identifyLed(true);
    const led = bmc.changes().at(-1)?.body;
    expect([{ IndicatorLED: 'Blinking' }, { LocationIndicatorActive: true }]).toContainEqual(led);
  });
});

describe('what the client sends', () => {
  it('is at most two requests at a time, each on its own connection, uncompressed', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe', faults: { slow: 2 } });
    await Promise.all([client.identify(), client.health(), client.slots()]);
    for (const { headers } of bmc.requests) {
      expect(headers).toMatchObject({ connection: 'close', 'odata-version': '4.0', 'accept-encoding': 'identity' });
    }
    expect(bmc.maxConcurrent()).toBe(2);
    expect(bmc.sessions.open.size).toBe(0);
  });

  it('is a session where Basic is not taken, deleted at the end', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell', basic: false });
    await client.powerStatus();
    expect(bmc.sessions.open.size).toBe(1);
    await client.close();
    expect(bmc.sessions.open.size).toBe(0);
    // It can be used again.
    expect(await client.powerStatus()).toBe('on');
  });

  it('is a new login where a session was lost, once', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell', basic: false });
    await client.powerStatus();
    bmc.faults.loseSession = true;
    expect(await client.powerStatus()).toBe('on');
    expect(bmc.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/Sessions'))).toHaveLength(2);
    await client.close();
    expect(bmc.sessions.open.size).toBe(0);
  });

  it('is one new login for all who find the session lost', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe', basic: false, faults: { slow: 5 } });
    await client.powerStatus();
    bmc.sessions.open.clear();
    await Promise.all([client.powerStatus(), client.slots(), client.health()]);
    expect(bmc.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/Sessions'))).toHaveLength(2);
    expect(bmc.sessions.open.size).toBe(1);
  });

  it('comes without Accept-Encoding where that is refused', async () => {
    const { client } = await connectFakeBmc({ profile: 'hpe', faults: { noIdentity: true } });
    expect(await client.powerStatus()).toBe('on');
  });
});

describe('idrac8', () => {
  it('boots the virtual CD by a configuration import', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'idrac8' });
    const { note } = await client.bootOnce('cdrom', { efi: true });
    expect(note).toContain('older than 6.00');
    expect(bmc.boot()).toMatchObject({ BootSourceOverrideEnabled: 'Once', BootSourceOverrideTarget: 'Cd' });
  });
});

describe('hpe', () => {
  it('boots what is inserted by its own property where it refuses the override', async () => {
    const starts: Start[] = [];
    const { client } = await connectFakeBmc({
      profile: 'hpe',
      faults: { bootRefused: true },
      onPower: (on, start) => on && starts.push(start),
    });
    await client.powerOff();
    await expect(client.bootOnce('cdrom', { efi: true })).rejects.toMatchObject({ code: 'E_BMC_REFUSED' });
    await client.insert(ISO);
    const { note, readBack } = await client.bootOnce('cdrom', { efi: true });
    expect(note).toContain('BootOnNextServerReset');
    expect(readBack.device).toBeUndefined();
    await client.powerOn();
    expect(starts).toEqual([{ cdUrl: ISO, bootDevice: 'cdrom', efi: true }]);
    await expect(client.bootOnce('pxe', { efi: true })).rejects.toMatchObject({ code: 'E_BMC_REFUSED' });
  });
});

describe('ami-fresh', () => {
  it('is told one virtual CD, once', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'ami-fresh' });
    await client.insert(ISO);
    await client.ejectAll();
    await client.insert(ISO);
    const told = bmc.requests.filter(({ path }) => path.endsWith('ConfigureCDInstance'));
    expect(told.map(({ body }) => body)).toEqual([{ CDInstance: 1 }]);
  });

  it('refuses while something is mounted by others, and its words are told', async () => {
    const { client } = await connectFakeBmc({ profile: 'ami-fresh', faults: { mediaForbidden: true } });
    await expect(client.insert(ISO)).rejects.toThrow(/configure a virtual CD.*Stop all the active media redirections/);
  });
});
