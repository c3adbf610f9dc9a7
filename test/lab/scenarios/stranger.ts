import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../../contract/inventory.ts';
import { startAppliance, type Appliance } from '../appliance.ts';
import { Dhclient } from '../dhclient.ts';
import { PLACEHOLDER } from '../iso.ts';
import { cable, NODE, type Namespace } from '../namespace.ts';
import { mustRun, pause } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const SERVER = '192.168.90.1';
const POOL = '192.168.90.100-192.168.90.120';
const OWN = '52:54:00:90:00:01';
const THIEF = '52:54:00:90:00:99';
/** The host's reservation. */
const ADDRESS = '192.168.90.50';
/** The stranger's own address, where it does not take another. */
const ASIDE = '192.168.90.66';
const SECRET = 'root-password-of-node-1';
const ARGUMENT = 'only.here=node-1';
const DASHED = OWN.replaceAll(':', '-');

const FORGED = join(import.meta.dirname, '../forged-dhcp.ts');

export interface Wire {
  readonly appliance: Appliance;
  readonly laptop: Namespace;
  readonly machine: Namespace;
  readonly stranger: Namespace;
  readonly dhclient: Dhclient;
}

/** An appliance on a bridge, a machine that is host node-1, and a second machine that is not. */
async function setUp(lab: Lab, args: readonly string[], ip: readonly string[]): Promise<Wire> {
  const [laptop, machine, stranger] = [await lab.namespace('st-l'), await lab.namespace('st-m'), await lab.namespace('st-s')];
  await laptop.bridge('lab0', `${SERVER}/24`);
  await cable({ ns: laptop, dev: 'to-machine', bridge: 'lab0' }, { ns: machine, dev: 'eth0', mac: OWN });
  await cable({ ns: laptop, dev: 'to-stranger', bridge: 'lab0' }, { ns: stranger, dev: 'eth0', mac: THIEF, address: `${ASIDE}/24` });
  const appliance = lab.use(await startAppliance(laptop, { dataDir: join(lab.dir, 'data'), args: ['--nic', 'lab0', ...args] }));
  await fillInventory(lab, appliance, ip);
  return { appliance, laptop, machine, stranger, dhclient: new Dhclient(machine, join(lab.dir, 'dhclient')) };
}

async function fillInventory(lab: Lab, appliance: Appliance, ip: readonly string[]): Promise<void> {
  const tree = join(lab.dir, 'tree');
  mkdirSync(join(tree, 'EFI/BOOT'), { recursive: true });
  writeFileSync(join(tree, 'EFI/BOOT/grub.cfg'), `linux /vmlinuz ${PLACEHOLDER}\n`);
  writeFileSync(join(tree, 'efi.img'), Buffer.alloc(2048));
  writeFileSync(join(lab.dir, 'ks.cfg'), `rootpw ${SECRET}\n`);
  const iso = join(lab.dir, 'lab.iso');
  await mustRun(['xorriso', '-as', 'mkisofs', '-quiet', '-r', '-J', '-V', 'STRANGER', '-e', 'efi.img', '-no-emul-boot', '-o', iso, tree]);
  await appliance.must('config', 'add', 'ks', '--format', 'kickstart', join(lab.dir, 'ks.cfg'));
  await appliance.must('image', 'add', iso, '--name', 'lab', '--configs', 'ks');
  await appliance.must('host', 'add', 'node-1', '--mac', OWN, ...ip);
  await appliance.must('assign', 'node-1', '--image', 'lab', '--config', 'ks', '--args', ARGUMENT, '--once');
}

/** Every route of docs/ports.md that could give something of node-1 away, by a machine that does not have the token. */
const ROUTES: readonly string[] = [
  `ipxe?mac=${OWN}`,
  `ipxe?mac=${DASHED}&asked=1`,
  `ipxe?mac=${OWN.toUpperCase()}&uuid=5ac1f5d2-0000-4000-8000-000000000001&serial=FORGED`,
  `ipxe?mac=${THIEF}&mac=${OWN}`,
  `ipxe?mac=${OWN}&ip=${ADDRESS}&wait=3`,
  `ipxe/script/${OWN}/auto.ipxe`,
  `//ipxe/script/${DASHED}/auto.ipxe`,
  `${DASHED}/autoexec.ipxe`,
  'boot/autoexec.ipxe',
  `iso/${DASHED}/hook.iso`,
  `iso/${OWN}/lab.iso`,
  `iso/${DASHED}/hook.iso?sourceISO=lab`,
  `iso/${DASHED}/${'0'.repeat(32)}/lab.iso`,
  `iso-files/${DASHED}/${'0'.repeat(32)}/ks.cfg`,
  `config/${'0'.repeat(32)}/ks.cfg`,
  'api/v1/bootconfig',
  'api/v1/bootconfig/ks.cfg',
  `api/v1/bootconfig?mac=${OWN}`,
];
/** Headers of proxies, which any client can write. */
const HEADERS = [`X-Forwarded-For: ${ADDRESS}`, `X-Real-IP: ${ADDRESS}`, `Forwarded: for=${ADDRESS}`, `X-Remote-MAC: ${OWN}`].flatMap(
  (header) => ['-H', header],
);

