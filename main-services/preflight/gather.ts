import type { PreflightCheck, Settings } from '../../contract/appliance.ts';
import type { BmcReach } from '../bmc-media/media-base.ts';
import type { BootFileCatalogue } from '../boot/files/boot-files.ts';
import type { IsoEndpointState } from '../http/iso-endpoints.ts';
import type { HttpService } from '../http/service.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { firewallCheck } from '../network/firewall.ts';
import { listNics, usableAddress } from '../network/nics.ts';
import { portFacts, type PortQuestion } from './port-facts.ts';
import { judgeChecks } from './checks.ts';
import { offerAddress } from '../network/set-address.ts';
import type { DeviceSockets } from '../network/types.ts';
import type { DhcpServerScan } from './dhcp-server-scan.ts';
import { isoEndpoint, isoEndpointClosed, OPENS_AUTOMATICALLY } from './sentences.ts';
import type { RuntimeSettingsStore } from '../settings/runtime-settings.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

export interface ChecklistDeps {
  readonly runtime: Pick<RuntimeSettingsStore, 'live' | 'confirmedOn'>;
  readonly supervisor: Supervisor;
  readonly catalogue: BootFileCatalogue;
  readonly sockets: DeviceSockets;
  readonly dhcpServers: Pick<DhcpServerScan, 'lastResult'>;
  /** This system's distribution has packages with the boot files. */
  readonly canGetBootFiles: () => Promise<boolean>;
  readonly inventory: Pick<Inventory, 'listHosts'>;
  readonly reach: Pick<BmcReach, 'checks'>;
  readonly http: Pick<HttpService, 'extraEndpoints'>;
}

/** The checklist of this computer, for the given NIC or else the chosen one. */
export function checklistOf(deps: ChecklistDeps): (nic?: string) => Promise<PreflightCheck[]> {
  const { runtime, supervisor, catalogue, sockets, dhcpServers } = deps;
  const settings = runtime.live;
  return async (requested) => {
    const name = requested ?? supervisor.chosenNic ?? '';
    const nics = await listNics();
    const nic = nics.find((each) => each.name === name);
    const chosen = name === supervisor.chosenNic;
    // While no service starts or stops, because each would find the ports in use by the other.
    const portOf: PortOf = (service) => (chosen ? supervisor.portOf(service) : undefined);
    const ports = await supervisor.exclusively(async () => (nic ? portFacts(sockets, nic, portQuestions(settings, portOf)) : []));
    const checks = judgeChecks({
      name,
      nic,
      names: nics.map((each) => each.name),
      offer: nic && !usableAddress(nic) ? await offerAddress(name).catch(() => undefined) : undefined,
      dhcp: settings.dhcp,
      confirmed: runtime.confirmedOn(name),
      ports,
      otherServers: dhcpServers.lastResult(name),
      refusal: chosen ? refusal(supervisor) : undefined,
      firewall: await firewallCheck({ nic: name, udp: udpPorts(settings, portOf), tcp: tcpPorts(settings, portOf) }),
      bootFiles: await catalogue.status(),
      canGetBootFiles: await deps.canGetBootFiles(),
    });
    if (!chosen) return checks;
    return [...checks, ...deps.http.extraEndpoints().map(isoEndpointCheck), ...(await deps.reach.checks(deps.inventory.listHosts()))];
  };
}

/** The message of the last start of DHCP, if it was refused because of another server. */
function refusal(supervisor: Supervisor): string | undefined {
  const error = supervisor.status().services.find(({ name }) => name === 'dhcp')?.error;
  return error?.code === 'E_DHCP_OTHER_SERVER' ? error.message : undefined;
}

/** Where a service listens, if it does. */
type PortOf = (service: PortQuestion['service']) => number | undefined;

function portQuestions(settings: Settings, portOf: PortOf): PortQuestion[] {
  const question = (service: PortQuestion['service'], protocol: PortQuestion['protocol'], wanted: number): PortQuestion => {
    const port = portOf(service);
    return { service, protocol, port: port ?? wanted, own: port !== undefined };
  };
  return [
    ...(settings.dhcp === 'off' ? [] : [question('dhcp', 'udp', settings.dhcpPort)]),
    question('tftp', 'udp', settings.tftpPort),
    question('http', 'tcp', settings.httpPort),
    question('iscsi', 'tcp', settings.iscsiPort),
  ];
}

/** A further endpoint for ISOs from the settings. */
function isoEndpointCheck({ nic, scheme, port, message }: IsoEndpointState): PreflightCheck {
  const check = { id: `iso-${scheme}-${nic}`, subject: nic };
  if (port !== undefined) return { ...check, state: 'ok', message: isoEndpoint(message) };
  return { ...check, state: 'failed', message: isoEndpointClosed(scheme, nic, message), fix: { message: OPENS_AUTOMATICALLY } };
}

/** Ports that a firewall must allow; those that are not known yet (0) cannot be asked for. */
function tcpPorts({ httpPort, httpsPort, iscsiPort }: Settings, portOf: PortOf): number[] {
  return [portOf('http') ?? httpPort, httpsPort, portOf('iscsi') ?? iscsiPort].filter((port) => port !== 0);
}

function udpPorts({ dhcp, dhcpPort, tftpPort }: Settings, portOf: PortOf): number[] {
  const ofDhcp = dhcp === 'off' ? [] : [portOf('dhcp') ?? dhcpPort, 4011];
  return [...ofDhcp, portOf('tftp') ?? tftpPort].filter((port) => port !== 0);
}
