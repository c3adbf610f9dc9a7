import { afterEach, describe, expect, it } from 'vitest';
import type { MachineFacts } from '../../../../contract/machine-identity.ts';
import { problem } from '../../../fixtures/redfish-bmc/reply.ts';
import { ownerOf, type OneOfSeveral } from '../../../fixtures/redfish-bmc/several.ts';
import { connectFakeBmc, endBmcs, QUICK } from './redfish-client.ts';
import { CHANGES, changeEverything, error, four, IDS, ISO, mac, connectSharedBmc, uuid, V1 } from './shared-bmc.ts';

afterEach(endBmcs);

const DPU: OneOfSeveral = { id: 'bf3', SystemType: 'DPU', UUID: uuid(9), SerialNumber: 'DPU9', macs: [mac(9)] };

describe.each(['both', 'system', 'manager'] as const)('f1: one service of four machines (links: %s)', (links) => {
  it.each<[string, OneOfSeveral[], Partial<MachineFacts>]>([
    ['by UUID', four((index) => ({ links, UUID: uuid(index) })), { uuid: uuid(2) }],
    ['by UUID, in the other byte order', four((index) => ({ links, UUID: uuid(index) })), { uuid: '44454c4c-4200-1035-8056-b4c04f564432' }],
    ['by serial number', four((index) => ({ links, SerialNumber: `SN000${index}A` })), { serials: ['sn0002a'] }],
    ['by MAC', four((index) => ({ links, macs: [mac(index)] })), { macs: [mac(2)] }],
    ['by the MAC of an adapter’s port', four((index) => ({ links, adapterMacs: [mac(index)] })), { macs: [mac(2)] }],
    ['by MAC, all with one UUID', four((index) => ({ links, UUID: uuid(7), macs: [mac(index)] })), { macs: [mac(2)], uuid: uuid(7) }],
    ['by MAC, a DPU first', [{ ...DPU, links }, ...four((index) => ({ links, macs: [mac(index)] }))], { macs: [mac(2)] }],
  ])('the machine is found %s, and no other is touched', async (_how, machines, wanted) => {
    const { bmc, client } = await connectSharedBmc(machines, wanted);
    expect((await client.identify()).system).toEqual({ path: `${V1}/Systems/slot3`, others: 3, isNamed: false });
    expect(await changeEverything(client)).toEqual([]);
    expect(Object.keys(bmc.changesByOwner())).toEqual(['slot3']);
    expect(bmc.changesByOwner().slot3).toBeGreaterThan(9);
    const foreign = bmc.slots().filter((slot) => ownerOf(String(slot['@odata.id'])) !== 'slot3');
    expect(foreign.every(({ Inserted }) => Inserted === true)).toBe(true);
  });
});

