import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PreflightCheck } from '../../../contract/appliance.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';
import { sha256Of, startAppliance, type Appliance } from '../appliance.ts';
import { cable, type Namespace } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

/** The boot network, and a second subnet on the same cable, behind whose machine is a third. */
const LAB = '192.168.50.1';
const LAB_SECOND = '172.16.9.1';
const NEAR_BMC = '172.16.9.5';
const FAR_BMC = '10.7.0.5';
/** A network of BMCs on a port of its own. */
const ASIDE = '10.0.0.1';
const ASIDE_BMC = '10.0.0.5';

const HOSTS = { near: NEAR_BMC, far: FAR_BMC, aside: ASIDE_BMC } as const;
type Name = keyof typeof HOSTS;

interface Place {
  readonly laptop: Namespace;
  /** Where the BMCs near and far are. */
  readonly lan: Namespace;
  readonly aside: Namespace;
}

async function makePlace(lab: Lab): Promise<Place> {
  const [laptop, lan, aside] = [await lab.namespace('laptop'), await lab.namespace('lan'), await lab.namespace('aside')];
  await cable({ ns: laptop, dev: 'lab0', address: `${LAB}/24` }, { ns: lan, dev: 'eth0', address: `${NEAR_BMC}/24` });
  await laptop.ip('addr', 'add', `${LAB_SECOND}/24`, 'dev', 'lab0');
  await lan.ip('addr', 'add', `${FAR_BMC}/32`, 'dev', 'lo');
  await laptop.ip('route', 'add', '10.7.0.0/24', 'via', NEAR_BMC);
  await cable({ ns: laptop, dev: 'bmc0', address: `${ASIDE}/24` }, { ns: aside, dev: 'eth0', address: `${ASIDE_BMC}/24` });
  return { laptop, lan, aside };
}

function start(lab: Lab, { laptop }: Place, ...more: string[]): Promise<Appliance> {
  const args = ['--nic', 'lab0', '--dhcp', 'off', '--https-port', '7443', ...more];
  return startAppliance(laptop, { dataDir: join(lab.dir, 'data'), args });
}

async function addHosts(lab: Lab, appliance: Appliance): Promise<void> {
  const iso = join(lab.dir, 'lab.iso');
  writeFileSync(iso, buildIso({ files: [{ path: 'boot/kernel', bytes: Buffer.alloc(3_000_001, 'kernel') }] }));
  await appliance.must('image', 'add', iso, '--name', 'lab');
  for (const [at, [name, address]] of Object.entries(HOSTS).entries()) {
    await appliance.must('host', 'add', name, '--mac', `52:54:00:50:00:0${at}`, '--bmc', `redfish://${address}`);
    await appliance.must('assign', name, '--image', 'lab');
  }
}

async function mediaUrl(appliance: Appliance, name: Name): Promise<URL> {
  const { url } = await appliance.json<{ url: string }>('media', name, 'url');
  return new URL(url);
}

async function checkOf(appliance: Appliance, id: string): Promise<PreflightCheck> {
  const found = (await appliance.json<PreflightCheck[]>('preflight')).find((check) => check.id === id);
  expectThat(found !== undefined, `the preflight says nothing of ${id}`);
  return found;
}

/** Without --bmc-nic, nothing listens on the BMCs' own network, and the preflight says so. */
async function shutAside(lab: Lab, place: Place): Promise<void> {
  const appliance = await start(lab, place);
  try {
    await addHosts(lab, appliance);
    expectThat((await mediaUrl(appliance, 'aside')).hostname === LAB, 'the URL of a BMC that is not served has another address');
    const { state, message: sentence, fix } = await checkOf(appliance, 'bmc-aside');
    expectThat(state === 'warning' && (fix?.message ?? '').includes('--bmc-nic bmc0'), `the preflight says: ${sentence}`);
    const { code } = await place.aside.exec(['curl', '-sS', '-m', '2', `http://${ASIDE}:7080/healthz`]);
    expectThat(code !== 0, 'bmc0 is served without being asked for');
  } finally {
    await appliance.stop();
  }
}

