import { missingOf } from '../lab/needs.ts';
import type { Need } from '../lab/scenario.ts';
import type { Stage, StageOptions } from './contest.ts';
import { openHttpStage } from './http-stage.ts';
import type { Line, Work } from './lines.ts';

export type StageName = 'http';

interface Entry {
  readonly needs: readonly Need[];
  open(options: StageOptions): Promise<Stage>;
}

const STAGES: Readonly<Record<StageName, Entry>> = {
  http: { needs: ['root', 'appliance', 'iso-tools', 'nginx', 'wrk', 'curl'], open: openHttpStage },
};

const OF: Readonly<Record<Work['kind'], StageName>> = { ranges: 'http', get: 'http', 'small-reader': 'http' };

/** Lines of one stage are measured with the same servers. */
export function stageOf({ work }: Line): StageName {
  return OF[work.kind];
}

/** What this computer lacks for it, as a sentence; undefined when nothing. */
export function missingFor(name: StageName): string | undefined {
  const missing = missingOf(STAGES[name].needs);
  return missing.length === 0 ? undefined : `missing: ${missing.join('; ')}`;
}

export function openStage(name: StageName, options: StageOptions): Promise<Stage> {
  return STAGES[name].open(options);
}
