import type { Scenario } from '../scenario.ts';

/** Every scenario, in the order in which they run. Add an import and a line per scenario. */
export const scenarios: readonly Scenario[] = [];
