import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Appliance, parseEvents } from './appliance.ts';
import { argumentsOf } from './boot-run.ts';
import { buildLabIso } from './iso.ts';
import { disposeAll, disposeOnSignals } from './namespace.ts';
import { pause, type Running } from './process.ts';
import { Machine } from './qemu.ts';

/** Where QEMU's user network shows this computer to its guest. */
const HOST_SEEN_BY_GUEST = '10.0.2.2';
const MAC = '52:54:00:de:30:01';
const UUID = 'de305d54-75b4-431b-adb2-eb6b9e546014';
const ARGUMENTS = 'demo.greeting=hello-{{ host.name }} bootbench.config={{ config.url }} bootbench.phone={{ phone_home.url }}';
const CONFIG = (name: string, mac: string): string => `# written for ${name}\nhostname=${name}\nmac=${mac}\n`;

/** The demo: an appliance and a virtual machine on this computer, without root, on QEMU's own network only. */
async function demo(uefi: boolean): Promise<boolean> {
  disposeOnSignals();
  const dir = mkdtempSync(join(tmpdir(), 'bootbench-demo-'));
  try {
    print('Building the ISO that the machine will boot…');
    const iso = await buildLabIso();
    await using appliance = await startAppliance(join(dir, 'data'));
    print(`Bootbench serves ${appliance.ready.boot}.`);
    await fillInventory(appliance, iso, dir);
    return await boot(appliance, dir, uefi);
  } finally {
    await disposeAll();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** No DHCP (QEMU's user network has its own) and no port that needs a privilege. */
async function startAppliance(dataDir: string): Promise<Appliance> {
  mkdirSync(dataDir);
  const [http, tftp, api] = [await freePort(), await freePort(), await freePort()];
  const ports = ['--http-port', `${http}`, '--tftp-port', `${tftp}`, '--iscsi-port', '0', '--api', `127.0.0.1:${api}`];
  return Appliance.start(undefined, { dataDir, args: ['--nic', 'lo', '--dhcp', 'off', '--public-ipv4', HOST_SEEN_BY_GUEST, ...ports] });
}

async function fillInventory(appliance: Appliance, iso: string, dir: string): Promise<void> {
  const config = join(dir, 'demo.conf');
  writeFileSync(config, CONFIG('{{ host.name }}', '{{ host.mac }}'));
  const steps = [
    ['config', 'add', 'demo-config', '--format', 'other', config],
    ['image', 'add', iso, '--name', 'demo', '--configs', 'demo-config'],
    ['host', 'add', 'bench-01', '--mac', MAC],
    ['assign', 'bench-01', '--image', 'demo', '--config', 'demo-config', '--args', ARGUMENTS],
  ];
  for (const words of steps) {
    print(`$ bootbench ${words.map((word) => (word.includes(' ') ? `'${word}'` : word)).join(' ')}`);
    await appliance.must(...words);
  }
}

/** Starts the machine, prints each event, and checks the guest's report at the end. */
async function boot(appliance: Appliance, dir: string, uefi: boolean): Promise<boolean> {
  const watch = appliance.watchEvents();
  // iPXE fills in what it knows of the machine when it reads the boot file's name.
  const script = `${appliance.ready.boot}/ipxe?mac=\${net0/mac}&uuid=\${uuid}&serial=\${serial}`;
  const netdev = `user,id=n,bootfile=${script}`;
  print(`Powering on an emulated ${uefi ? 'UEFI' : 'BIOS'} machine, ${MAC}.`);
  const firmware = uefi ? 'uefi-ipxe' : 'bios';
  await using machine = new Machine(undefined, {
    firmware,
    mac: MAC,
    net: { netdev },
    uuid: UUID,
    serial: 'DEMO-0001',
    product: 'Demo Box',
    dir,
  });
  const printer = printEvents(watch, machine);
  await machine.waitFor(/LAB-DONE/, 180_000);
  await appliance.waitForEvent(({ type }) => type === 'boot.complete', 'the machine phoned home');
  await pause(500);
  printer.stop();
  return check(machine);
}

function printEvents(watch: Running, machine: Machine): { stop: () => void } {
  let printed = 0;
  const printNew = (): void => {
    for (const event of parseEvents(watch.lines.slice(printed).map(({ text }) => text))) print(event.message, machine.serial.age);
    printed = watch.lines.length;
  };
  const timer = setInterval(printNew, 100);
  return {
    stop: () => {
      clearInterval(timer);
      printNew();
    },
  };
}

function check(machine: Machine): boolean {
  const expected = createHash('sha256').update(CONFIG('bench-01', MAC)).digest('hex');
  const said = machine.said('CONFIG-SHA256');
  const commandLine = argumentsOf(machine);
  const argumentsRight = commandLine.includes('demo.greeting=hello-bench-01') && commandLine.includes(`hw_addr=${MAC}`);
  print(`Kernel arguments of the guest, ${argumentsRight ? 'its own' : 'WITHOUT ITS OWN'}:\n    ${commandLine}`);
  print(`Config that the guest fetched, sha256 ${said ?? 'none'}: ${said === expected ? 'correct' : `WRONG, expected ${expected}`}.`);
  return argumentsRight && said === expected;
}

function print(message: string, seconds?: number): void {
  console.log(`${seconds === undefined ? '        ' : `${seconds.toFixed(1).padStart(6)} s`}  ${message}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  });
}

process.exitCode = (await demo(process.argv.includes('--uefi'))) ? 0 : 1;
