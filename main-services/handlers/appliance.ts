import type { ApplianceStatus } from '../../contract/appliance.ts';
import type { Handlers } from '../../contract/port.ts';
import type { ProcedureName } from '../../contract/procedures.ts';
import { asBuffer } from '../../util/text.ts';
import { latest } from './signal.ts';
import type { Rooms } from './rooms.ts';

type Appliance = Extract<ProcedureName, `appliance.${string}`>;

export function applianceHandlers({ control, vendors }: Rooms): Pick<Handlers, Appliance> {
  return {
    'appliance.status': () => control.status(),
    'appliance.nics': () => control.nics(),
    'appliance.selectNic': ({ nic }) => control.selectNic(nic),
    'appliance.offerAddress': ({ nic }) => control.offerAddress(nic),
    'appliance.setAddress': async ({ nic, address, prefix }) => {
      await control.setAddress(nic, address, prefix);
      return {};
    },
    'appliance.preflight': ({ nic }) => control.preflight(nic),
    'appliance.fix': ({ id, nic }) => control.fix(id, nic),
    'appliance.probe': ({ nic }) => control.probe(nic),
    'appliance.settings': () => control.settings(),
    'appliance.changeSettings': ({ patch }) => control.changeSettings(patch),
    'appliance.vendors': ({ macs }) => vendors.of(macs),
    'appliance.bootFiles': () => control.bootFiles(),
    'appliance.doctor': ({ nic }) => control.doctor(nic),
    'appliance.bootFileOffers': ({ from }) => control.bootFileOffers(from),
    'appliance.installBootFiles': ({ from, confirmed }) => control.installBootFiles(from, confirmed),
    'appliance.backup': ({ file, database }) => control.backup(file, database),
    'appliance.stop': () => control.stop(),
    'appliance.supportBundle': () => inPieces(control.supportBundle()),
    'appliance.statusWatch': (_input, { signal }) => statusFrom(control, signal),
  };
}

/** Bytes that become one message; a multiple of 3, so that pieces of base64 can be joined. */
const PIECE_BYTES = 96 * 1024;

async function* inPieces(whole: Promise<Uint8Array>): AsyncGenerator<string> {
  const bytes = asBuffer(await whole);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.toString('base64', at, at + PIECE_BYTES);
}

/** The status now, then every newer one. */
async function* statusFrom(control: Rooms['control'], signal: AbortSignal): AsyncGenerator<ApplianceStatus> {
  const subscribe = (push: (status: ApplianceStatus) => void): (() => void) => {
    push(control.status());
    return control.onStatus(push);
  };
  for await (const batch of latest(subscribe, () => 'status', signal)) yield* batch;
}
