import { createCipheriv } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Of, startAppliance, type Appliance } from '../appliance.ts';
import { PLACEHOLDER } from '../iso.ts';
import { cable, type Namespace } from '../namespace.ts';
import { mustRun } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const SERVER = '192.168.70.1';
const CLIENT = '192.168.70.2';
const MAC = '52:54:00:70:00:02';
const SECONDS = { timeoutMs: 90_000 };

/** Kilobytes that are not a multiple of any client's read size. */
const BIG_FILE = 20 * 1024 * 1024 + 12_345;

/** An ISO with the placeholder on two kernel lines, between files that compress to nothing less. */
async function makeIso(lab: Lab): Promise<string> {
  const tree = join(lab.dir, 'tree');
  mkdirSync(join(tree, 'EFI/BOOT'), { recursive: true });
  const entry = (name: string): string => `menuentry "${name}" {\n  linux /vmlinuz ${PLACEHOLDER} text\n  initrd /initrd.img\n}\n`;
  writeFileSync(join(tree, 'EFI/BOOT/grub.cfg'), `set timeout=0\n${entry('one')}${entry('two')}`);
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, 2));
  writeFileSync(join(tree, 'initrd.img'), stream.update(Buffer.alloc(BIG_FILE)));
  writeFileSync(join(tree, 'vmlinuz'), stream.update(Buffer.alloc(3_000_001)));
  // No machine boots it, but only an ISO that could be booted gets a script.
  writeFileSync(join(tree, 'efi.img'), Buffer.alloc(2048));
  const iso = join(lab.dir, 'lab.iso');
  const boot = ['-e', 'efi.img', '-no-emul-boot'];
  await mustRun(['xorriso', '-as', 'mkisofs', '-quiet', '-r', '-J', '-V', 'HTTP_CLIENTS', ...boot, '-o', iso, tree]);
  return iso;
}

interface Setup {
  readonly appliance: Appliance;
  readonly client: Namespace;
  readonly iso: string;
  readonly url: string;
}

async function setUp(lab: Lab): Promise<Setup> {
  const iso = await makeIso(lab);
  const [laptop, client] = [await lab.namespace('laptop'), await lab.namespace('client')];
  await cable({ ns: laptop, dev: 'lab0', address: `${SERVER}/24` }, { ns: client, dev: 'eth0', mac: MAC, address: `${CLIENT}/24` });
  const appliance = lab.use(await startAppliance(laptop, { dataDir: join(lab.dir, 'data'), args: ['--nic', 'lab0', '--dhcp', 'off'] }));
  await appliance.must('host', 'add', 'node-1', '--mac', MAC, '--ip', CLIENT);
  await appliance.must('image', 'add', iso, '--name', 'lab');
  await appliance.must('assign', 'node-1', '--image', 'lab', '--args', 'only.here=node-1', '--always');
  const script = await client.must(['curl', '-sS', '--fail', `${appliance.ready.boot}/ipxe?mac=${MAC}`]);
  const url = /http:\/\/\S+\.iso/.exec(script)?.[0];
  expectThat(url !== undefined, `the script names no ISO: ${script}`);
  return { appliance, client, iso, url };
}

/** The placeholder became this host's line at both places, and every other byte is the ISO's. */
function checkPatched(lab: Lab, iso: string, got: string): void {
  const [ours, theirs] = [readFileSync(iso), readFileSync(got)];
  expectThat(theirs.length === ours.length, `the ISO has ${ours.length} bytes, the view ${theirs.length}`);
  let count = 0;
  for (let at = ours.indexOf(PLACEHOLDER); at !== -1; at = ours.indexOf(PLACEHOLDER, at + 1)) {
    const line = theirs.toString('latin1', at, at + PLACEHOLDER.length);
    expectThat(/^console=.* worker_id=52:54:00:70:00:02 only\.here=node-1 *$/.test(line), `at ${at} stands: ${line.trim()}`);
    theirs.copy(ours, at, at, at + PLACEHOLDER.length);
    count += 1;
  }
  expectThat(count === 2, `${count} placeholders were found`);
  expectThat(ours.equals(theirs), 'bytes outside the placeholders differ');
  lab.fact('iso-bytes', ours.length);
}

/** Each reads the whole ISO in its own way; they end with the file that they got. */
const CLIENTS: Record<string, (url: string, out: string, dir: string) => string[]> = {
  httpfs2: (url, out, dir) => [
    'sh',
    '-ec',
    'mkdir -p "$3/mnt"; httpfs2 -c "$3/httpfs2.log" "$1" "$3/mnt"; code=0; cp "$3"/mnt/*.iso "$2" || code=$?; umount "$3/mnt"; exit $code',
    'sh',
    url,
    out,
    dir,
  ],
  nbdkit: (url, out) => ['nbdkit', '-U', '-', 'curl', `url=${url}`, '--run', `nbdcopy "$uri" '${out}'`],
  // QEMU 7.2's curl driver reads with eight connections, and sometimes waits for ever although it has all bytes: 7 of 25 reads from nginx.
  'qemu-img': (url, out) => [
    'sh',
    '-ec',
    'for try in 1 2 3 4 5 6 7 8 9 10; do timeout -s KILL 8 qemu-img convert -f raw -O raw "$1" "$2" && exit 0; done; exit 1',
    'sh',
    url,
    out,
  ],
  'curl-ranges': (url, out) => [
    'sh',
    '-ec',
    'size=$(curl -sSI "$1" | tr -d "\\r" | sed -n "s/^Content-Length: //p"); : > "$2"; at=0; step=1500007; ' +
      'while [ $at -lt $size ]; do curl -sS --fail -r $at-$((at + step - 1)) "$1" >> "$2"; at=$((at + step)); done',
    'sh',
    url,
    out,
  ],
};

async function run(lab: Lab): Promise<void> {
  const { appliance, client, iso, url } = await setUp(lab);
  const full = join(lab.dir, 'curl.iso');
  await client.must(['curl', '-sS', '--fail', '-o', full, url], SECONDS);
  checkPatched(lab, iso, full);
  const expected = await sha256Of(full);
  lab.fact('sha256', expected);
  await appliance.waitForEvent(({ type, host }) => type === 'iso.completed' && host === 'node-1', 'iso.completed');

  for (const [name, command] of Object.entries(CLIENTS)) {
    const out = join(lab.dir, `${name}.iso`);
    const started = performance.now();
    await client.must(command(url, out, lab.dir), SECONDS);
    const got = await sha256Of(out);
    expectThat(got === expected, `${name} read other bytes: ${got} instead of ${expected}`);
    lab.fact(`${name}-ms`, Math.round(performance.now() - started));
    lab.say(`${name}: identical`);
  }
  const types = (await appliance.events()).map(({ type }) => type);
  for (const type of ['script.served', 'iso.opened', 'iso.patched-read', 'iso.completed'] as const) {
    expectThat(types.includes(type), `no event ${type}`);
  }
  expectThat(!types.includes('iso.refused'), 'a read was refused');
}

export const httpClients: Scenario = {
  name: 'http-clients',
  title: 'httpfs2, nbdkit and QEMU’s curl driver read the whole patched ISO, byte-identical to each other and to one full GET',
  tier: 'ci',
  needs: ['root', 'appliance', 'iso-tools', 'curl', 'httpfs2', 'nbdkit', 'qemu-img'],
  run,
};
