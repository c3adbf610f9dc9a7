import type { BmcIdentity, PowerAction } from '../../../contract/bmc.ts';
import { POWER_ACTIONS, type PowerActionLabels } from './labels.ts';

/** The actions that this BMC offers; all of them while that is unknown. */
export function powerActionsOf(identity: BmcIdentity | undefined): PowerActionLabels[] {
  if (!identity || identity.powerActions.length === 0) return [...POWER_ACTIONS];
  return POWER_ACTIONS.filter(({ action }) => identity.powerActions.includes(action));
}

export function pendingPower(action: PowerAction): string | undefined {
  return POWER_ACTIONS.find((labels) => labels.action === action)?.pending;
}
