import type { Nic, RuntimeSettings } from '../../../contract/appliance.ts';
import { riskOf } from './labels.ts';

/** Ports that machines can be behind; the chosen one stays listed even when it is gone. */
export function selectable(nics: readonly Nic[], chosen: Nic | undefined): Nic[] {
  const found = nics.filter(({ loopback, name }) => !loopback || name === chosen?.name);
  return chosen && !found.some(({ name }) => name === chosen.name) ? [chosen, ...found] : found;
}

/** Whether this mode on this port has to be confirmed before it is asked for. */
export function needsYes(mode: RuntimeSettings['dhcp'], nic: Nic | undefined, confirmed: boolean): boolean {
  return (mode === 'full' || mode === 'auto') && !confirmed && nic !== undefined && riskOf(nic) !== undefined;
}
