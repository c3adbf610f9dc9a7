import { expect, it, onTestFinished } from 'vitest';
import { openData } from '../../fixtures/data-fixture.ts';
import { MAC, names, request } from '../../unit/dhcp/dhcp-fixture.ts';
import { openBootFixture } from '../boot/boot-fixture.ts';
import { bindingTo, Machine, serviceBench } from './loopback.ts';

/** DHCP over the real boot service and inventory. */
async function served() {
  const data = openData();
  const { boot, inventory, library } = openBootFixture(data, { leases: new Map(), neighbours: new Map(), routed: 'refuse' });
  onTestFinished(async () => {
    await library.close();
    data.dispose();
  });
  const bench = await serviceBench({}, { boot });
  await bench.service.start(bindingTo());
  return { ...bench, inventory, activity: data.activity, machine: await Machine.at(bench.ports.client) };
}

it.each([
  ['an InfiniBand DISCOVER', request({ client: 'uefi', htype: 32, chaddr: new Uint8Array() })],
  ['a DISCOVER of a multicast address', request({ client: 'uefi', mac: '01:00:5e:00:00:01' })],
  ['a DISCOVER of the zero address', request({ client: 'uefi', mac: '00:00:00:00:00:00' })],
  ['a packet for another server', request({ client: 'uefi', type: 'REQUEST', with: [names('127.0.0.2')] })],
])('%s adds no discovered machine', async (_name, packet) => {
  const { machine, ports, events, inventory, activity } = await served();
  machine.send(packet, ports.server);
  await expect.poll(() => events.map(({ type }) => type)).toEqual(['dhcp.ignored']);
  // Where it came from and why, in one sentence built from its parts.
  expect(events[0]?.message).toMatch(/^No reply to the (DISCOVER|REQUEST) of [^:].*PXE firmware of architecture 7: \S.*[^.]\.$/);
  expect(inventory.listDiscovered()).toEqual([]);
  expect(activity.history({ limit: 10 })).toEqual([]);
});

it('a DISCOVER of an unknown machine adds one, although it is sent twice', async () => {
  const { machine, ports, inventory } = await served();
  machine.send(request({ client: 'uefi' }), ports.server);
  machine.send(request({ client: 'uefi' }), ports.server);
  await expect.poll(() => inventory.listDiscovered().map(({ mac }) => mac)).toEqual([MAC]);
});
