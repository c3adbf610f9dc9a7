// A fake Redfish BMC whose machine is a QEMU that reads the very URL which was inserted, itself or as a tool has mounted it. One JSON argument: RedfishOrder.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Start } from '../../fixtures/redfish-bmc/power.ts';
import { qemuCommand, type BootPlace, type MachineOptions } from '../qemu.ts';
import { serveControl } from './control.ts';
import { startLabBmc, type BmcOrder } from './fake-of.ts';
import { labMounter, type MountOptions } from './mounts.ts';

export interface RedfishOrder extends BmcOrder {
  /** Without, power only shows. */
  machine?: MachineOptions;
  /** If absent, the BMC does not read the medium before the machine does. */
  mount?: MountOptions;
}

const FIRST: Readonly<Record<string, BootPlace>> = { cdrom: 'medium', pxe: 'network', 'uefi-http': 'network' };

/** The machine as it is started: its disk first, unless the override says otherwise, and by the firmware that the override says. */
function started(machine: MachineOptions, { cdUrl, bootDevice, efi }: Start): MachineOptions {
  const firmware = bootDevice === undefined ? machine.firmware : efi ? 'uefi' : 'bios';
  const medium = cdUrl === undefined ? undefined : { cdrom: mounter?.medium() ?? cdUrl };
  return { ...machine, firmware, medium, first: FIRST[bootDevice ?? ''] ?? 'disk' };
}

/** From the BMC’s port to the one of its mounts. */
const BESIDE = 3000;

const { machine, mount, ...order } = JSON.parse(process.argv[2] ?? '{}') as RedfishOrder;
const mounter = mount && labMounter(mount, order.port + BESIDE);
let running: ChildProcess | undefined;

/** The machine's serial line is this process's own output. */
function start(how: Start): void {
  console.log(`BMC-STARTS ${JSON.stringify(how)}`);
  if (!machine) return;
  const [program = '', ...args] = qemuCommand(started(machine, how));
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  running = child;
  child.once('exit', () => {
    if (running !== child) return;
    running = undefined;
    bmc.system.PowerState = 'Off';
    console.log('BMC-OFF the machine went off by itself');
  });
}

async function stop(): Promise<void> {
  const child = running;
  running = undefined;
  console.log('BMC-OFF');
  if (child?.exitCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const bmc = await startLabBmc(order, {
  onPower: (on, how) => (on ? start(how) : stop()),
  mounter,
});
serveControl(bmc);
process.once('SIGTERM', () => {
  void stop()
    .then(() => mounter?.unmount())
    .finally(() => process.exit(0));
});
console.log(`BMC-READY ${bmc.fake.url}`);
