import type { Settings } from '../../../contract/appliance.ts';
import { LOCAL_BOOT, type Host, type Interface } from '../../../contract/inventory.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { ImageRef } from './image-library.ts';
import { selectSource } from '../decide/source-selection.ts';
import type { ViewSubject } from './inputs.ts';

export interface SubjectDeps {
  readonly settings: Settings;
  readonly inventory: Pick<Inventory, 'getImage' | 'listImages' | 'getConfig'>;
  readonly bootUrl: string;
  readonly leasedIp: string | undefined;
}

/** Which ISO a host reads, with what goes into it. E_NO_SOURCE, E_SOURCE_URL, E_SOURCE_FORBIDDEN. */
export function isoSubject(
  deps: SubjectDeps,
  host: Host,
  iface: Interface,
  purpose: ViewSubject['purpose'],
  sourceISO?: string,
): ViewSubject {
  const { settings, inventory, bootUrl, leasedIp } = deps;
  const { assignment } = host;
  const assigned = assignment === undefined || assignment.image === LOCAL_BOOT ? undefined : assignment.image;
  const chosen = selectSource({
    query: sourceISO,
    interfaceSource: iface.sourceISO,
    assignedImage: assigned,
    defaultUrl: settings.isoUpstreamUrl,
    allowSourceIso: settings.allowSourceIso,
    libraryImages: inventory.listImages().map(({ name }) => name),
  });
  const ref: ImageRef =
    chosen.type === 'image'
      ? { type: 'image', image: inventory.getImage(chosen.name) }
      : { type: 'url', url: chosen.url, trusted: chosen.trusted };
  const config = assignment?.config === undefined ? undefined : inventory.getConfig(assignment.config);
  return { host, iface, ref, config, bootUrl, leasedIp, purpose };
}
