import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { qemuCommand, SerialLine, type BootPlace, type MachineOptions } from '../qemu.ts';
import type { Lab } from '../scenario.ts';
import { BMC, BMC_PASSWORD, type BmcNetwork } from './bmc-network.ts';

const PROGRAM = join(import.meta.dirname, '../../fixtures/ipmi-bmc/pyghmi-bmc.py');
const PORT = 6230;

export const IPMI_URL = `ipmi://${BMC}:${PORT}`;

/** A machine with a BMC on pyghmi's server: power on starts QEMU, from the network first if the next boot is set so, else from its disk. */
export async function startIpmiMachine(lab: Lab, { bmc }: BmcNetwork, machine: MachineOptions): Promise<SerialLine> {
  const script = join(machine.dir, 'machine.sh');
  const start = (first: BootPlace): string =>
    `exec ${qemuCommand({ ...machine, first })
      .map(quoted)
      .join(' ')}`;
  writeFileSync(script, `#!/bin/sh\ncase $BOOT_DEVICE in\n  network) ${start('network')} ;;\n  *) ${start('disk')} ;;\nesac\n`, {
    mode: 0o755,
  });
  const env = { BMC_PASSWORD, BMC_ADDRESS: BMC, ...(machine.uuid !== undefined && { BMC_UUID: machine.uuid }) };
  const server = bmc.spawn(['/usr/bin/python3', PROGRAM, String(PORT), '0', script], { env });
  await server.waitFor(/^ready$/);
  return lab.use(new SerialLine(server, machine.dir));
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
