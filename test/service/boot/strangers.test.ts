import { mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Settings } from '../../../contract/appliance.ts';
import { AssignmentInput, ConfigInput, ImageInput, type Lease } from '../../../contract/inventory.ts';
import { silentLog } from '../../../contract/runtime.ts';
import { leaseRows } from '../../../db/leases.ts';
import { watchEvidence } from '../../../main-services/boot/evidence/evidence.ts';
import { createHttpService } from '../../../main-services/http/service.ts';
import { TINKERBELL_PLACEHOLDER } from '../../../main-services/iso/tinkerbell/placeholder.ts';
import { IsoWatch } from '../../../main-services/reading/iso-watch.ts';
import { hostInput, openData } from '../../fixtures/data-fixture.ts';
import { protectionOf } from '../../fixtures/protection.ts';
import { names, request, wants } from '../../unit/dhcp/dhcp-fixture.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';
import { bindingTo, Machine, SERVER, serviceBench } from '../dhcp/loopback.ts';
import { openBootFixture } from './boot-fixture.ts';

const NODE = '52:54:00:88:00:02';
const STRANGER = '52:54:00:99:99:99';
/** The host's reservation. */
const ADDRESS = '127.0.1.200';
const ASIDE = '127.0.1.66';
const ISO = buildIso({
  files: [
    { path: 'boot/grub.cfg', bytes: Buffer.from(`linux /vmlinuz ${TINKERBELL_PLACEHOLDER} tail\n`) },
    { path: 'vmlinuz', bytes: Buffer.from('kernel') },
  ],
}).toString('latin1');
const DASHED = NODE.replaceAll(':', '-');
const ISO_PATH = `/iso/${DASHED}/hook.iso`;

type Wire = Awaited<ReturnType<typeof wire>>;

/** HTTP and DHCP by sockets over the real boot service, evidence and inventory, with host node1. Who has an address is what DHCP and the ARP table say. */
async function wire() {
  const data = openData();
  const leases = leaseRows(data.db);
  const neighbours = new Map([
    [ADDRESS, NODE],
    [ASIDE, STRANGER],
  ]);
  const network = {
    leases: new Map<string, string>(),
    neighbours,
    routed: 'refuse' as 'refuse' | 'trust',
    prefix: '127.0.1.',
    leaseAt: leases.byIp,
  };
  const { boot, inventory, library } = openBootFixture(data, network);
  const stopEvidence = watchEvidence(data.activity, inventory);
  // Twenty times as fast as time, so that looking for other servers takes no second.
  const ticking = setInterval(() => data.clock.advance(100), 5);
  const dhcp = await serviceBench({}, { boot, db: data.db, activity: data.activity, clock: data.clock });
  await dhcp.service.start(bindingTo());
  const web = createHttpService({
    settings: Settings.parse({ dataDir: data.dataDir, bootFilesDir: '', uiDir: '', httpPort: 0 }),
    ...{ boot, activity: data.activity, ...protectionOf(data.activity), log: silentLog, clock: data.clock },
    watch: new IsoWatch(data.activity, data.clock),
    sockets: {
      udp: () => Promise.reject(new Error('HTTP opens no UDP port')),
      listen: (server) => new Promise((done) => server.listen(0, SERVER, () => done((server.address() as AddressInfo).port))),
    },
  });
  const { port } = await web.start(bindingTo());
  onTestFinished(async () => {
    clearInterval(ticking);
    await web.stop();
    stopEvidence();
    await library.close();
    data.dispose();
  });
  const file = join(mkdtempSync(join(data.dataDir, 'isos-')), 'lab.iso');
  writeFileSync(file, ISO, 'latin1');
  inventory.addConfig(ConfigInput.parse({ name: 'ks', format: 'kickstart', files: { 'ks.cfg': 'rootpw secret of {{ host.name }}\n' } }));
  await inventory.addImage(ImageInput.parse({ name: 'lab', source: { type: 'file', path: file }, bootConfigs: ['ks'] }));
  inventory.addHost(hostInput('node1', NODE, { ip: ADDRESS }));
  const machine = await Machine.at(dhcp.ports.client);
  let xid = 0;
  return {
    ...{ network, leases, inventory, clock: data.clock },
    /** What a client at this address gets. */
    get: (from: string, path: string) => ask(from, port, path),
    /** A system's DISCOVER and REQUEST; the address that it has then. */
    async leaseAsSystem(mac: string): Promise<string> {
      const offer = await machine.ask(request({ mac, xid: ++xid }), dhcp.ports.server);
      const terms = { mac, xid: ++xid, type: 'REQUEST' as const, with: [wants(offer.yiaddr), names(SERVER)] };
      return (await machine.ask(request(terms), dhcp.ports.server)).yiaddr;
    },
    decline: (mac: string, ip: string) =>
      machine.send(request({ mac, xid: ++xid, type: 'DECLINE', with: [wants(ip), names(SERVER)] }), dhcp.ports.server),
    state: () => inventory.getHost('node1').assignment?.state,
    events: () => data.activity.history({ limit: 100 }).map(({ type, host }) => `${type} ${host ?? ''}`),
  };
}

