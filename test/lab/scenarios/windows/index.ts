import type { Scenario } from '../../scenario.ts';
import { windowsFirstBoot } from './first-boot.ts';
import { windowsInstaller } from './installer.ts';

/** Scenarios of the Windows build, which runs under Wine: `npm run test:windows`. */
export const windowsScenarios: readonly Scenario[] = [windowsFirstBoot, windowsInstaller];
