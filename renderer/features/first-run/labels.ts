import type { Nic } from '../../../contract/appliance.ts';

/** Why this one, or what speaks against it, in one sentence. */
export function nicReason(nic: Nic): string {
  if (nic.wireless) return 'Wi-Fi: most machines cannot netboot from it.';
  if (nic.defaultRoute) return 'It is connected to the rest of your network, so it is probably not the lab port.';
  if (!nic.carrier) return 'Wired, but nothing is plugged in yet.';
  return 'Wired, has a link, and is separate from your own network.';
}