async function ask(from: string, port: number, path: string): Promise<{ status: number; text: string }> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get({ host: SERVER, port, path, localAddress: from, agent: false }, resolve).on('error', reject);
  });
  response.setEncoding('latin1');
  return { status: response.statusCode ?? 0, text: await text(response) };
}

let bench: Wire;
beforeEach(async () => {
  bench = await wire();
});

describe('b8: a stranger reads the ISO of a MAC, then leases as a system in its name', () => {
  beforeEach(() => {
    bench.inventory.assign('node1', AssignmentInput.parse({ image: 'lab', mode: 'once' }));
  });

  it.each([ISO_PATH, `${ISO_PATH}?mac=${NODE}`, `/iso/${NODE}/lab.iso?token=x`])('by %s: the assignment stays armed', async (path) => {
    expect(await bench.get(ASIDE, path)).toEqual({ status: 200, text: ISO });
    expect((await bench.get(ASIDE, `/ipxe?mac=${NODE}`)).text).not.toContain('/iso/');
    expect(await bench.leaseAsSystem(NODE)).toBe(ADDRESS);
    await bench.leaseAsSystem(STRANGER);
    expect(bench.events()).toContain('dhcp.os-lease node1');
    expect(bench.state()).toBe('armed');
  });

  it('at the address of the machine, which is off: the assignment stays armed', async () => {
    bench.network.neighbours.set(ADDRESS, STRANGER);
    expect(await bench.get(ADDRESS, ISO_PATH)).toEqual({ status: 200, text: ISO });
    await bench.leaseAsSystem(NODE);
    expect(bench.state()).toBe('armed');
  });

  it('the machine itself does the same, and it is done', async () => {
    await bench.leaseAsSystem(NODE);
    const { status, text: read } = await bench.get(ADDRESS, ISO_PATH);
    expect([status, read === ISO]).toEqual([200, false]);
    expect(bench.state()).toBe('armed');
    await bench.leaseAsSystem(NODE);
    expect(bench.state()).toBe('done');
  });
});

describe('b9: config by address alone, where a conflict over the address is known', () => {
  const config = () => bench.get(ADDRESS, '/api/v1/bootconfig');
  const row = (lease: Partial<Lease>): void => {
    const now = bench.clock.now();
    bench.leases.put({ ip: ADDRESS, mac: STRANGER, state: 'bound', startedAt: now, expiresAt: now + 3_600_000, ...lease });
  };
  const CASES: readonly (readonly [string, string, () => unknown])[] = [
    ['the conflict probe saw another machine', 'E_IDENTITY_AMBIGUOUS', () => row({ state: 'declined' })],
    ['another machine has a lease of it', 'E_IDENTITY_AMBIGUOUS', () => row({})],
    ['another machine answers for it', 'E_IDENTITY_UNKNOWN', () => bench.network.neighbours.set(ADDRESS, STRANGER)],
    ['no machine answers for it', 'E_IDENTITY_UNKNOWN', () => bench.network.neighbours.delete(ADDRESS)],
    [
      'its machine declined it, because another answers',
      'E_IDENTITY_AMBIGUOUS',
      async () => {
        await bench.leaseAsSystem(NODE);
        bench.decline(NODE, ADDRESS);
        await expect.poll(() => bench.leases.byIp(ADDRESS)?.state).toBe('declined');
        bench.network.neighbours.set(ADDRESS, STRANGER);
      },
    ],
  ];

  beforeEach(async () => {
    bench.inventory.assign('node1', AssignmentInput.parse({ image: 'lab', config: 'ks' }));
    expect(await config()).toEqual({ status: 200, text: 'rootpw secret of node1\n' });
  });

  it.each(CASES)('%s: %s', async (_name, code, happens) => {
    await happens();
    const { status, text: said } = await config();
    expect(status).toBeGreaterThanOrEqual(400);
    expect(said).toContain(code);
    expect(said).not.toContain('secret');
  });

  it('also where machines behind routers are trusted by their address', async () => {
    bench.network.routed = 'trust';
    bench.network.neighbours.set(ADDRESS, STRANGER);
    expect((await config()).status).toBe(200);
    row({ state: 'declined', mac: NODE });
    expect(await config()).toMatchObject({ text: expect.stringContaining('E_IDENTITY_AMBIGUOUS') as string });
  });

  it('a quarantine that is over identifies the machine again', async () => {
    row({ state: 'declined' });
    expect((await config()).status).toBeGreaterThanOrEqual(400);
    row({ state: 'declined', expiresAt: bench.clock.now() - 1 });
    expect(await config()).toEqual({ status: 200, text: 'rootpw secret of node1\n' });
  });
});
