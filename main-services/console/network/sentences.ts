import { BootbenchError } from '../../../contract/errors.ts';

/** What consoles over TCP, telnet and RFC 2217 say to people. `address` is HOST:PORT. */

export function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function describe(kind: 'TCP' | 'Telnet' | 'RFC 2217', address: string, baud?: number): string {
  return baud === undefined ? `${kind} ${address}` : `${kind} ${address} at ${baud} baud`;
}

/** `reason`: the operating system's code. */
export function connectFailed(address: string, reason: string | undefined): BootbenchError {
  switch (reason) {
    case 'ECONNREFUSED':
      return new BootbenchError('E_CONSOLE_UNREACHABLE', `${address} refused the connection: no program listens on this port.`, {
        next: 'Start the console server, or correct the port. Some servers also refuse while another client is connected.',
      });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new BootbenchError('E_CONSOLE_UNREACHABLE', `The name of ${address} was not found.`, {
        next: 'Correct the name, or use the IP address.',
      });
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new BootbenchError('E_CONSOLE_UNREACHABLE', `No route to ${address}.`, {
        next: 'Check the cable, the address, and the address of this computer in that network.',
      });
    case undefined:
    default:
      return new BootbenchError('E_CONSOLE_UNREACHABLE', `The connection to ${address} failed: ${reason ?? 'unknown error'}.`);
  }
}

export function connectTimedOut(address: string, seconds: number): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNREACHABLE', `${address} did not answer in ${seconds} s.`, {
    next: 'Check the address and the cable; a firewall may also drop the packets.',
  });
}

/** `words`: the server's own message. */
export function inUse(address: string, words: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_BUSY', `${address} is in use by another client: “${words}”.`, {
    next: 'Disconnect the other client, or allow several (ser2net: max-connections, kickolduser).',
  });
}

export function closedByPeer(address: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', `${address} closed the connection.`, {
    next: 'Check the console server and its serial adapter. Bootbench connects again by itself.',
  });
}

/** Without having sent anything. */
export function closedAtOnce(address: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', `${address} accepted the connection and closed it without a message.`, {
    next: 'Another client may be connected, or the server cannot open its serial port. See the server’s log.',
  });
}

export function connectionLost(address: string, reason: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', `The connection to ${address} was lost: ${reason}.`);
}

export function connectionClosed(address: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', `The connection to ${address} is closed.`);
}

export function noBreak(address: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNSUPPORTED', `${address} is a plain TCP connection, which cannot send a break.`, {
    next: 'If the server supports it, use telnet:// or rfc2217://.',
  });
}

export function noComPort(address: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNSUPPORTED', `${address} does not support RFC 2217: speed and control lines cannot be set.`, {
    next: 'Enable RFC 2217 on the server (ser2net: telnet(rfc2217=true)), or use telnet:// or tcp://.',
  });
}

export function notAcknowledged(address: string, what: string, seconds: number): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNSUPPORTED', `${address} did not acknowledge ${what} in ${seconds} s.`, {
    next: 'The server may not support it. Set it in the server’s configuration.',
  });
}

export function otherSpeed(address: string, requested: number, used: number): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNSUPPORTED', `${address} was set to ${requested} baud, but reports ${used} baud.`, {
    next: 'Choose a speed that the server’s serial port supports.',
  });
}

export function speedAcknowledged(baud: number): string {
  return `Speed set to ${baud} baud, acknowledged by the server.`;
}

export function speedDetected(baud: number): string {
  return `Speed detected: ${baud} baud.`;
}

export function speedUnknown(address: string, seconds: number, output: boolean): BootbenchError {
  const why = output ? 'the output was not readable at any speed' : 'no output';
  return new BootbenchError('E_CONSOLE_SPEED', `The speed of ${address} could not be detected in ${seconds} s: ${why}.`);
}

export function unreadable(baud: number): string {
  return `The output is not readable at ${baud} baud. The machine probably changed its speed: detect it, or set another one.`;
}

export const OVERRUN = 'Characters were lost: the server’s serial port was read too slowly (overrun).';
