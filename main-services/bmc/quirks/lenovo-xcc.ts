import type { Quirks } from './quirks.ts';

/** XCC: every slot claims every medium, but RDOC are for uploads (bmclib providers/lenovo; python-redfish-lenovo#21). */
export const LENOVO_XCC: Quirks = {
  vendor: 'Lenovo',
  licence: 'XCC Enterprise',
  usable: ({ id }) => !/^RDOC/i.test(id),
  rank: ({ id }) => (/^EXT/i.test(id) ? 0 : 1),
};
