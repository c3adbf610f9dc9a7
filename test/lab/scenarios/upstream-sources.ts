import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAppliance, type Appliance } from '../appliance.ts';
import { PLACEHOLDER } from '../iso.ts';
import { cable, type Namespace } from '../namespace.ts';
import { Nginx } from '../nginx.ts';
import { mustRun } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const SERVER = '192.168.71.1';
const CLIENT = '192.168.71.2';
const MAC = '52:54:00:71:00:02';
const PORT = 8090;
const NAMES = ['query', 'interface', 'assigned', 'default', 'secret'];

/** A folder with an ISO of each name; the text of each says which it is. */
async function makeIsos(lab: Lab): Promise<string> {
  const root = join(lab.dir, 'www');
  mkdirSync(root);
  for (const name of NAMES) {
    const tree = join(lab.dir, `tree-${name}`);
    mkdirSync(join(tree, 'EFI/BOOT'), { recursive: true });
    writeFileSync(join(tree, 'EFI/BOOT/grub.cfg'), `# this is ${name}\nlinux /vmlinuz ${PLACEHOLDER}\n`);
    await mustRun(['xorriso', '-as', 'mkisofs', '-quiet', '-r', '-J', '-V', name.toUpperCase(), '-o', join(root, `${name}.iso`), tree]);
  }
  return root;
}

interface World {
  readonly appliance: Appliance;
  readonly client: Namespace;
  /** On the appliance's own loopback: what a redirect from the listed server must not reach. */
  readonly own: Nginx;
  readonly listed: Nginx;
}

async function setUp(lab: Lab): Promise<World> {
  const root = await makeIsos(lab);
  const [laptop, client] = [await lab.namespace('laptop'), await lab.namespace('client')];
  await cable({ ns: laptop, dev: 'lab0', address: `${SERVER}/24` }, { ns: client, dev: 'eth0', mac: MAC, address: `${CLIENT}/24` });
  const own = lab.use(new Nginx(laptop, { root, dir: join(lab.dir, 'own'), port: PORT }));
  const redirects = {
    '/to-loopback.iso': `http://127.0.0.1:${PORT}/secret.iso`,
    '/to-metadata.iso': 'http://169.254.169.254/latest',
    '/to-file.iso': 'file:///etc/passwd',
    '/to-itself.iso': '/query.iso?signature=a%2Fb',
  };
  const listed = lab.use(new Nginx(client, { root, dir: join(lab.dir, 'listed'), port: PORT, address: CLIENT, redirects }));
  await own.start();
  await listed.start();
  const args = ['--nic', 'lab0', '--dhcp', 'off', '--allow-source-iso', CLIENT, '--iso-upstream-url', `${own.url}/default.iso`];
  const appliance = lab.use(await startAppliance(laptop, { dataDir: join(lab.dir, 'data'), args }));
  await appliance.must('host', 'add', 'node-1', '--mac', MAC, '--ip', CLIENT);
  return { appliance, client, own, listed };
}

/** Status and text of the machine's ISO by the URL without a token. */
async function read({ appliance, client }: World, query = ''): Promise<{ status: number; says: string }> {
  const url = `${appliance.ready.boot}/iso/${MAC.replaceAll(':', '-')}/hook.iso${query === '' ? '' : `?sourceISO=${encodeURIComponent(query)}`}`;
  const text = await client.must(['sh', '-c', 'curl -sS -w "\\nstatus=%{http_code}\\n" "$1" | tr -cd "[:print:]\\n"', 'sh', url]);
  const says = /this is (\w+)/.exec(text)?.[1] ?? /E_\w+/.exec(text)?.[0] ?? 'nothing';
  return { status: Number(/status=(\d+)/.exec(text)?.[1]), says };
}

async function expectRead(world: World, query: string | undefined, status: number, says: string): Promise<void> {
  const got = await read(world, query);
  expectThat(got.status === status && got.says === says, `${query ?? 'no query'} gives ${got.status} ${got.says}, not ${status} ${says}`);
}

async function run(lab: Lab): Promise<void> {
  const world = await setUp(lab);
  const { appliance, listed, own } = world;
  await expectRead(world, undefined, 200, 'default');
  await appliance.must('image', 'add', `${own.url}/assigned.iso`, '--name', 'assigned');
  await appliance.must('assign', 'node-1', '--image', 'assigned', '--always');
  await expectRead(world, undefined, 200, 'assigned');
  await appliance.must('host', 'set', 'node-1', `sourceISO=${own.url}/interface.iso`);
  await appliance.must('assign', 'node-1', '--image', 'assigned', '--always', '--args', 'a.new=view');
  await expectRead(world, undefined, 200, 'interface');
  await expectRead(world, `${listed.url}/query.iso`, 200, 'query');
  await expectRead(world, `${listed.url}/to-itself.iso`, 200, 'query');
  await expectRead(world, 'assigned', 200, 'assigned');

  for (const url of ['ftp://192.168.71.2/query.iso', 'not-a-valid-url']) await expectRead(world, url, 400, 'E_SOURCE_URL');
  const refused = ['to-loopback', 'to-metadata', 'to-file'].map((name) => `${listed.url}/${name}.iso`);
  for (const url of [...refused, `${own.url}/secret.iso`, 'http://192.168.71.9/x.iso'])
    await expectRead(world, url, 403, 'E_SOURCE_FORBIDDEN');
  const secrets = own.requests().filter(({ path }) => path.includes('secret'));
  expectThat(secrets.length === 0, 'the appliance’s own loopback was asked for what a redirect or a query named');
  const signed = listed.requests().filter(({ path }) => path === '/query.iso?signature=a%2Fb');
  expectThat(signed.length > 0, 'the query of the redirect’s target was lost');
}

export const upstreamSources: Scenario = {
  name: 'upstream-sources',
  title: 'Query before interface before assignment before default; ftp and garbage are 400; a listed server cannot redirect to loopback.',
  tier: 'ci',
  needs: ['root', 'appliance', 'iso-tools', 'curl', 'nginx'],
  run,
};
