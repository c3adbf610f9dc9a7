import type { Health, PowerState } from '../../../contract/bmc.ts';

/** Get Chassis Status (§28.2). */
export interface ChassisStatus {
  readonly power: PowerState;
  /** One sentence each, worst first. */
  readonly faults: readonly { readonly words: string; readonly critical: boolean }[];
}

/** Bits of the bytes, each with what they say. */
const FAULTS: readonly { byte: 0 | 1 | 2; bit: number; critical: boolean; words: string }[] = [
  { byte: 0, bit: 3, critical: true, words: 'The main power subsystem has a fault.' },
  { byte: 0, bit: 4, critical: true, words: 'The BMC could not carry out a power command.' },
  { byte: 2, bit: 3, critical: true, words: 'A fan or the cooling has a fault.' },
  { byte: 0, bit: 1, critical: true, words: 'The power supply is overloaded.' },
  { byte: 2, bit: 2, critical: false, words: 'A drive has a fault.' },
  { byte: 0, bit: 2, critical: false, words: 'An interlock, such as an open cover, keeps the power off.' },
  { byte: 2, bit: 0, critical: false, words: 'The chassis was opened.' },
  { byte: 1, bit: 3, critical: false, words: 'The last power-down was caused by a power fault.' },
  { byte: 1, bit: 1, critical: false, words: 'The last power-down was caused by an overload.' },
];

/** Some BMCs send the first three bytes only, none has fewer. */
export function decodeChassisStatus(data: Uint8Array): ChassisStatus | undefined {
  const [current] = data;
  if (current === undefined || data.length < 3) return undefined;
  const faults = FAULTS.filter(({ byte, bit }) => ((data[byte] ?? 0) & (1 << bit)) !== 0);
  return { power: (current & 1) === 1 ? 'on' : 'off', faults: faults.map(({ words, critical }) => ({ words, critical })) };
}

export function healthOf({ faults }: ChassisStatus): Health {
  const state = faults.some(({ critical }) => critical) ? 'critical' : faults.length > 0 ? 'warning' : 'ok';
  return { state, sensors: [], faults: faults.map(({ words }) => words) };
}
