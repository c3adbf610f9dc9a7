import type { SerialConsoleReport } from '../provider.ts';
import { at, type Doc } from './http/json.ts';
import type { RedfishContext } from './machine.ts';
import { readSystem } from './ownership.ts';

/** ComputerSystem.SerialConsole.SSH (DSP0268, ComputerSystem 1.13); absent on most BMCs, whose Managers say only that SSH exists. */
export async function serialConsole(context: RedfishContext): Promise<SerialConsoleReport> {
  const system = await readSystem(context);
  return { vendor: context.machine.vendor, ...reportedSsh(system) };
}

/** Port and command; what the BMC says is disabled counts as not reported, for iDRAC reports so of a console that works (iDRAC9 6.00). */
export function reportedSsh(system: Doc): Pick<SerialConsoleReport, 'ssh'> {
  const ssh = at(system, 'SerialConsole', 'SSH');
  if (typeof ssh !== 'object' || ssh === null) return {};
  const { ServiceEnabled: isEnabled, Port: port, ConsoleEntryCommand: command } = ssh as Doc;
  if (isEnabled === false) return {};
  return {
    ssh: {
      ...(typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65536 && { port }),
      ...(typeof command === 'string' && isTypeable(command) && { command }),
    },
  };
}

/** One line of printable ASCII: the BMC's text is typed at its prompt as it is. */
function isTypeable(command: string): boolean {
  return /^[\x20-\x7e]{1,200}$/.test(command);
}
