import type { BootFileStatus, Nic, PreflightCheck } from '../../contract/appliance.ts';
import { noAddress } from '../network/nic-problem.ts';
import { usableAddress } from '../network/nic-address.ts';
import { ENABLE_NIC as ENABLE_IN_SETTINGS, nicDisabled, nicNotFound, nicWithoutLink, NO_NIC_CHOSEN } from '../network/sentences.ts';
import { unprivilegedPortCommand } from '../network/socket-errors.ts';
import * as sentences from './sentences.ts';

/** The state of one port. `own`: a service of this appliance listens there. */
export interface PortFact {
  readonly service: 'dhcp' | 'tftp' | 'http' | 'iscsi';
  readonly protocol: 'udp' | 'tcp';
  /** 0: any free port, and no service has taken one yet. */
  readonly port: number;
  readonly state: { kind: 'free' | 'own' | 'denied' } | { kind: 'in-use' | 'failed'; message: string };
}

export interface ChecklistFacts {
  /** The chosen name, and the NIC if it exists. */
  readonly name: string;
  readonly nic: Nic | undefined;
  /** All names, to choose from. */
  readonly names: readonly string[];
  /** A private subnet for a NIC without an address. */
  readonly offer?: { readonly address: string; readonly prefix: number; readonly command: string };
  readonly dhcp: 'off' | 'full' | 'proxy' | 'auto';
  /** The technician confirmed full DHCP on the port with the default route, or on Wi-Fi. */
  readonly confirmed: boolean;
  readonly ports: readonly PortFact[];
  /** Other servers that the last scan found; undefined when there was no scan. */
  readonly otherServers?: readonly { readonly address: string; readonly vendor?: string | undefined }[] | undefined;
  /** The message of the start of full DHCP that was refused because another server responds. */
  readonly refusal?: string | undefined;
  readonly firewall: PreflightCheck;
  /** Empty: not checked yet. */
  readonly bootFiles: readonly BootFileStatus[];
  /** This system's distribution has packages with them. */
  readonly canGetBootFiles?: boolean;
  /** This computer's by default. */
  readonly platform?: NodeJS.Platform;
}

/** The checklist of this computer: everything to know before the first machine boots, in the order in which to fix it. */
export function judgeChecks(facts: ChecklistFacts): PreflightCheck[] {
  const { nic } = facts;
  if (!nic) return [nicMissing(facts)];
  return [
    carrierCheck(nic, facts),
    addressCheck(nic, facts.offer),
    networkCheck(nic, facts),
    ...facts.ports.filter((port) => port.state.kind !== 'denied').map(portCheck),
    permissionCheck(facts),
    otherServersCheck(facts),
    firewallButton(facts.firewall, nic),
    bootFilesCheck(facts),
  ];
}

function ok(id: string, message: string): PreflightCheck {
  return { id, state: 'ok', message };
}

function nicMissing({ name, names }: ChecklistFacts): PreflightCheck {
  const message = name === '' ? NO_NIC_CHOSEN : nicNotFound(name);
  return { id: 'nic', state: 'failed', message, fix: { message: sentences.chooseNic(names) } };
}

function carrierCheck(nic: Nic, { platform = process.platform }: ChecklistFacts): PreflightCheck {
  const id = 'carrier';
  if (nic.carrier) return ok(id, sentences.linkOf(nic.name, nic.speed));
  if (nic.up) return { id, state: 'failed', message: nicWithoutLink(nic.name), fix: { message: sentences.CONNECT_CABLE } };
  const command = `sudo ip link set dev ${nic.name} up`;
  const fix =
    platform === 'linux'
      ? { message: sentences.ENABLE_NIC, command, ...button(isPlain(nic), sentences.ENABLE_NIC_BUTTON) }
      : { message: ENABLE_IN_SETTINGS };
  return { id, state: 'failed', message: nicDisabled(nic.name), fix };
}

function addressCheck(nic: Nic, offer: ChecklistFacts['offer']): PreflightCheck {
  const id = 'address';
  const usable = usableAddress(nic);
  if (usable) return ok(id, sentences.addressOf(nic.name, usable.address));
  const { message } = noAddress(nic);
  if (!offer) return { id, state: 'failed', message, fix: { message: sentences.ASSIGN_ADDRESS } };
  const subnet = `${offer.address}/${offer.prefix}`;
  const fix = { message: sentences.assignAddress(subnet), command: offer.command, button: sentences.assignAddressButton(subnet) };
  return { id, state: 'failed', message, fix };
}

/** Full DHCP on the network that the laptop itself uses disconnects other people's machines, so it needs a confirmation. */
function networkCheck(nic: Nic, { dhcp, confirmed }: ChecklistFacts): PreflightCheck {
  const id = 'network';
  const reasons = [...(nic.defaultRoute ? [sentences.DEFAULT_ROUTE] : []), ...(nic.wireless ? [sentences.WIRELESS] : [])];
  if (reasons.length === 0) return ok(id, sentences.ownNetwork(nic.name));
  const message = sentences.sharedNetwork(nic.name, reasons);
  const also = [{ id: 'confirm-dhcp', button: sentences.CONFIRM_DHCP_BUTTON }];
  if (confirmed || dhcp === 'proxy' || dhcp === 'off') {
    return { id, state: 'warning', message, fix: { message: sentences.CHOOSE_LAB_PORT } };
  }
  if (dhcp === 'auto') {
    return { id, state: 'warning', message: `${message} ${sentences.RUNS_AS_PROXY}`, fix: { message: sentences.CHOOSE_LAB_PORT, also } };
  }
  return { id, state: 'failed', message, fix: { message: sentences.CHOOSE_OR_CONFIRM, button: sentences.PROXY_BUTTON, also } };
}

