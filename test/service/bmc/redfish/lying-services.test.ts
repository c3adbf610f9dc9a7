import { afterEach, describe, expect, it } from 'vitest';
import { problem } from '../../../fixtures/redfish-bmc/reply.ts';
import type { FakeBmc } from '../../../fixtures/redfish-bmc/fake-bmc.ts';
import { endBmcs } from './redfish-client.ts';
import { changeEverything, CHANGES, error, four, IDS, mac, connectSharedBmc, uuid, V1 } from './shared-bmc.ts';

afterEach(endBmcs);

const THIRD = { uuid: uuid(2) };
const withUuids = (more: Record<string, unknown> = {}) => four((index) => ({ UUID: uuid(index), ...more }));
const ref = (path: string) => ({ '@odata.id': path });
const sick = () => problem(503, 'Base.1.12.ServiceTemporarilyUnavailable', 'Busy.');
const touched = (bmc: FakeBmc) => Object.keys(bmc.changesByOwner());

describe('f2: whose a Manager is while a neighbour cannot be read', () => {
  it.each(['both', 'system'] as const)('a Manager that may be of that neighbour too changes nothing (links: %s)', async (links) => {
    const machines = withUuids({ links })
      .slice(1, 3)
      .map((one) => ({ ...one, managerOf: undefined }));
    const { bmc, client } = await connectSharedBmc([machines[0]!, { ...machines[1]!, managerOf: 'slot2' }], THIRD);
    bmc.faults.instead.set(`${V1}/Systems/slot2`, sick);
    await changeEverything(client);
    expect(touched(bmc)).toEqual(['slot3']);
  });

  it('a Manager that names this System alone is its own', async () => {
    const { bmc, client } = await connectSharedBmc(withUuids().slice(1, 3), THIRD);
    bmc.faults.instead.set(`${V1}/Systems/slot2`, sick);
    expect(await changeEverything(client)).toEqual([]);
    expect(touched(bmc)).toEqual(['slot3']);
  });
});

describe('f2: slots that hang below the wrong Manager', () => {
  it('a Manager that links to another Manager’s slots has none', async () => {
    const { bmc, client } = await connectSharedBmc(withUuids(), THIRD);
    for (const id of IDS) bmc.doc(`${V1}/Managers/bmc-${id}`).VirtualMedia = ref(`${V1}/Managers/bmc-slot1/VirtualMedia`);
    await changeEverything(client);
    expect(touched(bmc)).toEqual(['slot3']);
  });

  it('a collection that lists another Manager’s slot', async () => {
    const { bmc, client } = await connectSharedBmc(withUuids(), THIRD);
    bmc.doc(`${V1}/Managers/bmc-slot3/VirtualMedia`).Members = [ref(`${V1}/Managers/bmc-slot1/VirtualMedia/CD1`)];
    await changeEverything(client);
    expect(touched(bmc)).toEqual(['slot3']);
  });

  it('a System that alone links to the slots of the Manager of all', async () => {
    const { bmc, client } = await connectSharedBmc(
      withUuids().map((one, index) => (index === 0 ? one : { ...one, managerOf: 'slot1' })),
      THIRD,
    );
    bmc.doc(`${V1}/Systems/slot3`).VirtualMedia = ref(`${V1}/Managers/bmc-slot1/VirtualMedia`);
    await changeEverything(client);
    expect(touched(bmc)).toEqual(['slot3']);
  });
});

describe('f1: actions and settings that lead to another machine', () => {
  it('the reset target of a neighbour', async () => {
    const { bmc, client } = await connectSharedBmc(withUuids(), THIRD);
    bmc.doc(`${V1}/Systems/slot3`).Actions = bmc.doc(`${V1}/Systems/slot1`).Actions;
    await changeEverything(client);
    expect(touched(bmc)).toEqual(['slot3']);
  });

  it('the insert and eject targets of a neighbour’s slot', async () => {
    const { bmc, client } = await connectSharedBmc(withUuids(), THIRD);
    bmc.doc(`${V1}/Managers/bmc-slot3/VirtualMedia/CD1`).Actions = bmc.doc(`${V1}/Managers/bmc-slot1/VirtualMedia/CD1`).Actions;
    await changeEverything(client);
    expect(touched(bmc)).toEqual(['slot3']);
  });

  it('the settings object of a neighbour', async () => {
    const { bmc, client } = await connectSharedBmc(withUuids(), THIRD);
    Object.assign(bmc.doc(`${V1}/Systems/slot3`), {
      Boot: {},
      '@Redfish.Settings': { SettingsObject: ref(`${V1}/Systems/slot1`) },
    });
    await changeEverything(client);
    expect(touched(bmc)).toEqual(['slot3']);
  });
});

