import { BootbenchError } from '../../../contract/errors.ts';

/** What a console over SSH says to people. `server` is `host:port`. */

export function describeSsh(server: string): string {
  return `SSH of ${server}`;
}

export function keyChanged(server: string, pinned: string, presented: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_HOST_KEY', `The SSH host key of ${server} has changed from ${pinned} to ${presented}.`, {
    details: { hostKey: { pinned, presented } },
  });
}

export function loginRejected(server: string, username: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_AUTH', `${server} rejected the user ${username} or the password.`, {
    details: { credentials: username },
  });
}

export function passwordNotAccepted(server: string, methods: readonly string[]): BootbenchError {
  return new BootbenchError(
    'E_CONSOLE_AUTH',
    `${server} does not accept passwords over SSH; it accepts ${methods.join(', ') || 'nothing'}.`,
    {
      next: 'Allow password login in the SSH settings of the BMC.',
    },
  );
}

export function handshakeFailed(server: string, reason: string, legacy: boolean): BootbenchError {
  const next = legacy
    ? 'Update the BMC’s firmware, or use sol: as the console.'
    : 'If the BMC is old, allow outdated algorithms for this host: add legacy=true to its console URL, such as ssh:?legacy=true.';
  return new BootbenchError('E_CONSOLE_UNREACHABLE', `The SSH handshake with ${server} failed: ${reason}.`, { next });
}

export function refusedConnection(server: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNREACHABLE', `${server} refused the connection: SSH is disabled there, or it uses another port.`, {
    next: 'Enable SSH on the BMC, or put the port into the console URL.',
  });
}

export function noAnswer(server: string, seconds: number): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNREACHABLE', `${server} did not answer over SSH within ${seconds} s.`);
}

export function unreachable(server: string, reason: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNREACHABLE', `${server} cannot be reached over SSH: ${reason}.`);
}

export function notSsh(server: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNREACHABLE', `${server} does not answer as an SSH server.`, {
    next: 'Check the port of the console, and that SSH is enabled there.',
  });
}

export function connectionLost(server: string, reason: string | undefined): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', `${server} closed the SSH connection${reason === undefined ? '' : `: ${reason}`}.`);
}

export function inUse(server: string, line: string, canTakeOver: boolean): BootbenchError {
  return new BootbenchError('E_CONSOLE_BUSY', `The console of ${server} is in use by another session: “${line}”.`, {
    next: canTakeOver
      ? 'Take over the session, or end it in the other program.'
      : 'End the session in the other program. This BMC cannot take it over.',
  });
}

export function shellRefused(server: string, reason: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNSUPPORTED', `${server} opened no terminal over SSH: ${reason}.`, {
    next: 'Check the user’s role on the BMC, or use sol: as the console.',
  });
}

export function noBreak(server: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNSUPPORTED', `A break cannot be sent to ${server} over SSH.`, {
    next: 'Use sol: as the console, or the break key of the BMC’s own command line.',
  });
}

export const OPENING_CANCELLED = 'Opening the console was cancelled.';
