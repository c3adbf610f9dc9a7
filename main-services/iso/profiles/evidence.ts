import type { EventType } from '../../../contract/appliance.ts';
import type { ConfigFormat } from '../../../contract/inventory.ts';
import type { OsProfile } from './types.ts';

/**
 * What completes a boot: of each group one event, in this order, after the assignment was armed. The machine
 * reads the ISO; then its system speaks. Firmware and iPXE lease addresses too, so only a system's lease counts, and only where no
 * config is there to be fetched. Nothing here waits for a phone-home that the user's config may not have.
 */
export function evidenceOf(profile: OsProfile, format: ConfigFormat | undefined): EventType[][] {
  const read: EventType[] = ['iso.opened', 'iso.file-read'];
  if (profile.silent) return [read];
  const fetched: EventType[] = ['boot.complete', 'config.served', 'iso.config-read'];
  const fetches = format !== undefined && profile.configs[format] !== undefined && profile.id !== 'unknown';
  if (fetches) return [read, fetched];
  const spoke: EventType[] = ['boot.complete', 'dhcp.os-lease'];
  return [read, format === undefined ? spoke : [...fetched, 'dhcp.os-lease']];
}