/** What came of asking for everything, with phone-home last. */
async function ask(lab: Lab, ns: Namespace, label: string, connectSeconds = 8): Promise<string> {
  const out = join(lab.dir, `${label.replaceAll(' ', '-')}.answers`);
  const curl = ['curl', '-sS', '--max-time', '8', '--connect-timeout', `${connectSeconds}`, '-w', '\\nstatus=%{http_code}\\n'];
  const urls = ROUTES.flatMap((path) => [`http://${SERVER}:7080/${path}`]);
  const tftp = ['autoexec.ipxe', `${DASHED}/autoexec.ipxe`].map(
    (name) => `timeout ${connectSeconds} tftp ${SERVER} -m binary -c get ${name} "$0.tftp"; cat "$0.tftp";`,
  );
  const script = `exec > "$0" 2>&1; "$@"; ${tftp.join(' ')} curl -sS --max-time ${connectSeconds} -X POST -w 'phone-home=%{http_code}' http://${SERVER}:7080/api/v1/boot-complete`;
  await ns.exec(['sh', '-c', script, out, ...curl, ...HEADERS, ...urls], { timeoutMs: 200_000 });
  return readFileSync(out, 'latin1');
}

const TOKEN = /\/iso\/[0-9a-f-]{17}\/([0-9a-f]{32})\//;

/** Not a byte of the host's own. */
async function expectNothing(lab: Lab, ns: Namespace, label: string, secrets: readonly string[], connectSeconds?: number): Promise<void> {
  const got = await ask(lab, ns, label, connectSeconds);
  for (const secret of [SECRET, ARGUMENT, ...secrets]) expectThat(!got.includes(secret), `${label}: the stranger was given ${secret}`);
  expectThat(!TOKEN.test(got), `${label}: the stranger was given a token`);
  expectThat(!got.includes('phone-home=204'), `${label}: the stranger phoned home in the host’s name`);
  lab.fact(label, `${got.split('status=200').length - 1} of ${ROUTES.length} routes answered 200, nothing of node-1`);
}

/** The token that the machine itself is given. */
async function scriptToken(machine: Namespace): Promise<string> {
  const script = await machine.must(['curl', '-sS', '--fail', '--max-time', '8', `http://${SERVER}:7080/ipxe?mac=${OWN}`]);
  const token = TOKEN.exec(script)?.[1];
  expectThat(token !== undefined, `the machine itself got no token: ${script}`);
  return token;
}

/** Everything that is the host's, to the machine itself: script, patched ISO by both URLs, config by both, phone-home. */
async function expectAll(lab: Lab, machine: Namespace, label: string): Promise<void> {
  const token = await scriptToken(machine);
  const base = `http://${SERVER}:7080`;
  const get = (path: string): Promise<string> =>
    machine.must(['sh', '-c', 'curl -sS --fail --max-time 8 "$1" | tr -cd "[:print:]"', 'sh', `${base}/${path}`]);
  for (const path of [`iso/${DASHED}/hook.iso`, `iso/${DASHED}/${token}/lab.iso`])
    expectThat((await get(path)).includes(ARGUMENT), `${label}: the machine itself got an unpatched ISO by ${path}`);
  for (const path of ['api/v1/bootconfig', `config/${token}/ks.cfg`])
    expectThat((await get(path)).includes(SECRET), `${label}: the machine itself got no config by ${path}`);
  await machine.must(['curl', '-sS', '--fail', '--max-time', '8', '-X', 'POST', `${base}/api/v1/boot-complete`]);
  lab.say(`${label}: the machine itself gets everything`);
}

async function expectArmed(appliance: Appliance, when: string): Promise<void> {
  const { assignment } = await appliance.json<Host>('host', 'show', 'node-1');
  expectThat(assignment?.state === 'armed', `${when}: the assignment is ${assignment?.state ?? 'gone'}`);
}

