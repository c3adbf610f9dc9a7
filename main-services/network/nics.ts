import type { Nic } from '../../contract/appliance.ts';
import { linuxNics } from './nics-linux.ts';
import { macosNics, nodeNics, windowsNics } from './nics-node.ts';
import { routes } from './routes.ts';

export { isLinkLocal, usableAddress } from './nic-address.ts';

/** All network ports, in the system's order, also those without cable or address. Never throws: falls back to what Node reports. */
export async function listNics(platform: NodeJS.Platform = process.platform): Promise<Nic[]> {
  const known = await routes(platform);
  try {
    if (platform === 'linux') return await linuxNics(known);
    if (platform === 'darwin') return await macosNics(known);
    if (platform === 'win32') return await windowsNics(known);
  } catch {
    // Without koffi or the system's tool less is known, but the technician can still choose a port.
  }
  return nodeNics(known);
}