describe('f1, f2: one resource, written in several ways', () => {
  const WAYS: readonly [string, (path: string, bmc: FakeBmc) => string][] = [
    ['as URLs of the BMC', (path, bmc) => `${bmc.url}${path}`],
    ['as URLs of another host', (path) => `https://192.0.2.9${path}`],
    ['with a slash at the end', (path) => `${path}/`],
    [
      'in capitals',
      (path) => path.replace('/redfish/v1/', '/redfish/v1/').replace('bmc-', 'BMC-').toUpperCase().replace('/REDFISH/V1', V1),
    ],
    ['with doubled slashes', (path) => path.replace('/v1/', '/v1//')],
    ['percent-encoded', (path) => path.replace('slot', '%73lot')],
  ];
  it.each(WAYS)('the Manager of all names its Systems %s', async (_how, write) => {
    const machines = withUuids({ links: 'manager' }).map((one, index) => (index === 0 ? one : { ...one, managerOf: 'slot1' }));
    const { bmc, client } = await connectSharedBmc(machines, THIRD);
    bmc.doc(`${V1}/Managers/bmc-slot1`).Links = { ManagerForServers: IDS.map((id) => ref(write(`${V1}/Systems/${id}`, bmc))) };
    await changeEverything(client);
    expect(touched(bmc)).toEqual(['slot3']);
    expect(bmc.slots().every(({ Image }) => String(Image).startsWith('http://192.0.2.1/'))).toBe(true);
  });

  it.each(WAYS)('the Systems name the Manager of all %s', async (_how, write) => {
    const machines = withUuids({ links: 'none' }).map((one, index) => (index === 0 ? one : { ...one, managerOf: 'slot1' }));
    const { bmc, client } = await connectSharedBmc(machines, THIRD);
    IDS.forEach((id, index) => {
      const path = `${V1}/Managers/bmc-slot1`;
      bmc.doc(`${V1}/Systems/${id}`).Links = { ManagedBy: [ref(index === 2 ? path : write(path, bmc))] };
    });
    await changeEverything(client);
    expect(touched(bmc)).toEqual(['slot3']);
  });

  it.each([...WAYS.slice(0, 3), ...WAYS.slice(4)])('a System that is listed twice, once %s, is one machine', async (_how, write) => {
    const { bmc, client } = await connectSharedBmc(withUuids(), THIRD);
    const Members = IDS.map((id) => ref(`${V1}/Systems/${id}`));
    bmc.doc(`${V1}/Systems`).Members = [...Members, ...IDS.map((id) => ref(write(`${V1}/Systems/${id}`, bmc)))];
    expect(await changeEverything(client)).toEqual([]);
    expect(touched(bmc)).toEqual(['slot3']);
  });
});

describe('f1: a collection that does not show all of its members', () => {
  const CUT: readonly [string, Record<string, unknown>][] = [
    ['its next page answers 404', { 'Members@odata.nextLink': `${V1}/SystemsPage2` }],
    ['it counts more than it lists', { 'Members@odata.count': 4 }],
    ['its pages never end', { 'Members@odata.nextLink': `${V1}/Systems` }],
  ];
  it.each(CUT)('%s: the only one that is listed may not be the wanted one', async (_how, more) => {
    const { bmc, client } = await connectSharedBmc([{ id: 'slot1', macs: [mac(1)] }], { macs: [mac(2)] });
    Object.assign(bmc.doc(`${V1}/Systems`), more);
    expect(await changeEverything(client)).toHaveLength(CHANGES.length);
    expect(bmc.changes()).toEqual([]);
    expect((await error(client.powerOff())).code).toBe('E_BMC_SYSTEM_UNCLEAR');
  });

  it.each(CUT)('%s: one that is proved to be the wanted one is used', async (_how, more) => {
    const { bmc, client } = await connectSharedBmc([{ id: 'slot1', macs: [mac(2)] }], { macs: [mac(2)] });
    Object.assign(bmc.doc(`${V1}/Systems`), more);
    expect(await changeEverything(client)).toEqual([]);
  });
});

describe('another machine at the address since it was identified', () => {
  it.each(CHANGES)('%s reaches it never', async (_name, change) => {
    const { bmc, client } = await connectSharedBmc([{ id: 'one', UUID: uuid(2), SerialNumber: 'SN2' }], { uuid: uuid(2) });
    await client.identify();
    Object.assign(bmc.doc(`${V1}/Systems/one`), { UUID: uuid(3), SerialNumber: 'SN3' });
    expect((await error(change(client))).code).toBe('E_BMC_WRONG_MACHINE');
    expect(bmc.changes()).toEqual([]);
  });

  it('its power is not shown as the host’s', async () => {
    const { bmc, client } = await connectSharedBmc([{ id: 'one', UUID: uuid(2), SerialNumber: 'SN2' }], { uuid: uuid(2) });
    await client.identify();
    Object.assign(bmc.doc(`${V1}/Systems/one`), { UUID: uuid(3), SerialNumber: 'SN3' });
    expect((await error(client.powerStatus())).code).toBe('E_BMC_WRONG_MACHINE');
  });
});
