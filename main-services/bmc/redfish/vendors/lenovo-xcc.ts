import type { Quirks } from '../machine.ts';

/**
 * XCC: every slot claims every medium, but only EXT slots take a URL. RDOC are for uploads, Remote for what people mount in their remote
 * console (python-redfish-lenovo#21; bmclib providers/lenovo).
 */
export const LENOVO_XCC: Quirks = {
  vendor: 'Lenovo',
  licence: 'XCC Enterprise',
  usable: ({ id }) => !/^(RDOC|Remote)/i.test(id),
};