/** The stranger's NIC with these addresses and this MAC; the neighbour table of the laptop forgets what it knew. */
async function wear({ stranger, laptop }: Wire, mac: string, ...addresses: string[]): Promise<void> {
  await stranger.ip('link', 'set', 'eth0', 'down');
  await stranger.ip('addr', 'flush', 'dev', 'eth0');
  await stranger.ip('link', 'set', 'eth0', 'address', mac, 'up');
  for (const address of addresses) await stranger.ip('addr', 'add', `${address}/24`, 'dev', 'eth0');
  await laptop.ip('neigh', 'flush', 'dev', 'lab0');
}

const forge = ({ stranger }: Wire, ...words: string[]): Promise<string> => stranger.must([NODE, FORGED, ...words]);

async function full(lab: Lab): Promise<void> {
  const wire = await setUp(lab, ['--dhcp', 'full', '--pool', POOL, '--allow-source-iso', SERVER], ['--ip', ADDRESS]);
  const { appliance, machine, stranger, dhclient } = wire;
  await expectNothing(lab, stranger, 'an address of its own', []);
  const said = (await appliance.events()).find(({ type, host }) => type === 'script.refused' && host === 'node-1');
  expectThat(said?.message.includes(THIEF) === true, `no event says who was refused: ${said?.message ?? 'none'}`);
  expectThat((await dhclient.lease(OWN)) === ADDRESS, 'the machine did not get its reservation');
  const secrets = [await scriptToken(machine)];

  const asked = await forge(wire, 'REQUEST', THIEF, ADDRESS, SERVER);
  expectThat(!asked.includes(`ACK ${ADDRESS}`), 'the stranger leased the host’s reservation');
  await wear(wire, THIEF, ADDRESS);
  await expectNothing(lab, stranger, 'the address of the machine while it is on', secrets);
  await dhclient.crash();
  await machine.ip('link', 'set', 'eth0', 'down');
  await expectNothing(lab, stranger, 'the address of the machine while it is off', secrets);
  await forge(wire, 'REQUEST', OWN, ADDRESS, SERVER);
  await expectNothing(lab, stranger, 'a lease in the name of the machine', secrets);
  await forge(wire, 'REQUEST', OWN, ADDRESS, SERVER, ADDRESS);
  await expectNothing(lab, stranger, 'a lease in its name through a relay that it pretends to be', secrets);
  await forge(wire, 'RELEASE', OWN, ADDRESS, SERVER);
  await forge(wire, 'REQUEST', THIEF, ADDRESS, SERVER);
  await expectNothing(lab, stranger, 'its lease released', secrets);
  await forge(wire, 'REQUEST', OWN, ADDRESS, SERVER);
  await forge(wire, 'DECLINE', OWN, ADDRESS, SERVER);
  await expectNothing(lab, stranger, 'its lease declined', secrets);
  await expectArmed(appliance, 'b8: the stranger read the ISO and leased as a system in the name of the machine');

  await wear(wire, THIEF, ASIDE);
  await machine.ip('link', 'set', 'eth0', 'up');
  const later = await dhclient.lease(OWN);
  lab.fact('address of the machine after all that', later);
  await expectAll(lab, machine, 'full');
  const state = (await appliance.json<Host>('host', 'show', 'node-1')).assignment?.state;
  expectThat(state === 'done', `the machine read its ISO and phoned home, and its assignment is ${state ?? 'gone'}`);
  await whatRemains(lab, wire);
}

/** docs/security.md, "Who asks": a machine that wears the host's MAC is the host, for anybody on the wire. */
async function whatRemains(lab: Lab, wire: Wire): Promise<void> {
  await wire.appliance.must('assign', 'node-1', '--image', 'lab', '--config', 'ks', '--args', ARGUMENT, '--once');
  await wire.dhclient.crash();
  await wire.machine.ip('link', 'set', 'eth0', 'down');
  await wear(wire, OWN);
  const thief = new Dhclient(wire.stranger, join(lab.dir, 'thief'));
  lab.fact('what remains', `with a forged MAC the stranger leases ${await thief.lease(OWN)} and gets the script with the token`);
  await scriptToken(wire.stranger);
  await thief.crash();
}

const DNSMASQ = ['--no-daemon', '--conf-file=/dev/null', '--port=0', '--leasefile-ro', '--pid-file=', '--user=root'];

