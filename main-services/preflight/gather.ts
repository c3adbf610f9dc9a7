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
    const ports = await supervisor.exclusively(async () =>
      nic ? portFacts(sockets, nic, portQuestions(settings, chosen ? supervisor : undefined)) : [],
    );
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
      firewall: await firewallCheck({ nic: name, udp: udpPorts(settings), tcp: tcpPorts(settings) }),
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

function portQuestions(settings: Settings, own: Supervisor | undefined): PortQuestion[] {
  const up = (service: PortQuestion['service']): boolean => own?.isUp(service) ?? false;
  return [
    ...(settings.dhcp === 'off' ? [] : [{ service: 'dhcp' as const, protocol: 'udp' as const, port: settings.dhcpPort, own: up('dhcp') }]),
    { service: 'tftp', protocol: 'udp', port: settings.tftpPort, own: up('tftp') },
    { service: 'http', protocol: 'tcp', port: settings.httpPort, own: up('http') },
    { service: 'iscsi', protocol: 'tcp', port: settings.iscsiPort, own: up('iscsi') },
  ];
}

/** A further endpoint for ISOs from the settings. */
function isoEndpointCheck({ nic, scheme, port, message }: IsoEndpointState): PreflightCheck {
  const check = { id: `iso-${scheme}-${nic}`, subject: nic };
  if (port !== undefined) return { ...check, state: 'ok', message: isoEndpoint(message) };
  return { ...check, state: 'failed', message: isoEndpointClosed(scheme, nic, message), fix: { message: OPENS_AUTOMATICALLY } };
}

function tcpPorts({ httpPort, httpsPort, iscsiPort }: Settings): number[] {
  return [httpPort, ...(httpsPort === 0 ? [] : [httpsPort]), iscsiPort];
}

function udpPorts(settings: Settings): number[] {
  return settings.dhcp === 'off' ? [settings.tftpPort] : [settings.dhcpPort, 4011, settings.tftpPort];
}
