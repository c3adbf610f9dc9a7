import type { Settings } from '../../../contract/appliance.ts';
import type { Interface } from '../../../contract/inventory.ts';
import { dashedMac } from '../../../contract/primitives.ts';

/**
 * The Tinkerbell server in the argument line. `serverIp` is Bootbench's address on the boot plane: the default for syslog,
 * and gRPC at Tinkerbell's own port, when nothing else is set.
 */
export type TinkerbellSettings = Pick<Settings, 'syslogHost' | 'tinkGrpcAuthority' | 'tinkTls' | 'isoStaticIpam'> & {
  readonly serverIp: string;
};

const CONSOLES = ['console=ttyAMA0', 'console=ttyS0', 'console=tty0', 'console=tty1', 'console=ttyS1'];
const GRPC_PORT = 42113;

/**
 * The kernel arguments that replace the placeholder, in the order of tinkerbell smee/internal/iso/iso.go. The kernel takes the
 * last of several values, so the host's own (`extraArgs`, rendered) come last. A facility that names a console replaces
 * the usual ones.
 */
export function tinkerbellLine(iface: Interface, extraArgs: string, settings: TinkerbellSettings): string {
  const { facility, vlan, mac } = iface;
  const words = [
    facility !== undefined && facility !== '' && `facility=${facility}`,
    ...(facility?.includes('console=') === true ? [] : CONSOLES),
    vlan !== undefined && `vlan_id=${vlan}`,
    `hw_addr=${mac}`,
    `syslog_host=${settings.syslogHost ?? settings.serverIp}`,
    `grpc_authority=${settings.tinkGrpcAuthority ?? `${settings.serverIp}:${GRPC_PORT}`}`,
    `tinkerbell_tls=${settings.tinkTls}`,
    `worker_id=${mac}`,
    extraArgs.trim(),
    settings.isoStaticIpam && ipamArgument(iface),
  ];
  return words.filter((word) => typeof word === 'string' && word !== '').join(' ');
}

/** `ipam=mac:vlan:ip:netmask:gateway:hostname:dns,…:search,…:ntp,…`; empty for no interface. */
export function ipamArgument(iface: Interface | undefined): string {
  if (!iface) return '';
  const fields = [
    dashedMac(iface.mac),
    iface.vlan,
    iface.ip,
    iface.netmask,
    iface.gateway,
    iface.hostname,
    iface.nameServers?.join(','),
    iface.domainSearch?.join(','),
    iface.ntpServers?.join(','),
  ];
  return `ipam=${fields.map((field) => field ?? '').join(':')}`;
}