async function proxy(lab: Lab): Promise<void> {
  const wire = await setUp(lab, ['--dhcp', 'proxy'], []);
  const { laptop, machine, stranger, dhclient } = wire;
  const site = await lab.namespace('st-site');
  await cable({ ns: laptop, dev: 'to-site', bridge: 'lab0' }, { ns: site, dev: 'eth0', address: '192.168.90.2/24' });
  await site
    .spawn(['dnsmasq', ...DNSMASQ, '--interface=eth0', '--bind-interfaces', '--dhcp-range=192.168.90.150,192.168.90.160'])
    .waitFor(/DHCP, IP range/, 10_000);
  await expectNothing(lab, stranger, 'proxy: an address of its own', []);
  const address = await dhclient.lease(OWN);
  const token = await scriptToken(machine);
  await dhclient.crash();
  await machine.ip('link', 'set', 'eth0', 'down');
  await wear(wire, THIEF, address);
  await expectNothing(lab, stranger, 'proxy: the address of the machine', [token]);
  await expectArmed(wire.appliance, 'proxy');
  await wear(wire, THIEF, ASIDE);
  await machine.ip('link', 'set', 'eth0', 'up');
  await dhclient.lease(OWN);
  await expectAll(lab, machine, 'proxy');
}

const FAR_ROUTER = '10.0.90.1';
const FAR = '10.0.90.50';

/** The machine is in another network, behind a router that relays DHCP; there is a stranger in each network. */
async function relay(lab: Lab): Promise<void> {
  const wire = await setUp(lab, ['--dhcp', 'full', '--pool', POOL], ['--ip', FAR]);
  const { appliance, laptop, machine, stranger, dhclient } = wire;
  await appliance.must('host', 'set', 'node-1', 'netmask=255.255.255.0', `gateway=${FAR_ROUTER}`);
  const [router, neighbour] = [await lab.namespace('st-router'), await lab.namespace('st-neighbour')];
  await laptop.ip('link', 'del', 'to-machine');
  await router.bridge('far0', `${FAR_ROUTER}/24`, '02:bb:00:00:00:02');
  await cable({ ns: laptop, dev: 'to-router', bridge: 'lab0' }, { ns: router, dev: 'near', address: '192.168.90.254/24' });
  await cable({ ns: router, dev: 'to-machine', bridge: 'far0' }, { ns: machine, dev: 'eth0', mac: OWN });
  await cable({ ns: router, dev: 'to-near', bridge: 'far0' }, { ns: neighbour, dev: 'eth0', address: '10.0.90.66/24' });
  await router.sysctl('net.ipv4.ip_forward', '1');
  await neighbour.ip('route', 'add', 'default', 'via', FAR_ROUTER);
  await laptop.ip('route', 'add', '10.0.90.0/24', 'via', '192.168.90.254');
  router.spawn(['dnsmasq', ...DNSMASQ, `--dhcp-relay=${FAR_ROUTER},${SERVER}`]);
  await pause(500);

  expectThat((await dhclient.lease(OWN)) === FAR, 'the machine did not get its reservation through the relay');
  await machine.ip('route', 'replace', 'default', 'via', FAR_ROUTER);
  const token = await scriptToken(machine);
  await expectNothing(lab, stranger, 'relay: a stranger on Bootbench’s wire', [token]);
  await wear(wire, THIEF, FAR);
  await stranger.ip('route', 'add', SERVER, 'dev', 'eth0');
  // Answers to that address leave through the router, so it does not even connect.
  await expectNothing(lab, stranger, 'relay: the address of the machine, on Bootbench’s wire', [token], 1);
  await expectNothing(lab, neighbour, 'relay: a stranger next to the machine', [token]);
  await expectArmed(appliance, 'relay');
  await expectAll(lab, machine, 'relay');
  // Linux takes an address without a route for one on the bound port's wire, so the stranger is answered.
  await laptop.ip('route', 'del', '10.0.90.0/24');
  await expectNothing(lab, stranger, 'relay: the address of the machine, without a route to it', [token]);
}

const NEEDS = ['root', 'appliance', 'iso-tools', 'curl', 'tftp-hpa', 'dhclient'] as const;

export const strangers: readonly Scenario[] = [
  {
    name: 'stranger-full',
    title:
      'b1, b8, b9: a second machine on the wire gets nothing of a host, whatever it forges except the MAC; the host itself gets everything',
    tier: 'ci',
    needs: NEEDS,
    run: full,
  },
  {
    name: 'stranger-proxy',
    title: 'b1: the same next to the site’s own DHCP server',
    tier: 'ci',
    needs: [...NEEDS, 'dnsmasq'],
    run: proxy,
  },
  {
    name: 'stranger-relay',
    title: 'b1: a host behind a relay gets everything, and machines on both sides of the router get nothing',
    tier: 'ci',
    needs: [...NEEDS, 'dnsmasq'],
    run: relay,
  },
];
