import { BootbenchError } from '../../../contract/errors.ts';

/** Every sentence of console triggers that a person can read. */

/** `reason` is a clause without a full stop, such as re2js writes it. */
export function invalidPattern(trigger: string, pattern: string, reason: string): BootbenchError {
  const message = `The pattern of the trigger “${trigger}” is invalid: ${reason}.`;
  return new BootbenchError('E_TRIGGER', message, { details: { fields: [{ path: 'pattern', message: `${pattern}: ${reason}` }] } });
}

export function sameName(trigger: string): BootbenchError {
  return new BootbenchError('E_TRIGGER', `Two triggers of this host are named “${trigger}”.`, {
    next: 'Use another name, or remove the other trigger first.',
    details: { fields: [{ path: 'name', message: 'used by another trigger of this host' }] },
  });
}

export function tooLarge(size: number, limit: number): string {
  return `it needs ${size} steps per character, and at most ${limit} are allowed; use smaller repeat counts`;
}

/** `part` is the escape or key that is wrong. */
export function invalidAnswer(trigger: string, part: string): BootbenchError {
  const reason = part.startsWith('<') ? `${part} is not the name of a key` : `${part} is not an escape`;
  return new BootbenchError('E_TRIGGER', `The answer of the trigger “${trigger}” is invalid: ${reason}.`, {
    next: 'Use text, the escapes \\r \\n \\t \\e \\\\ \\xHH, and names of keys such as <Enter>, <Esc>, <Up> or <F12>. A literal < is \\x3c.',
    details: { fields: [{ path: 'answer', message: reason }] },
  });
}

export function tookTooLong(ms: number, seconds: number): string {
  return `Its pattern took ${Math.round(ms)} ms within ${seconds} s of output. Use a simpler pattern.`;
}
