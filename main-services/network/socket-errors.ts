import { BootbenchError } from '../../contract/errors.ts';
import type { BindFailure } from './bound-fd.ts';

export interface SocketWish {
  readonly protocol: 'udp' | 'tcp';
  readonly nic: string;
  readonly port: number;
  readonly address: string;
}

/** The command that lets ordinary programs open ports from `port` on (never above 67, the lowest that we need). */
export function unprivilegedPortCommand(port: number): string {
  return `sudo sysctl -w net.ipv4.ip_unprivileged_port_start=${port < 67 ? port : 67}`;
}

/**
 * A failed socket call as our error. `holder` names who has the port, where the system tells; it is asked for only when the
 * port is in use.
 */
export async function socketError(
  failure: BindFailure,
  wish: SocketWish,
  platform: NodeJS.Platform,
  holder: () => Promise<string | undefined>,
): Promise<BootbenchError> {
  const port = `${wish.protocol.toUpperCase()} port ${wish.port}`;
  const { call, errno } = failure;
  if (errno === 'ENODEV' || errno === 'ENXIO') return new BootbenchError('E_NIC_GONE', `There is no network port ${wish.nic}.`);
  if (errno === 'EADDRINUSE') {
    const who = (await holder()) ?? 'another program, which the system does not name to us';
    return new BootbenchError('E_PORT_IN_USE', `${port} on ${wish.nic} is held by ${who}.`);
  }
  if ((errno === 'EACCES' || errno === 'EPERM') && call === 'bind') return permissionError(port, wish, platform);
  if (errno === 'EADDRNOTAVAIL') {
    return new BootbenchError('E_DEVICE_BIND', `${wish.nic} does not have the address ${wish.address}, so ${port} cannot be opened on it.`);
  }
  if (errno === 'EPERM' && call === 'device') {
    // Linux 5.7 dropped the need for CAP_NET_RAW for sockets that are not bound to a device yet (commit c427bfec18f2).
    const sentence = `The system does not let us bind ${port} to ${wish.nic}: kernels before 5.7 demand CAP_NET_RAW for SO_BINDTODEVICE.`;
    return new BootbenchError('E_DEVICE_BIND', sentence);
  }
  return new BootbenchError('E_DEVICE_BIND', `${port} could not be opened on ${wish.nic} (${call}: ${errno}).`);
}

function permissionError(port: string, wish: SocketWish, platform: NodeJS.Platform): BootbenchError {
  if (platform !== 'linux') {
    const sentence = `The system does not let us open ${port} on ${wish.nic}.`;
    const next = 'Another program may have reserved it; choose another port, or look at the system’s security software.';
    return new BootbenchError('E_PORT_PERMISSION', sentence, { next });
  }
  const command = unprivilegedPortCommand(wish.port);
  const sentence = `The system does not let us open ${port} on ${wish.nic} without administrator rights; this allows it: ${command}`;
  return new BootbenchError('E_PORT_PERMISSION', sentence, { next: `Run: ${command}` });
}