async function addressesAreRight(lab: Lab, appliance: Appliance): Promise<Record<Name, URL>> {
  const expected: Record<Name, string> = { near: LAB_SECOND, far: LAB_SECOND, aside: ASIDE };
  const urls = {
    near: await mediaUrl(appliance, 'near'),
    far: await mediaUrl(appliance, 'far'),
    aside: await mediaUrl(appliance, 'aside'),
  };
  for (const name of ['near', 'far', 'aside'] as const) {
    expectThat(urls[name].host === `${expected[name]}:7080`, `${name} gets ${urls[name].href}`);
    const { state, subject, message } = await checkOf(appliance, `bmc-${name}`);
    expectThat(state === 'ok' && subject === `http://${expected[name]}:7080`, `the preflight says: ${message}`);
    lab.fact(name, urls[name].host);
  }
  return urls;
}

/** The whole ISO by each client, from where the BMC is. Over TLS they trust the authority and nothing else. */
const CLIENTS: Record<string, (url: string, out: string, dir: string) => string[]> = {
  curl: (url, out, dir) => ['curl', '-sS', '--fail', '--cacert', join(dir, 'ca.pem'), '-o', out, url],
  nbdkit: (url, out, dir) => [
    'nbdkit',
    '-U',
    '-',
    'curl',
    `url=${url}`,
    `cainfo=${join(dir, 'ca.pem')}`,
    '--run',
    `nbdcopy "$uri" '${out}'`,
  ],
};

async function readsAll(lab: Lab, ns: Namespace, url: URL, label: string, expected?: string): Promise<string> {
  let first = expected;
  for (const [name, command] of Object.entries(CLIENTS)) {
    const out = join(lab.dir, `${label}-${name}.iso`);
    await ns.must(command(url.href, out, lab.dir), { timeoutMs: 30_000 });
    const got = await sha256Of(out);
    first ??= got;
    expectThat(got === first, `${name} read other bytes of ${url.href}`);
  }
  return first ?? '';
}

/** Debian's httpfs2 has no TLS; a BMC that uses it mounts over http. */
async function httpfs2Reads(lab: Lab, ns: Namespace, url: URL, expected: string): Promise<void> {
  const out = join(lab.dir, 'httpfs2.iso');
  const script =
    'mkdir -p "$3/mnt"; httpfs2 -c "$3/httpfs2.log" "$1" "$3/mnt"; code=0; cp "$3"/mnt/*.iso "$2" || code=$?; umount "$3/mnt"; exit $code';
  await ns.must(['sh', '-ec', script, 'sh', url.href, out, lab.dir], { timeoutMs: 30_000 });
  expectThat((await sha256Of(out)) === expected, 'httpfs2 read other bytes');
}

/** The other port serves ISOs, and nothing else. */
async function onlyIsosAside(ns: Namespace, scheme: string, ca: string): Promise<void> {
  const base = scheme === 'https' ? `https://${ASIDE}:7443` : `http://${ASIDE}:7080`;
  for (const path of ['healthz', 'ipxe?mac=52:54:00:50:00:00', 'boot/ipxe.efi', 'api/v1/bootconfig', 'bootbench-ca.pem']) {
    const status = (await ns.must(['curl', '-sS', '--cacert', ca, '-o', '/dev/null', '-w', '%{http_code}', `${base}/${path}`])).trim();
    expectThat(status === '404', `${base}/${path} answers ${status}`);
  }
}

