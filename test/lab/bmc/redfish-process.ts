// A fake Redfish BMC whose machine is a QEMU that reads the very URL which was inserted. One JSON argument: RedfishOrder.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Start } from '../../fixtures/redfish-bmc/power.ts';
import { qemuCommand, type BootPlace, type MachineOptions } from '../qemu.ts';
import { serveControl } from './control.ts';
import { startLabBmc, type BmcOrder } from './fake-of.ts';

export interface RedfishOrder extends BmcOrder {
  /** Without, power only shows. */
  machine?: MachineOptions;
}

const FIRST: Readonly<Record<string, BootPlace>> = { cdrom: 'medium', pxe: 'network', 'uefi-http': 'network' };

/** The machine as it is started: its disk first, unless the override says otherwise, and by the firmware that the override says. */
function started(machine: MachineOptions, { cdUrl, bootDevice, efi }: Start): MachineOptions {
  const firmware = bootDevice === undefined ? machine.firmware : efi ? 'uefi' : 'bios';
  const medium = cdUrl === undefined ? undefined : { cdrom: cdUrl };
  return { ...machine, firmware, medium, first: FIRST[bootDevice ?? ''] ?? 'disk' };
}

const order = JSON.parse(process.argv[2] ?? '{}') as RedfishOrder;
let running: ChildProcess | undefined;

/** The machine's serial line is this process's own output. */
function start(how: Start): void {
  console.log(`BMC-STARTS ${JSON.stringify(how)}`);
  if (!order.machine) return;
  const [program = '', ...args] = qemuCommand(started(order.machine, how));
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

const bmc = await startLabBmc(order, async (on, how) => {
  if (on) start(how);
  else await stop();
});
serveControl(bmc);
process.once('SIGTERM', () => {
  void stop().finally(() => process.exit(0));
});
console.log(`BMC-READY ${bmc.fake.url}`);
