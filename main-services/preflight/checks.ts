import type { BootFileStatus, Nic, PreflightCheck } from '../../contract/appliance.ts';
import { usableAddress } from '../network/nic-address.ts';
import { unprivilegedPortCommand } from '../network/socket-errors.ts';

/** What a look at one port found. `ours`: a service of this appliance listens there. */
export interface PortFact {
  readonly service: 'dhcp' | 'tftp' | 'http';
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
  readonly state: { kind: 'free' | 'ours' | 'denied' } | { kind: 'held' | 'failed'; message: string };
}

export interface PreflightFacts {
  /** The chosen name, and the NIC if it exists. */
  readonly name: string;
  readonly nic: Nic | undefined;
  /** All names, to choose from. */
  readonly names: readonly string[];
  /** A private subnet for a NIC without an address. */
  readonly offer?: { readonly address: string; readonly prefix: number; readonly command: string };
  readonly dhcp: 'off' | 'full' | 'proxy' | 'auto';
  /** The technician said yes to full DHCP on the default route's port or on Wi-Fi. */
  readonly confirmed: boolean;
  readonly ports: readonly PortFact[];
  /** Others that answered the DHCP probe; undefined: not looked yet. The probe lives in dhcp/. */
  readonly otherServers?: readonly { readonly address: string; readonly vendor?: string | undefined }[] | undefined;
  /** Full DHCP did not start because another server answers: the sentence of that. */
  readonly refusal?: string | undefined;
  readonly firewall: PreflightCheck;
  /** Empty: not looked yet. */
  readonly bootFiles: readonly BootFileStatus[];
  /** This installation can get them itself. */
  readonly canGetBootFiles?: boolean;
  /** This computer's, unless said. */
  readonly platform?: NodeJS.Platform;
}

