import { basename, dirname, join } from 'node:path';
import type { Appliance } from '../appliance.ts';
import { makeLabNetwork, startOnLabNetwork, type LabNetwork } from '../lab-network.ts';
import { addAlpha, expectEvents, expectWholeBoot, powerOn } from '../boot-run.ts';
import { buildLabIso } from '../iso.ts';
import { Nginx } from '../nginx.ts';
import { pause } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const OUTAGE = 30_000;
const BETA = { name: 'beta', mac: '52:54:00:77:00:0b' };

export const upstreamOutage: Scenario = {
  name: 'upstream-outage',
  title: 'The server of an ISO dies for 30 s while a machine boots from it: the boot continues, and a second machine reads nothing twice.',
  tier: 'full',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'tcpdump', 'curl', 'nginx'],
  timeoutMs: 240_000,
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    const iso = await buildLabIso();
    const nginx = lab.use(new Nginx(bench.ns, { root: dirname(iso), dir: join(lab.dir, 'nginx'), port: 8090 }));
    await nginx.start();
    const appliance = await startOnLabNetwork(lab, bench);
    await addAlpha(lab, appliance, { iso: `${nginx.url}/${basename(iso)}` });
    const indexed = nginx.requests().length;
    lab.fact('MB read to register it', megabytes(nginx));
    const machine = await powerOn(lab, bench, { firmware: 'bios' });
    await untilMidBoot(nginx, indexed);
    await nginx.kill();
    const before = nginx.requests().length;
    lab.say('nginx is away');
    await pause(OUTAGE);
    expectThat(!machine.serial.text.includes('LAB-CMDLINE'), 'the guest was up before the outage was over');
    await nginx.start();
    lab.say('nginx is back');
    await expectWholeBoot(lab, machine, appliance, { timeoutMs: 120_000 });
    expectThat(nginx.requests().length > before, 'nothing was read after the outage');
    expectEvents(await appliance.events(), ['iso.opened', 'image.lost', 'image.back', 'boot.complete']);
    await readAll(lab, bench, appliance);
    judgeReads(lab, nginx);
  },
};

/** The boot loader has begun to load the kernel: blocks are read that registering the ISO did not need. */
async function untilMidBoot(nginx: Nginx, indexed: number): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (nginx.requests().length < indexed + 3) {
    expectThat(Date.now() < deadline, 'the machine read nothing from the server of the ISO');
    await pause(20);
  }
}

/** A second machine that reads all of its own view. */
async function readAll(lab: Lab, bench: LabNetwork, appliance: Appliance): Promise<void> {
  await appliance.must('host', 'add', BETA.name, '--mac', BETA.mac);
  await appliance.must('assign', BETA.name, '--image', 'lab', '--args', 'only.here=beta', '--always');
  const { url } = await appliance.json<{ url: string }>('media', BETA.name, 'url');
  await bench.ns.must(['curl', '-sS', '--fail', '-o', join(lab.dir, 'beta.iso'), url]);
}

function judgeReads(lab: Lab, nginx: Nginx): void {
  const blocks = nginx.requests().filter(({ range, status }) => status === 206 && range !== 'bytes=0-0');
  const twice = blocks.filter(({ range }, at) => blocks.findIndex((other) => other.range === range) !== at);
  lab.fact('requests to the server of the ISO', blocks.length);
  lab.fact('MB read from it in all', megabytes(nginx));
  expectThat(twice.length === 0, `read twice: ${twice.map(({ range }) => range).join(', ')}`);
}

function megabytes(nginx: Nginx): number {
  return Math.round(nginx.requests().reduce((sum, { bytes }) => sum + bytes, 0) / 1e5) / 10;
}