function portName({ service, protocol, port }: PortFact): string {
  return sentences.portName(service, protocol, port);
}

function portCheck(fact: PortFact): PreflightCheck {
  const { service, protocol, port, state } = fact;
  const check = { id: `port-${service}-${port}`, subject: port === 0 ? protocol : `${protocol} ${port}` };
  switch (state.kind) {
    case 'free':
      return { ...check, state: 'ok', message: port === 0 ? sentences.anyPort(service, protocol) : sentences.portFree(portName(fact)) };
    case 'own':
      return { ...check, state: 'ok', message: sentences.portOwn(portName(fact)) };
    case 'denied':
      return { ...check, state: 'failed', message: sentences.portsDenied(portName(fact)) };
    case 'failed':
      return { ...check, state: 'failed', message: state.message };
    case 'in-use': {
      const message = protocol === 'tcp' ? sentences.stopProgramOrMove(`--${service}-port`) : sentences.STOP_PROGRAM;
      return { ...check, state: 'failed', message: state.message, fix: { message } };
    }
  }
}

function permissionCheck({ ports, platform = process.platform }: ChecklistFacts): PreflightCheck {
  const id = 'permission';
  const denied = ports.filter((port) => port.state.kind === 'denied');
  if (denied.length === 0) return ok(id, sentences.ALL_PORTS_ALLOWED);
  const message = sentences.portsDenied(denied.map(portName).join(', '));
  if (platform !== 'linux') return { id, state: 'failed', message, fix: { message: sentences.CHECK_SECURITY_SOFTWARE } };
  const command = unprivilegedPortCommand(Math.min(...denied.map(({ port }) => port)));
  return { id, state: 'failed', message, fix: { message: sentences.ALLOW_LOW_PORTS, command, button: sentences.ALLOW_LOW_PORTS_BUTTON } };
}

function otherServersCheck({ otherServers, refusal, dhcp, name }: ChecklistFacts): PreflightCheck {
  const id = 'other-dhcp';
  if (dhcp === 'off') return ok(id, sentences.DHCP_OFF);
  if (otherServers?.length === 0) return ok(id, sentences.noOtherServer(name));
  const names = otherServers?.map(({ address, vendor }) => sentences.serverName(address, vendor)).join(', ');
  const found = names === undefined ? refusal : sentences.otherServersRespond(name, names);
  if (found === undefined) {
    return { id, state: 'unknown', message: sentences.notScanned(name), fix: { message: sentences.SCAN, button: sentences.SCAN_BUTTON } };
  }
  if (dhcp !== 'full') return ok(id, sentences.servedAsProxy(found));
  const also = [{ id: 'scan-again', button: sentences.SCAN_BUTTON }];
  return { id, state: 'failed', message: found, fix: { message: sentences.USE_PROXY, button: sentences.PROXY_BUTTON, also } };
}

/** A button where the command certainly fixes it; what cannot be read (`unknown`) is not changed with administrator rights on a guess. */
function firewallButton(check: PreflightCheck, nic: Nic): PreflightCheck {
  const { state, fix } = check;
  const can = fix?.command !== undefined && (state === 'failed' || state === 'warning') && isPlain(nic);
  return fix && can ? { ...check, fix: { ...fix, button: sentences.OPEN_PORTS_BUTTON } } : check;
}

/** Linux allows port names with a meaning to a shell; those commands are for a person to review. */
function isPlain({ name }: Nic): boolean {
  return /^[\w.@:-]+$/.test(name);
}

function button(shown: boolean, verb: string): { button?: string } {
  return shown ? { button: verb } : {};
}

function bootFilesCheck({ bootFiles: files, canGetBootFiles = false }: ChecklistFacts): PreflightCheck {
  const id = 'boot-files';
  if (files.length === 0) return { id, state: 'unknown', message: sentences.BOOT_FILES_NOT_CHECKED };
  const missing = files.filter((file) => !file.present);
  if (missing.length === 0) return ok(id, sentences.bootFilesPresent(files.length));
  const costs = missing.map((file) => `${file.name}: ${file.cost}`).join(' ');
  const fix = canGetBootFiles
    ? { message: sentences.DOWNLOAD_BOOT_FILES, command: 'bootbench boot-files fetch', button: sentences.DOWNLOAD_BOOT_FILES_BUTTON }
    : { message: sentences.FETCH_BOOT_FILES, command: sentences.FETCH_BOOT_FILES_COMMAND };
  const state = missing.length === files.length ? 'failed' : 'warning';
  return { id, state, message: sentences.bootFilesMissing(missing.length, files.length, costs), fix };
}
