import type { Nic } from '../../contract/appliance.ts';
import type { Answer, Libc } from './libc.ts';
import { IP_BOUND_IF, LINUX, MACOS, SO_BINDTODEVICE, intOption, sockaddrIn } from './os-constants.ts';
import type { SocketConstants } from './os-constants.ts';

/** Connections that wait to be accepted: a flood of them must not lock out others while the appliance is busy. The system may lower it. */
const TCP_BACKLOG = 2048;

export interface BoundRequest {
  readonly platform: 'linux' | 'darwin';
  readonly protocol: 'udp' | 'tcp';
  readonly nic: Nic;
  readonly port: number;
  /** The wildcard unless the caller wants one address of the NIC. */
  readonly address: string;
  readonly broadcast: boolean;
  /** Only for UDP: shares the port of a socket that allows it (`allowSharing`). */
  readonly shares?: boolean;
}

/** Which call failed, and how the system names the failure. */
export interface BindFailure {
  readonly call: 'socket' | 'device' | 'option' | 'bind' | 'connect' | 'listen';
  readonly errno: string;
}

export type BoundFd = { kind: 'bound'; fd: number } | { kind: 'failed'; failure: BindFailure };

/**
 * A socket bound to one device and port; TCP already listens, so that a race for the port shows here and not in Node.
 * The caller owns the descriptor. On every failing path it is closed before this returns.
 */
export function boundFd(libc: Libc, request: BoundRequest): BoundFd {
  // The kernel truncates names after 15 bytes (IFNAMSIZ) and at a NUL, and the rest could name another port.
  if (!/^[^\0/]{1,15}$/.test(request.nic.name)) return { kind: 'failed', failure: { call: 'device', errno: 'ENODEV' } };
  const os = request.platform === 'darwin' ? MACOS : LINUX;
  const type = request.protocol === 'udp' ? os.SOCK_DGRAM : os.SOCK_STREAM;
  const opened = libc.socket(os.AF_INET, type | os.typeFlags, 0);
  if (!opened.ok) return { kind: 'failed', failure: { call: 'socket', errno: libc.errnoName(opened.errno) } };
  for (const [call, run] of steps(libc, os, opened.value, request)) {
    const answer = run();
    if (answer.ok) continue;
    libc.close(opened.value);
    return { kind: 'failed', failure: { call, errno: libc.errnoName(answer.errno) } };
  }
  return { kind: 'bound', fd: opened.value };
}

function steps(libc: Libc, os: SocketConstants, fd: number, request: BoundRequest): [BindFailure['call'], () => Answer][] {
  const on = (option: number): [BindFailure['call'], () => Answer] => [
    'option',
    () => libc.setsockopt(fd, os.SOL_SOCKET, option, intOption(1)),
  ];
  return [
    ['device', () => bindToDevice(libc, os, fd, request)],
    ...(request.platform === 'darwin' ? [['option', () => libc.setCloseOnExec(fd)] as [BindFailure['call'], () => Answer]] : []),
    ...(request.broadcast ? [on(os.SO_BROADCAST)] : []),
    // Not on UDP in general: two UDP sockets with SO_REUSEADDR share a port silently, and one of them receives nothing.
    ...(request.protocol === 'tcp' || request.shares === true ? [on(os.SO_REUSEADDR)] : []),
    ['bind', () => libc.bind(fd, sockaddrIn(request.platform, request.address, request.port))],
    ...(request.protocol === 'tcp' ? [['listen', () => libc.listen(fd, TCP_BACKLOG)] as [BindFailure['call'], () => Answer]] : []),
  ];
}

function bindToDevice(libc: Libc, os: SocketConstants, fd: number, request: BoundRequest): Answer {
  if (request.platform === 'darwin') return libc.setsockopt(fd, 0, IP_BOUND_IF, intOption(request.nic.index));
  return libc.setsockopt(fd, os.SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${request.nic.name}\0`));
}

/**
 * libuv sets SO_REUSEADDR on every UDP descriptor it is given (uv_udp_open), so another program that sets it too could
 * take the port unnoticed. The option is read when a socket is bound, so it can be cleared after the hand-over.
 */
export function refuseSharing(libc: Libc, platform: 'linux' | 'darwin', fd: number): void {
  allowSharing(libc, platform, fd, false);
}

/** Whether another socket may share the port of a bound one, where it sets the same option before it is bound. */
export function allowSharing(libc: Libc, platform: 'linux' | 'darwin', fd: number, isAllowed: boolean): void {
  const os = platform === 'darwin' ? MACOS : LINUX;
  libc.setsockopt(fd, os.SOL_SOCKET, os.SO_REUSEADDR, intOption(isAllowed ? 1 : 0));
}