describe('f1: a machine that is not clear is not guessed', () => {
  it.each<[string, OneOfSeveral[], Partial<MachineFacts> | undefined]>([
    ['nothing tells them apart', four(() => ({})), { macs: [mac(2)], uuid: uuid(2) }],
    ['none of them is the host', four((index) => ({ UUID: uuid(index), macs: [mac(index)] })), { macs: [mac(7)], uuid: uuid(7) }],
    ['two have the host’s UUID', four((index) => ({ UUID: uuid(index < 2 ? 2 : 5) })), { macs: [mac(2)], uuid: uuid(2) }],
    [
      'all have one fill-in UUID and one default serial',
      four(() => ({ UUID: '03000200-0400-0500-0006-000700080009', SerialNumber: 'Default string' })),
      { uuid: '03000200-0400-0500-0006-000700080009', serials: ['Default string'] },
    ],
    ['no host is asked for', four((index) => ({ UUID: uuid(index) })), undefined],
    [
      'a DPU, one machine that fits nothing and one that cannot be switched',
      [DPU, { id: 'a' }, { id: 'b', switchable: false }],
      { macs: [mac(2)] },
    ],
  ])('%s: every change is refused, by name', async (_why, machines, wanted) => {
    const { bmc, client } = await connectSharedBmc(machines, wanted);
    expect(await changeEverything(client)).toHaveLength(CHANGES.length);
    expect(bmc.changes()).toEqual([]);
    const refused = await error(client.powerOff());
    expect(refused.code).toBe('E_BMC_SYSTEM_UNCLEAR');
    for (const { id, SystemType } of machines) if (SystemType !== 'DPU') expect(refused.message).toContain(`${V1}/Systems/${id} (`);
    expect(refused.message).not.toContain('bf3');
    expect(refused.details).toMatchObject({
      systems: machines.filter(({ SystemType }) => SystemType !== 'DPU').map(({ id }) => ({ name: id })),
    });
  });

  it('an address names one, and only that one is touched', async () => {
    const { bmc, client } = await connectSharedBmc(
      four(() => ({ links: 'manager' })),
      { macs: [mac(2)] },
      { system: `${V1}/systems/slot3/` },
    );
    expect((await client.identify()).system).toEqual({ path: `${V1}/Systems/slot3`, others: 3, isNamed: true });
    expect(await changeEverything(client)).toEqual([]);
    expect(Object.keys(bmc.changesByOwner())).toEqual(['slot3']);
  });

  it('an address that names none says which there are', async () => {
    const { bmc, client } = await connectSharedBmc(
      four(() => ({})),
      undefined,
      { system: `${V1}/Systems/slot9` },
    );
    const refused = await error(client.powerOff());
    expect(refused.code).toBe('E_BMC_SYSTEM_UNCLEAR');
    expect(refused.message).toContain(`The BMC has no ${V1}/Systems/slot9: ${V1}/Systems/slot1 (`);
    expect(bmc.changes()).toEqual([]);
  });

  it('a DPU beside one machine is left out', async () => {
    const { bmc, client } = await connectSharedBmc([DPU, { id: 'host' }], {});
    expect((await client.identify()).system).toMatchObject({ path: `${V1}/Systems/host`, others: 0 });
    expect(await changeEverything(client)).toEqual([]);
    expect(Object.keys(bmc.changesByOwner())).toEqual(['host']);
  });

  it('a machine that does not answer is not taken for its neighbour', async () => {
    const { bmc, client } = await connectSharedBmc(four((index) => (index < 2 ? { UUID: uuid(index) } : {})).slice(0, 2), {
      uuid: uuid(1),
    });
    bmc.faults.instead.set(`${V1}/Systems/slot2`, () => problem(500, 'Base.1.12.InternalError', 'Failed.'));
    expect(await changeEverything(client)).toHaveLength(CHANGES.length);
    expect((await error(client.powerOff())).message).toContain(`${V1}/Systems/slot2 (cannot be read)`);
    bmc.faults.instead.set(`${V1}/Systems/slot2`, () => ({ status: 200, body: {} }));
    expect(await changeEverything(client)).toHaveLength(CHANGES.length);
    expect(bmc.changes()).toEqual([]);
  });

  it('members in pages are all seen (Members@odata.nextLink)', async () => {
    const { bmc, client } = await connectSharedBmc(
      four((index) => ({ UUID: uuid(index) })),
      { uuid: uuid(3) },
    );
    const all = bmc.doc(`${V1}/Systems`).Members as unknown[];
    const page = (Members: unknown[], next?: string) => ({
      status: 200,
      body: { Members, ...(next !== undefined && { 'Members@odata.nextLink': next }) },
    });
    bmc.faults.instead.set(`${V1}/Systems`, () => page(all.slice(0, 2), `${V1}/SystemsPage2`));
    bmc.faults.instead.set(`${V1}/SystemsPage2`, () => page(all.slice(2)));
    expect((await client.identify()).system?.path).toBe(`${V1}/Systems/slot4`);
  });
});

