import type { Arch, ConfirmedIdentity, OtherReport } from '../../../contract/inventory.ts';

/** DHCP option 93 in words (RFC 4578 and its registry). */
const FIRMWARE: Record<number, string> = {
  0: 'x86 BIOS',
  6: 'x86 UEFI, 32 bits',
  7: 'x86-64 UEFI',
  9: 'x86-64 UEFI',
  10: 'ARM UEFI, 32 bits',
  11: 'ARM 64 UEFI',
  15: 'x86 UEFI by HTTP',
  16: 'x86-64 UEFI by HTTP',
  18: 'ARM UEFI by HTTP',
  19: 'ARM 64 UEFI by HTTP',
  20: 'x86 BIOS by HTTP',
};
const SET: Record<Arch, string> = { x86_64: 'x86-64', aarch64: 'ARM 64' };

/** What the machine last said, or what was set for it. */
export function archWords(said: number | undefined, set: Arch | undefined): string | undefined {
  if (said !== undefined) return `${FIRMWARE[said] ?? 'unknown firmware'} (${said})`;
  return set && `${SET[set]}, as set`;
}

/** What a machine with the host's MAC reported that contradicts the confirmed identity. */
export function contradictionWords(host: string, { mac, uuid, serial }: OtherReport): string {
  const reported = [uuid && `UUID ${uuid}`, serial && `serial number ${serial}`].filter(Boolean).join(' and ');
  return `A machine with MAC ${mac} reported ${reported}. It waits, because ${host} is confirmed to be another machine.`;
}

export function confirmedWords(confirmed: ConfirmedIdentity | undefined): string {
  if (!confirmed) return 'Reported by the machine, not confirmed. Another machine with this MAC would boot as well.';
  return confirmed.by === 'bmc' ? 'Confirmed by the BMC.' : 'Confirmed. Another machine with this MAC waits.';
}
