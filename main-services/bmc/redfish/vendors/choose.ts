import { record, text, type Doc } from '../http/json.ts';
import { AMI_MEGARAC } from './ami-megarac.ts';
import { DELL_IDRAC } from './dell-idrac.ts';
import { HPE_ILO } from './hpe-ilo.ts';
import { LENOVO_XCC } from './lenovo-xcc.ts';
import { OPENBMC } from './openbmc.ts';
import type { Quirks } from '../machine.ts';
import { SUPERMICRO } from './supermicro.ts';

export interface Seen {
  readonly root: Doc;
  readonly system: Doc;
  readonly manager: Doc;
}

const BY_NAME: readonly [RegExp, Quirks][] = [
  [/^dell\b/i, DELL_IDRAC],
  [/^(hpe|hewlett)\b/i, HPE_ILO],
  [/^lenovo\b/i, LENOVO_XCC],
  [/^(supermicro|super micro)\b/i, SUPERMICRO],
  [/^(ami\b|american megatrends|asrock ?rack)/i, AMI_MEGARAC],
  [/^openbmc$/i, OPENBMC],
];

const PLAIN: Quirks = { vendor: '' };

/**
 * Whose BMC this is: ServiceRoot.Vendor, then the keys of its Oem, then Manager.Model, System.Manufacturer last, because a GB200
 * with AMI's BMC says "Dell Inc." there (ironic 84ff8241c, bug 2143027).
 */
export function chooseQuirks({ root, system, manager }: Seen): { quirks: Quirks; vendor: string } {
  // NVIDIA's own BMCs name the vendor NVIDIA and run OpenBMC.
  const candidates = [text(root.Vendor), ...Object.keys(record(root.Oem)), text(manager.Model), text(system.Manufacturer)];
  for (const candidate of candidates) {
    const quirks = BY_NAME.find(([pattern]) => candidate !== undefined && pattern.test(candidate))?.[1];
    if (quirks) return { quirks, vendor: quirks.vendor };
  }
  return { quirks: PLAIN, vendor: candidates.find((candidate) => candidate !== undefined) ?? 'unknown' };
}
