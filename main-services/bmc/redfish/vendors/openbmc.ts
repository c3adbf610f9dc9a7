import type { Quirks } from '../machine.ts';

/** Plain OpenBMC. Its design wants https for images; what it refuses is said by the slot (openbmc#3991). */
export const OPENBMC: Quirks = {
  vendor: 'OpenBMC',
  mediaHint: (_machine, url) => (url.startsWith('http:') ? 'OpenBMC may take https:// images only.' : undefined),
};
