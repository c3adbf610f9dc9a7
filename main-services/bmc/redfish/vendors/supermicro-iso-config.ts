import { at, link, record, text } from '../http/json.ts';
import type { OwnMedia, RedfishContext } from '../machine.ts';

/**
 * X10 and X11 have no slots until something is mounted: the share is written into a configuration beside the collection, and mounted
 * from there; what is mounted is then a member of the collection (badfish get_virtual_media_config).
 */
export async function isoConfig({ client, machine, signal }: RedfishContext): Promise<OwnMedia | undefined> {
  for (const { doc } of machine.managers) {
    const oem = record(at(await client.seek(link(doc.VirtualMedia), signal), 'Oem'));
    const path = link(at(oem, 'Supermicro', 'VirtualMediaConfig')) ?? link(oem.VirtualMediaConfig);
    const config = await client.seek(path, signal);
    const mount = text(at(config, 'Actions', '#IsoConfig.Mount', 'target'));
    const unmount = text(at(config, 'Actions', '#IsoConfig.UnMount', 'target'));
    if (path === undefined || config === undefined || mount === undefined || unmount === undefined) continue;
    return {
      empty: { path, doc: { Name: 'Virtual CD', MediaTypes: ['CD'], Inserted: false }, below: 'manager', id: 'CfgCD' },
      async insert(url) {
        const { origin, pathname, search } = new URL(url);
        const written = await client.patch(path, { Host: origin, Path: pathname + search, Username: '', Password: '' }, signal);
        return written.ok ? client.post(mount, {}, signal) : written;
      },
      eject: () => client.post(unmount, {}, signal),
    };
  }
  return undefined;
}