/** b1: who wears a machine's address on the BMCs' network is not that machine, whatever MAC the boot port's network has behind it. */
async function addressAsideProvesNothing({ lan, aside }: Place, appliance: Appliance): Promise<void> {
  const address = '192.168.50.7';
  const mac = (await lan.must(['cat', '/sys/class/net/eth0/address'])).trim();
  await appliance.must('host', 'add', 'worn', '--mac', mac);
  await appliance.must('assign', 'worn', '--image', 'lab');
  const read = (ns: Namespace, base: string): Promise<string> =>
    ns.must(['curl', '-sS', '--fail', '-m', '8', '--interface', address, '-o', '/dev/null', `${base}/iso/${mac}/hook.iso`]);
  await lan.ip('addr', 'add', `${address}/24`, 'dev', 'eth0');
  await lan.must(['curl', '-sS', '--fail', '--interface', address, `http://${LAB}:7080/healthz`]);
  await aside.ip('addr', 'add', `${address}/32`, 'dev', 'eth0');
  await read(aside, `http://${ASIDE}:7080`);
  const refused = await appliance.waitForEvent(
    ({ type, ip }) => type === 'iso.refused' && ip === address,
    'it was said that it is a stranger',
  );
  expectThat(refused.message.includes('port for BMCs'), `the event says: ${refused.message}`);
  const opened = (await appliance.events()).some(({ type, host }) => type === 'iso.opened' && host === 'worn');
  expectThat(!opened, 'a machine on the BMCs’ network read the ISO in the name of a machine of the boot network');
  await read(lan, `http://${LAB}:7080`);
  await appliance.waitForEvent(({ type, host }) => type === 'iso.opened' && host === 'worn', 'the machine itself reads its ISO');
}

/** A BMC that takes https only. */
async function overTls(lab: Lab, place: Place, appliance: Appliance, expected: string): Promise<void> {
  for (const [name, ns, address] of [['aside', place.aside, ASIDE] as const, ['near', place.lan, LAB_SECOND] as const]) {
    await appliance.must('host', 'set', name, 'bmcUrlScheme=https');
    const url = await mediaUrl(appliance, name);
    expectThat(url.origin === `https://${address}:7443`, `${name} gets ${url.href}`);
    await readsAll(lab, ns, url, `${name}-https`, name === 'aside' ? expected : undefined);
    const refused = await ns.exec(['curl', '-sS', '-o', '/dev/null', '--cacert', '/etc/ssl/certs/ca-certificates.crt', url.href]);
    expectThat(refused.code === 60, `a client without Bootbench’s authority ends with ${refused.code}`);
  }
  await onlyIsosAside(place.aside, 'https', join(lab.dir, 'ca.pem'));
}

/** The BMCs' port goes and comes back. */
async function followsItsPort({ laptop, aside }: Place, appliance: Appliance, url: URL): Promise<void> {
  await laptop.down('bmc0');
  await until(async () => (await checkOf(appliance, 'iso-http-bmc0')).state === 'failed', 'the loss of bmc0 was not noticed');
  await laptop.up('bmc0');
  await until(async () => (await checkOf(appliance, 'iso-http-bmc0')).state === 'ok', 'bmc0 is not served again');
  await aside.must(['curl', '-sS', '--fail', '-o', '/dev/null', '-r', '0-99', url.href]);
}

async function until(holds: () => Promise<boolean>, message: string): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) expectThat(tries < 20, message);
}

async function run(lab: Lab): Promise<void> {
  const place = await makePlace(lab);
  await shutAside(lab, place);
  const appliance = lab.use(await start(lab, place, '--bmc-nic', 'bmc0'));
  const urls = await addressesAreRight(lab, appliance);
  await place.lan.must(['curl', '-sS', '--fail', '-o', join(lab.dir, 'ca.pem'), `http://${LAB_SECOND}:7080/bootbench-ca.pem`]);
  const sha256 = await readsAll(lab, place.aside, urls.aside, 'aside-http');
  await httpfs2Reads(lab, place.aside, urls.aside, sha256);
  await place.lan.must(['curl', '-sS', '--fail', '--interface', FAR_BMC, '-o', '/dev/null', urls.far.href]);
  await onlyIsosAside(place.aside, 'http', join(lab.dir, 'ca.pem'));
  await appliance.waitForEvent(
    ({ type, host, ip }) => type === 'iso.opened' && host === 'far' && ip === FAR_BMC,
    'far’s BMC started reading',
  );
  await addressAsideProvesNothing(place, appliance);
  await overTls(lab, place, appliance, sha256);
  await followsItsPort(place, appliance, urls.aside);
}

export const bmcReach: Scenario = {
  name: 'bmc-reach',
  title: 'BMCs in other subnets and on another network port get the address of the route to them, over http and TLS, and nothing but ISOs',
  tier: 'ci',
  needs: ['root', 'appliance', 'curl', 'httpfs2', 'nbdkit'],
  run,
};
