import { BootbenchError } from '../../../contract/errors.ts';

/** What serial ports say to people. `path` is the port as the host's console URL names it. */

export function describePort(path: string, baud: number): string {
  return `${path} at ${baud} baud`;
}

export function portNotFound(path: string, others: readonly string[]): BootbenchError {
  const found = others.length === 0 ? 'This computer has no other serial port.' : `Ports of this computer: ${others.join(', ')}.`;
  return new BootbenchError('E_CONSOLE_UNREACHABLE', `${path} not found. ${found}`, {
    next: 'Plug in the USB serial adapter; Bootbench opens it by itself then. Or choose another port for this host.',
  });
}

export function notAPort(path: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNSUPPORTED', `${path} is not a serial port.`, {
    next: 'Choose one of the ports that bootbench consoles --ports lists.',
  });
}

/** `by`: the program, where it is known. */
export function portInUse(path: string, by: { readonly name: string; readonly pid: number } | undefined): BootbenchError {
  const user = by ? `${by.name} (PID ${by.pid})` : 'another program';
  return new BootbenchError('E_CONSOLE_BUSY', `${path} is in use by ${user}.`, {
    next: `Quit ${by?.name ?? 'the other program'}. Bootbench tries again by itself.`,
  });
}

/** What keeps this user from opening the port. */
export type Denial =
  /** The group may, and the user is not a member. */
  | { readonly kind: 'not-a-member'; readonly group: string; readonly user: string }
  /** The user was added to the group after login. */
  | { readonly kind: 'old-login'; readonly group: string; readonly user: string }
  /** No group may: a device of root alone. */
  | { readonly kind: 'owner-only'; readonly user: string };

export function portDenied(path: string, device: string, denial: Denial): BootbenchError {
  const message = `${denial.user} may not open ${path}`;
  switch (denial.kind) {
    case 'not-a-member': {
      const command = `sudo usermod -aG ${denial.group} ${denial.user}`;
      return new BootbenchError('E_CONSOLE_PERMISSION', `${message}: it belongs to the group ${denial.group}.`, {
        next: `Run ${command}, then log out and in again.`,
        details: { command },
      });
    }
    case 'old-login':
      return new BootbenchError(
        'E_CONSOLE_PERMISSION',
        `${message}: it belongs to the group ${denial.group}, which this login is not in yet.`,
        { next: 'Log out and in again, then start Bootbench.' },
      );
    case 'owner-only': {
      const command = `sudo setfacl -m u:${denial.user}:rw ${device}`;
      return new BootbenchError('E_CONSOLE_PERMISSION', `${message}: no group may read and write it.`, {
        next: `Run ${command}; it holds until the adapter is unplugged. A udev rule makes it permanent.`,
        details: { command },
      });
    }
  }
}

export function openFailed(path: string, reason: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNREACHABLE', `${path} could not be opened: ${reason}.`);
}

export function libraryMissing(reason: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNSUPPORTED', `Serial ports are not supported on this computer: ${reason}.`, {
    next: 'Install Bootbench again, or use a console over the network.',
  });
}

export function unplugged(path: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', `${path} disappeared: the adapter was unplugged.`, {
    next: 'Plug it in again. Bootbench connects again by itself.',
  });
}

export function portFailed(path: string, reason: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', `${path} failed: ${reason}.`);
}

export function portClosed(path: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', `${path} is closed.`);
}

export function speedRefused(path: string, baud: number, reason: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNSUPPORTED', `${path} does not support ${baud} baud: ${reason}.`, {
    next: 'Choose another speed, or another adapter.',
  });
}

export function noModemLines(path: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNSUPPORTED', `${path} has no control lines and cannot send a break (a pseudo-terminal).`, {
    next: 'Use a serial adapter.',
  });
}

export function speedSet(baud: number): string {
  return `Speed set to ${baud} baud.`;
}

export const DETECTING = 'Detecting the speed; output appears when it is known.';

export function speedDetected(baud: number): string {
  return `Speed detected: ${baud} baud.`;
}

export function noOutput(path: string, seconds: number): BootbenchError {
  return new BootbenchError('E_CONSOLE_SPEED', `The speed of ${path} could not be detected: no output in ${seconds} s.`, {
    next: 'Check the cable (null modem, TX and RX crossed). Then restart the machine, or press Enter at its prompt.',
  });
}

export function noSpeedFits(path: string, seconds: number, tried: readonly number[]): BootbenchError {
  const message = `The speed of ${path} could not be detected in ${seconds} s: the output was not readable at ${tried.join(', ')} baud.`;
  return new BootbenchError('E_CONSOLE_SPEED', message, {
    next: 'Check ground and level (RS-232 or 3.3 V TTL), then try again while the machine prints text. Or set the speed that it uses.',
  });
}

export function unreadable(baud: number): string {
  return `The output is not readable at ${baud} baud. The machine probably changed its speed: detect it, or set another one.`;
}
