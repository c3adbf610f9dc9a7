import { missingOf } from '../lab/needs.ts';
import type { Need } from '../lab/scenario.ts';
import type { Stage, StageOptions } from './contest.ts';
import { openDhcpStage } from './dhcp-stage.ts';
import { openHttpStage } from './http-stage.ts';
import { openImportStage } from './import-stage.ts';
import { openIscsiStage } from './iscsi-stage.ts';
import type { Line, Work } from './lines.ts';
import { openTftpStage } from './tftp-stage.ts';
import { openUrlStage } from './url-stage.ts';

export type StageName = 'http' | 'tftp' | 'dhcp' | 'url' | 'iscsi' | 'import';

interface Entry {
  readonly needs: readonly Need[];
  open(options: StageOptions): Promise<Stage>;
}

const STAGES: Readonly<Record<StageName, Entry>> = {
  http: { needs: ['root', 'appliance', 'iso-tools', 'nginx', 'wrk', 'curl'], open: openHttpStage },
  tftp: { needs: ['root', 'appliance', 'tftpd-hpa', 'curl'], open: openTftpStage },
  dhcp: { needs: ['root', 'appliance', 'dnsmasq'], open: openDhcpStage },
  url: { needs: ['root', 'appliance', 'iso-tools', 'nginx', 'curl'], open: openUrlStage },
  iscsi: { needs: ['root', 'appliance', 'iso-tools', 'tgt', 'iscsi-perf', 'qemu-img', 'curl'], open: openIscsiStage },
  import: { needs: ['root', 'appliance', 'iso-tools'], open: openImportStage },
};

const OF: Readonly<Record<Work['kind'], StageName>> = {
  ranges: 'http',
  get: 'http',
  'small-reader': 'http',
  tftp: 'tftp',
  'tftp-window': 'tftp',
  dhcp: 'dhcp',
  url: 'url',
  iscsi: 'iscsi',
  import: 'import',
  machines: 'http',
};

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
