import type { Quirks } from './quirks.ts';

/** iLO 4 to 6. Its slots hang below the Manager only (recording, iLO 5 2.72); the client finds them by itself. */
export const HPE_ILO: Quirks = { vendor: 'HPE', licence: 'iLO Advanced' };