describe('f2: Managers', () => {
  it('without links between System and Manager no medium is touched, and power goes to the right machine', async () => {
    const { bmc, client } = await connectSharedBmc(
      four((index) => ({ links: 'none', UUID: uuid(index) })),
      { uuid: uuid(2) },
    );
    expect((await client.identify()).media).toBe(false);
    expect((await error(client.insert(ISO))).code).toBe('E_BMC_UNSUPPORTED');
    expect((await error(client.ejectAll())).code).toBe('E_BMC_UNSUPPORTED');
    await client.powerOff();
    expect(Object.keys(bmc.changesByOwner())).toEqual(['slot3']);
    expect(bmc.slots().every(({ Inserted }) => Inserted === true)).toBe(true);
  });

  it('one Manager of several machines inserts and ejects nothing', async () => {
    const machines = four((index) => ({ UUID: uuid(index), ...(index > 0 && { managerOf: 'slot1' }) }));
    const { bmc, client } = await connectSharedBmc(machines, { uuid: uuid(2) });
    expect((await client.identify()).media).toBe(false);
    expect(await changeEverything(client)).toEqual(
      ['eject', 'insert'].map((name) => expect.stringContaining(`${name}: The BMC offers no remote CD`) as string),
    );
    expect(Object.keys(bmc.changesByOwner())).toEqual(['slot3']);
  });

  it('the only Manager of the only machine needs no links', async () => {
    const { bmc, client } = await connectSharedBmc([{ id: 'one', links: 'none' }], undefined);
    expect(await changeEverything(client)).toEqual([]);
    expect(Object.keys(bmc.changesByOwner())).toEqual(['one']);
  });

  it('a slot collection that two Systems link to is used by neither', async () => {
    const { bmc, client } = await connectSharedBmc(
      four((index) => ({ UUID: uuid(index), links: 'none' })),
      { uuid: uuid(2) },
    );
    const shared = { '@odata.id': `${V1}/Managers/bmc-slot1/VirtualMedia` };
    for (const id of IDS) bmc.doc(`${V1}/Systems/${id}`).VirtualMedia = shared;
    expect((await error(client.ejectAll())).code).toBe('E_BMC_UNSUPPORTED');
    expect(bmc.changes()).toEqual([]);
  });

  it('the LED of a chassis that holds several machines is left alone', async () => {
    const { bmc, client } = await connectSharedBmc(
      four((index) => ({ UUID: uuid(index) })),
      { uuid: uuid(2) },
    );
    for (const id of IDS) {
      bmc.doc(`${V1}/Systems/${id}`).IndicatorLED = undefined;
      bmc.doc(`${V1}/Systems/${id}`).Links = { Chassis: [{ '@odata.id': `${V1}/Chassis/slot1` }] };
    }
    expect((await error(client.identifyLed(true))).code).toBe('E_BMC_UNSUPPORTED');
    expect(bmc.changes()).toEqual([]);
  });
});