/** Everything that a technician should know before the first machine boots, in the order in which it is put right. */
export function judgeChecks(facts: PreflightFacts): PreflightCheck[] {
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

function ok(id: string, sentence: string): PreflightCheck {
  return { id, state: 'ok', message: sentence };
}

function nicMissing({ name, names }: PreflightFacts): PreflightCheck {
  const text = `Plug the adapter in, or choose one of ${names.join(', ')}.`;
  return {
    id: 'nic',
    state: 'failed',
    message: name === '' ? 'No network port is chosen.' : `There is no network port ${name}.`,
    fix: { message: text },
  };
}

function carrierCheck(nic: Nic, { platform = process.platform }: PreflightFacts): PreflightCheck {
  if (nic.carrier) return ok('carrier', `${nic.name} has a link${nic.speed === undefined ? '' : ` of ${nic.speed} Mbit/s`}.`);
  if (!nic.up) {
    const fix =
      platform === 'linux'
        ? { message: 'Switch it on:', command: `sudo ip link set dev ${nic.name} up`, ...button(isPlain(nic), 'Switch it on') }
        : { message: 'Switch it on in the system’s network settings.' };
    return { id: 'carrier', state: 'failed', message: `${nic.name} is switched off.`, fix };
  }
  const fix = { message: 'Plug the cable into a powered switch or machine; the services start by themselves.' };
  return { id: 'carrier', state: 'failed', message: `${nic.name} has no link.`, fix };
}

function addressCheck(nic: Nic, offer: PreflightFacts['offer']): PreflightCheck {
  const usable = usableAddress(nic);
  if (usable) return ok('address', `${nic.name} has the address ${usable.address}.`);
  const [linkLocal] = nic.addresses;
  const sentence = linkLocal
    ? `${nic.name} only has ${linkLocal.address}, the address that a system gives itself when no DHCP server answers.`
    : `${nic.name} has no IPv4 address.`;
  const fix = offer
    ? {
        message: `Give it ${offer.address}/${offer.prefix}, which no other network of this computer uses:`,
        command: offer.command,
        button: `Set ${offer.address}/${offer.prefix}`,
      }
    : { message: 'Give the port an IPv4 address.' };
  return { id: 'address', state: 'failed', message: sentence, fix };
}

/** DESIGN decision 5: full DHCP on the network that the laptop itself lives in takes other people's machines off the net. */
function networkCheck(nic: Nic, { dhcp, confirmed }: PreflightFacts): PreflightCheck {
  const reasons = [
    ...(nic.defaultRoute ? ['leads to the rest of your network (it holds the default route)'] : []),
    ...(nic.wireless ? ['is Wi-Fi, which most machines cannot netboot from'] : []),
  ];
  if (reasons.length === 0) return ok('network', `${nic.name} is a wired port of its own.`);
  const sentence = `${nic.name} ${reasons.join(' and ')}.`;
  const refused = !confirmed && dhcp === 'full';
  const text = refused
    ? 'Choose the lab’s port, use --dhcp proxy, or confirm full DHCP here with --confirm-dhcp.'
    : 'Choose the lab’s port if this is not the one that you mean.';
  const also = [{ id: 'confirm-dhcp', button: 'Use full DHCP here anyway' }];
  if (!confirmed && dhcp === 'auto')
    return {
      id: 'network',
      state: 'warning',
      message: `${sentence} So we only name boot files here, as a proxy.`,
      fix: { message: text, also },
    };
  return {
    id: 'network',
    state: refused ? 'failed' : 'warning',
    message: sentence,
    fix: { message: text, ...(refused ? { button: 'Use proxy mode', also } : {}) },
  };
}

function portCheck({ service, protocol, port, state }: PortFact): PreflightCheck {
  const id = `port-${service}-${port}`;
  const name = `${service.toUpperCase()} (${protocol} ${port})`;
  if (state.kind === 'free') return ok(id, `${name} is free.`);
  if (state.kind === 'ours') return ok(id, `${name} is served by us.`);
  const sentence = 'message' in state ? state.message : `${name} cannot be opened.`;
  const option = `--${service}-port`;
  const text =
    service === 'http'
      ? `Stop that program, or choose another port with ${option}.`
      : 'Stop that program: firmware asks at this port only.';
  return { id, state: 'failed', message: sentence, ...(state.kind === 'held' ? { fix: { message: text } } : {}) };
}

function permissionCheck({ ports, platform = process.platform }: PreflightFacts): PreflightCheck {
  const denied = ports.filter((port) => port.state.kind === 'denied');
  if (denied.length === 0) return ok('permission', 'The system lets us open every port.');
  const names = denied.map(({ service, protocol, port }) => `${service.toUpperCase()} (${protocol} ${port})`).join(', ');
  const lowest = Math.min(...denied.map(({ port }) => port));
  return {
    id: 'permission',
    state: 'failed',
    message: `The system does not let us open ${names}. What does not need these ports runs.`,
    fix:
      platform === 'linux'
        ? {
            message: 'Allow ordinary programs to open low ports (until the next restart):',
            command: unprivilegedPortCommand(lowest),
            button: 'Allow low ports',
          }
        : { message: 'Another program may have reserved them: look at the system’s security software.' },
  };
}

function otherServersCheck({ otherServers, refusal, dhcp, name }: PreflightFacts): PreflightCheck {
  const id = 'other-dhcp';
  if (dhcp === 'off') return ok(id, 'DHCP is off, so another server does not matter.');
  const sentence = otherServersSentence({ otherServers, refusal, name });
  if (sentence === undefined) {
    return {
      id,
      state: 'unknown',
      message: `Whether another DHCP server answers on ${name} is not known: there was no look in the last minute.`,
      fix: { message: 'Look for other servers; it takes four seconds.', button: 'Look again' },
    };
  }
  if (sentence === '') return ok(id, `No other DHCP server answers on ${name}.`);
  if (dhcp !== 'full') return ok(id, `${sentence} We answer beside it as a proxy.`);
  const fix = {
    message: 'Use proxy mode beside it (--dhcp proxy), or unplug it and look again.',
    button: 'Use proxy mode',
    also: [{ id: 'look-again', button: 'Look again' }],
  };
  return { id, state: 'failed', message: sentence, fix };
}

/** Empty: nobody answers. Undefined: nobody looked. */
function otherServersSentence({
  otherServers,
  refusal,
  name,
}: Pick<PreflightFacts, 'otherServers' | 'refusal' | 'name'>): string | undefined {
  if (otherServers?.length === 0) return '';
  if (!otherServers) return refusal;
  const names = otherServers.map(({ address, vendor }) => (vendor === undefined ? address : `${address} (${vendor})`)).join(', ');
  return `Another DHCP server answers on ${name}: ${names}.`;
}

/** A button where our command surely mends it; what cannot be read (`unknown`) is not guessed at with administrator rights. */
function firewallButton(check: PreflightCheck, nic: Nic): PreflightCheck {
  const { state, fix } = check;
  const can = fix?.command !== undefined && (state === 'failed' || state === 'warning') && isPlain(nic);
  return fix && can ? { ...check, fix: { ...fix, button: 'Open the ports' } } : check;
}

/** Linux lets ports have names that mean something to a shell; those commands are for a person to judge. */
function isPlain({ name }: Nic): boolean {
  return /^[\w.@:-]+$/.test(name);
}

function button(shown: boolean, verb: string): { button?: string } {
  return shown ? { button: verb } : {};
}

function bootFilesCheck({ bootFiles: files, canGetBootFiles = false }: PreflightFacts): PreflightCheck {
  const id = 'boot-files';
  if (files.length === 0) return { id, state: 'unknown', message: 'The boot files were not looked at yet.' };
  const missing = files.filter((file) => !file.present);
  if (missing.length === 0) return ok(id, `All ${files.length} boot files are present.`);
  const costs = missing.map((file) => `${file.name}: ${file.cost}`).join(' ');
  const fix = canGetBootFiles
    ? { message: 'Get them, or drop the files into the boot-files folder:', command: 'npm run boot-files', button: 'Get the boot files' }
    : { message: 'Drop the files into the boot-files folder.' };
  const state = missing.length === files.length ? 'failed' : 'warning';
  return { id, state, message: `${missing.length} of ${files.length} boot files are missing. ${costs}`, fix };
}
