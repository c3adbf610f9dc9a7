import { BootbenchError } from '../../contract/errors.ts';
import type { BindFailure } from './bound-fd.ts';
import * as sentences from './sentences.ts';

export interface SocketRequest {
  readonly protocol: 'udp' | 'tcp';
  readonly nic: string;
  readonly port: number;
  readonly address: string;
}

/** The command that lets ordinary programs open ports from `port` on (never above 67, the lowest that Bootbench needs). */
export function unprivilegedPortCommand(port: number): string {
  return `sudo sysctl -w net.ipv4.ip_unprivileged_port_start=${port < 67 ? port : 67}`;
}

/** A failed socket call as a BootbenchError. `holder` names the program that has the port, if known; called only when the port is in use. */
export async function socketError(
  failure: BindFailure,
  request: SocketRequest,
  platform: NodeJS.Platform,
  holder: () => Promise<string | undefined>,
): Promise<BootbenchError> {
  const port = `${request.protocol.toUpperCase()} port ${request.port}`;
  const { call, errno } = failure;
  const { nic, address } = request;
  switch (errno) {
    case 'ENODEV':
    case 'ENXIO':
      return new BootbenchError('E_NIC_GONE', sentences.nicNotFound(nic));
    case 'EADDRINUSE':
      return new BootbenchError('E_PORT_IN_USE', sentences.portInUse(port, nic, (await holder()) ?? sentences.UNKNOWN_HOLDER));
    case 'EADDRNOTAVAIL':
      return new BootbenchError('E_DEVICE_BIND', sentences.addressNotOnNic(nic, address, port));
  }
  if ((errno === 'EACCES' || errno === 'EPERM') && call === 'bind') return permissionError(port, request, platform);
  // Linux 5.7 dropped the need for CAP_NET_RAW for sockets that are not bound to a device yet (commit c427bfec18f2).
  if (errno === 'EPERM' && call === 'device') return new BootbenchError('E_DEVICE_BIND', sentences.oldKernel(port, nic));
  return new BootbenchError('E_DEVICE_BIND', sentences.openFailed(port, nic, `${call}: ${errno}`));
}

function permissionError(port: string, { nic, port: number }: SocketRequest, platform: NodeJS.Platform): BootbenchError {
  if (platform !== 'linux') {
    return new BootbenchError('E_PORT_PERMISSION', sentences.portNotAllowed(port, nic), { next: sentences.CHECK_RESERVATION });
  }
  const command = unprivilegedPortCommand(number);
  const next = sentences.runCommandLine(command);
  return new BootbenchError('E_PORT_PERMISSION', sentences.portNeedsRights(port, nic, command), { next });
}