describe('one sick member does not take the others with it', () => {
  const host = { id: 'System_0', UUID: uuid(2), macs: [mac(2)] };
  const HGX = `${V1}/Systems/HGX_Baseboard_0`;

  it('r1: a baseboard that answers 503 while the host is off costs no wait and no call', async () => {
    const { bmc, client } = await connectSharedBmc(
      [{ id: 'HGX_Baseboard_0' }, host],
      { macs: [mac(7)] },
      {
        timing: { ...QUICK, retries: { ...QUICK.retries, busyRead: { times: 10, pause: 1_000 }, sickMember: { times: 2, pause: 1_000 } } },
      },
    );
    bmc.faults.instead.set(HGX, () => problem(503, 'Base.1.12.ServiceTemporarilyUnavailable', 'Host is off.'));
    const begun = Date.now();
    expect(await client.identify()).toMatchObject({
      system: { path: `${V1}/Systems/System_0` },
      warnings: [expect.stringContaining('HGX_Baseboard_0') as string],
    });
    expect(Date.now() - begun).toBeLessThan(900);
    expect(await changeEverything(client)).toEqual([]);
    expect(Object.keys(bmc.changesByOwner())).toEqual(['System_0']);
  });

  it('r1: nor does one that never answers cost more than its share', async () => {
    const { bmc, client } = await connectSharedBmc([{ id: 'HGX_Baseboard_0' }, host], {}, { timing: { ...QUICK, memberResponse: 300 } });
    bmc.faults.instead.set(HGX, () => undefined);
    const begun = Date.now();
    expect((await client.identify()).system?.path).toBe(`${V1}/Systems/System_0`);
    // undici looks at its timers each second.
    expect(Date.now() - begun).toBeLessThan(2_500);
  });

  it('r5: a System that answers 500 with its whole document and an error is used, and said', async () => {
    const { bmc, client } = await connectSharedBmc([host], {});
    const path = `${V1}/Systems/System_0`;
    const told = problem(500, 'Base.1.12.InternalError', 'The request failed due to an internal service error.');
    bmc.faults.instead.set(path, (doc) => ({ status: 500, body: { ...doc, ...(told.body as object) } }));
    const identity = await client.identify();
    expect(identity.uuid).toBe(uuid(2));
    expect(identity.warnings).toEqual([
      expect.stringMatching(/Systems\/System_0 with an error \(HTTP 500\).*internal service error/) as string,
    ]);
    expect(await client.powerStatus()).toBe('on');
    expect(await changeEverything(client)).toEqual([]);
  });

  it('f9: of two slots one answers 500: it is named, the other is used', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell' });
    const [first, second] = ['1', '2'].map((id) => `${V1}/Systems/System.Embedded.1/VirtualMedia/${id}`);
    bmc.faults.instead.set(first!, () => problem(500, 'Base.1.12.InternalError', 'Failed.'));
    expect((await client.identify()).media).toBe(true);
    expect((await client.slots()).map(({ id }) => id)).not.toContain(first);
    expect((await client.insert(ISO)).slot.id).toBe(second);
    await client.ejectAll();
    expect(await client.warnings()).toEqual([expect.stringContaining(first!) as string]);
    expect(bmc.changes().every(({ path }) => !path.startsWith(first!))).toBe(true);
  });

  it('f9: while no slot can be read, the BMC is not called one without media', async () => {
    const { bmc, client } = await connectSharedBmc([host], {});
    bmc.faults.instead.set(`${V1}/Managers/bmc-System_0/VirtualMedia/CD1`, () => problem(500, 'Base.1.12.InternalError', 'Failed.'));
    expect((await client.identify()).media).toBe(true);
    expect((await error(client.insert(ISO))).message).toContain('VirtualMedia/CD1');
  });

  it('a port that answers 500 leaves the others', async () => {
    const { bmc, client } = await connectSharedBmc([{ ...host, macs: [mac(1), mac(2)] }], {});
    bmc.faults.instead.set(`${V1}/Systems/System_0/EthernetInterfaces/1`, () => problem(500, 'Base.1.12.InternalError', 'Failed.'));
    expect(await client.identify()).toMatchObject({
      macs: [mac(2)],
      warnings: [expect.stringContaining('EthernetInterfaces/1') as string],
    });
  });

  it('a member that is busy once is read the second time', async () => {
    const { bmc, client } = await connectSharedBmc([{ ...host, macs: [mac(1), mac(2)] }], {});
    const path = `${V1}/Systems/System_0/EthernetInterfaces/1`;
    bmc.faults.instead.set(path, () => {
      bmc.faults.instead.delete(path);
      return problem(503, 'Base.1.12.ServiceTemporarilyUnavailable', 'Busy.');
    });
    const identity = await client.identify();
    expect(identity.macs).toEqual([mac(1), mac(2)]);
    expect(identity.warnings).toBeUndefined();
  });
});

describe('r3: MACs that a BMC hides', () => {
  it.each<[string, Record<string, unknown>[], string[]]>([
    ['an empty one beside one with a MAC', [{ MACAddress: '' }, { MACAddress: mac(1) }], [mac(1)]],
    ['an all-zero permanent one, the right one beside it', [{ PermanentMACAddress: '00:00:00:00:00:00', MACAddress: mac(1) }], [mac(1)]],
    ['an all-zero one, the right permanent one beside it', [{ PermanentMACAddress: mac(1), MACAddress: '00:00:00:00:00:00' }], [mac(1)]],
    ['an empty permanent one', [{ PermanentMACAddress: '', MACAddress: mac(1).toUpperCase() }], [mac(1)]],
    ['one that replaces the permanent one', [{ PermanentMACAddress: mac(1), MACAddress: mac(2) }], [mac(1), mac(2)]],
    ['all ones, null, and a word', [{ MACAddress: 'FF:FF:FF:FF:FF:FF' }, { MACAddress: null }, { MACAddress: 'N/A' }], []],
  ])('%s', async (_what, macs, found) => {
    const { client } = await connectSharedBmc([{ id: 'one', macs }], {});
    expect((await client.identify()).macs).toEqual(found);
  });

  it('f10: ports that EthernetInterfaces do not list are looked for at the adapters', async () => {
    const { client } = await connectSharedBmc([{ id: 'one', macs: [mac(1)], adapterMacs: [mac(2)] }], { macs: [mac(2)] });
    expect((await client.identify()).macs).toEqual([mac(1), mac(2)]);
  });
});
