import type { MachineComparison } from '../../contract/machine-identity.ts';

export const HOLD = {
  idle: 'Hold for one second',
  held: 'Keep holding…',
  released: 'Released too early: hold for one second.',
} as const;

export const COPY = { idle: 'Copy', copied: 'Copied', failed: 'Copy failed; select it manually' } as const;

/** The words of the five states. */
export const STATE_LABELS = { ready: 'ready', working: 'working', needs: 'needs you', failed: 'failed', off: 'off' } as const;

export const COMPARISON_RESULTS: Record<MachineComparison['kind'], string> = {
  same: 'The BMC belongs to this machine.',
  other: 'The BMC belongs to a different machine.',
  unknown: 'It is unclear which machine this BMC belongs to.',
};
export const COMPARISON_COLUMNS = { fact: 'Fact', host: 'Host', bmc: 'BMC', result: 'Result' } as const;
export const NO_VALUE = 'none';

export function decisiveReason(reason: string): string {
  return `${reason} (decisive)`;
}
