import type { Scenario } from '../../scenario.ts';
import { windowsFirstBoot, windowsImported, windowsTwice } from './boots.ts';
import { windowsDhcp } from './dhcp.ts';
import { windowsEnds } from './ends.ts';
import { windowsFiles } from './files.ts';
import { windowsFirewall } from './firewall.ts';
import { windowsInstaller } from './installer.ts';
import { windowsNics } from './nics.ts';
import { windowsService } from './service.ts';

/** Scenarios of the Windows build, which runs under Wine: `npm run test:windows`. */
export const windowsScenarios: readonly Scenario[] = [
  windowsFirstBoot,
  windowsImported,
  windowsTwice,
  windowsDhcp,
  windowsEnds,
  windowsService,
  windowsFiles,
  windowsNics,
  windowsFirewall,
  windowsInstaller,
];
