import type { Nic } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { HostServices } from '../../contract/runtime.ts';
import { addressPlan, asOneCommand, commandText, parseHardwarePort, parseNmcliState } from './address-commands.ts';
import type { AddressPlan, AddressTarget } from './address-commands.ts';
import { offerSubnet } from './address-offer.ts';
import { nicNamed } from './nic-problem.ts';
import { listNics } from './nics.ts';
import { routes } from './routes.ts';
import { lastLine, runCommand } from './run-command.ts';
import type { RunCommand } from './run-command.ts';
import * as sentences from './sentences.ts';

/** How long a set address may take to appear. */
const APPEARS_ATTEMPTS = 20;
const APPEARS_POLL_MS = 100;

export interface AddressSetter {
  readonly host: Pick<HostServices, 'runElevated'>;
  readonly run?: RunCommand;
  readonly list?: () => Promise<Nic[]>;
  readonly isRoot?: boolean;
}

/** A private subnet for this NIC and the command that sets it. Errors: E_NIC_UNKNOWN; E_NIC_ADDRESS_FAILED when all private networks are in use. */
export async function offerAddress(name: string): Promise<{ address: string; prefix: number; command: string }> {
  const [nics, known] = await Promise.all([listNics(), routes()]);
  const nic = nicNamed(nics, name);
  const offer = offerSubnet(known, nics);
  if (!offer) {
    throw new BootbenchError('E_NIC_ADDRESS_FAILED', sentences.NO_PRIVATE_NETWORK, { next: sentences.CHOOSE_ADDRESS });
  }
  const plan = addressPlan(await addressTarget(nic, runCommand), offer.address, offer.prefix);
  const sudo = plan.ordinary || isRoot() || process.platform === 'win32' ? '' : 'sudo ';
  return { ...offer, command: commandText(plan.set, sudo) };
}

/**
 * Gives the NIC an address, directly as root (or through NetworkManager), else through the system's elevation prompt. The returned function
 * undoes it. Errors: E_NIC_UNKNOWN, E_NIC_ADDRESS_FAILED (with the command that a person can run).
 */
export async function setAddress(name: string, address: string, prefix: number, setter: AddressSetter): Promise<() => Promise<void>> {
  const { run = runCommand, list = listNics } = setter;
  const nic = nicNamed(await list(), name);
  if (hasAddress(nic, address)) return () => Promise.resolve();
  const plan = addressPlan(await addressTarget(nic, run), address, prefix);
  const result = await carryOut(plan, plan.set, setter);
  if (!result.ok || !(await appears(name, address, list))) throw addressFailed(name, address, plan, result.output);
  return () => unsetAddress(plan, setter);
}

/** Undoes what `setAddress` did; a NIC that was removed has nothing to undo, so failures are ignored. */
async function unsetAddress(plan: AddressPlan, setter: AddressSetter): Promise<void> {
  await carryOut(plan, plan.unset, setter).catch(() => undefined);
}

async function carryOut(
  plan: AddressPlan,
  commands: readonly (readonly string[])[],
  { host, run = runCommand, isRoot: root = isRoot() }: AddressSetter,
): Promise<{ ok: boolean; output: string }> {
  if (root || plan.ordinary) {
    const direct = await runAll(commands, run);
    if (direct.ok || root) return direct;
    // NetworkManager may have taken the profile but not brought it up.
    await runAll(plan.unset, run);
  }
  return host.runElevated(asOneCommand(commands));
}

async function runAll(commands: readonly (readonly string[])[], run: RunCommand): Promise<{ ok: boolean; output: string }> {
  for (const command of commands) {
    const result = await run(command);
    if (!result.ok) return result;
  }
  return { ok: true, output: '' };
}

/** Some systems return before the address is set. */
async function appears(name: string, address: string, list: () => Promise<Nic[]>): Promise<boolean> {
  for (let attempt = 0; attempt < APPEARS_ATTEMPTS; attempt++) {
    const nic = (await list()).find((each) => each.name === name);
    if (nic && hasAddress(nic, address)) return true;
    await new Promise((resolve) => setTimeout(resolve, APPEARS_POLL_MS));
  }
  return false;
}

/** The program that manages the addresses of this NIC. */
async function addressTarget(nic: Nic, run: RunCommand): Promise<AddressTarget> {
  if (process.platform === 'win32') return { kind: 'netsh', nic: nic.name };
  if (process.platform === 'darwin') {
    const ports = await run(['networksetup', '-listallhardwareports']);
    return { kind: 'networksetup', service: parseHardwarePort(ports.output, nic.name) ?? nic.name };
  }
  const state = await run(['nmcli', '-g', 'GENERAL.STATE', 'device', 'show', nic.name]);
  if (state.ok && parseNmcliState(state.output) === 'managed') return { kind: 'nmcli', nic: nic.name };
  return { kind: 'ip', nic: nic.name, up: nic.up };
}

function addressFailed(name: string, address: string, plan: AddressPlan, output: string): BootbenchError {
  const command = commandText(plan.set);
  const message = sentences.addressNotSet(name, address, lastLine(output), command);
  return new BootbenchError('E_NIC_ADDRESS_FAILED', message, { next: sentences.runAsAdministrator(command) });
}

function hasAddress(nic: Nic, address: string): boolean {
  return nic.addresses.some((each) => each.address === address);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
