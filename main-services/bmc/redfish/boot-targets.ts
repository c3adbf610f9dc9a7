import type { BootDevice } from '../../../contract/bmc.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import type { RedfishContext } from './machine.ts';
import { texts, type Doc } from './http/json.ts';
import { bootDeviceUnsupported } from './sentences.ts';

/** The standard's names (DSP0268 BootSource) and UsbCd, Supermicro's name of its virtual CD. */
const TARGETS: Readonly<Record<BootDevice, readonly string[]>> = {
  cdrom: ['Cd', 'UsbCd'],
  pxe: ['Pxe'],
  disk: ['Hdd'],
  'uefi-http': ['UefiHttp'],
};
const DEVICES = Object.keys(TARGETS) as BootDevice[];

/** What a BMC says of its boot override. An empty list: it does not say. */
export interface Offer {
  readonly targets: readonly string[];
  readonly modes: readonly string[];
}

/** From every place that has a Boot: iDRAC10 lists the targets in the settings object only (community.general#11297). */
export function offerOf(boots: readonly Doc[]): Offer {
  const listed = (name: string): string[] => [...new Set(boots.flatMap((boot) => texts(boot[`${name}@Redfish.AllowableValues`])))];
  return { targets: listed('BootSourceOverrideTarget'), modes: listed('BootSourceOverrideMode') };
}

/**
 * The device that a target name stands for. Older BMCs have a second name for UEFI: UefiCd, UefiUsbCd, UefiHdd (Supermicro X10;
 * jetlag#152).
 */
export function deviceOf(target: string): BootDevice | undefined {
  const among = (name: string): BootDevice | undefined => DEVICES.find((device) => TARGETS[device].includes(name));
  return among(target) ?? (isUefiName(target) ? among(target.slice('Uefi'.length)) : undefined);
}

/** Whether the name itself says UEFI, whatever the mode. */
export function isUefiName(target: string): boolean {
  return target.startsWith('Uefi') && target !== 'UefiHttp';
}

export function offeredDevices({ targets }: Offer): BootDevice[] {
  return targets.length === 0 ? ['cdrom', 'pxe', 'disk'] : DEVICES.filter((device) => targets.some((name) => deviceOf(name) === device));
}

/**
 * Names to ask for, best first. Where a BMC has a name for UEFI beside the plain one, the plain one is its legacy BIOS. E_BMC_UNSUPPORTED
 * when it offers none.
 */
export function targetsFor({ machine }: Pick<RedfishContext, 'machine'>, device: BootDevice, efi: boolean, { targets }: Offer): string[] {
  const plain = device === 'cdrom' ? (machine.quirks.cdTargets?.(machine) ?? TARGETS.cdrom) : TARGETS[device];
  if (targets.length === 0) return plain.slice(0, 1);
  const found = plain.flatMap((name) => (efi ? [`Uefi${name}`, name] : [name])).filter((name) => targets.includes(name));
  if (found.length > 0) return found;
  throw bootDeviceUnsupported(device, targets);
  throw new BootbenchError('E_BMC_UNSUPPORTED', `The BMC cannot boot from ${device} (it offers ${targets.join(', ')}).`);
}

/** Redfish's word for the mode. */
export function modeWord(efi: boolean): 'UEFI' | 'Legacy' {
  return efi ? 'UEFI' : 'Legacy';
}
