import { text } from '../http/json.ts';
import type { Quirks } from '../machine.ts';
import { isoConfig } from './supermicro-iso-config.ts';

/** The one model whose virtual CD is Cd (sushy, release note change-bootdev-smc). */
const BOOTS_CD = /^ars-111gl-nhr/i;

/** X10 to X13, B-series. */
export const SUPERMICRO: Quirks = {
  vendor: 'Supermicro',
  licence: 'SFT-OOB-LIC or SFT-DCMS-SINGLE',
  // After an eject the name of the old image stays (community.general#6969, #7470).
  holds: ({ ConnectedVia }) => ConnectedVia !== 'NotConnected',
  ownMedia: isoConfig,
  // Where both are offered, Cd is a drive of the machine (sushy change-bootdev-smc).
  cdTargets: ({ system }) => (BOOTS_CD.test(text(system.doc.Model) ?? '') ? ['Cd', 'UsbCd'] : ['UsbCd', 'Cd']),
};
