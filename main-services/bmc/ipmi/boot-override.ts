import type { BootDevice } from '../../../contract/bmc.ts';
import type { BootOverride } from '../provider.ts';
import { bootOnceRequest, clearFlagsRequest, decodeFlags, keepFlagsRequest, readFlagsRequest } from './boot-flags.ts';
import { COMMAND, COMPLETION } from './wire/codes.ts';
import { noBootOverride, noSuchDevice, overrideDiffers } from './sentences.ts';
import { refusedCommand } from './wire/sentences.ts';
import type { Session } from './wire/session.ts';

/** The one-time boot device, set and read back. */
export async function setBootOnce(
  session: Session,
  device: BootDevice,
  efi: boolean,
  signal: AbortSignal | undefined,
): Promise<{ readBack: BootOverride; note?: string }> {
  const flags = bootOnceRequest(device, efi);
  if (!flags) throw noSuchDevice(session.bmc);
  // A BMC that cannot be told this forgets the flags after a minute without a power command; one follows sooner.
  await session.request(COMMAND.setBootOptions, keepFlagsRequest, signal);
  const { completion } = await session.request(COMMAND.setBootOptions, flags, signal);
  if (doesNotKnow(completion)) throw noBootOverride(session.bmc, completion);
  if (completion !== COMPLETION.ok) throw refusedCommand(session.bmc, COMMAND.setBootOptions, completion);
  const readBack = await readOverride(session, signal);
  if (!readBack)
    return { readBack: { device, once: true, efi }, note: 'The BMC accepted the boot device, but does not let it be read back.' };
  if (readBack.device !== device) throw overrideDiffers(session.bmc, device, readBack.device);
  const note = differenceOf(readBack, efi);
  return note === undefined ? { readBack } : { readBack, note };
}

/** A BMC without such a thing has nothing to clear. */
export async function clearOverride(session: Session, signal: AbortSignal | undefined): Promise<void> {
  const { completion } = await session.request(COMMAND.setBootOptions, clearFlagsRequest, signal);
  if (completion !== COMPLETION.ok && !doesNotKnow(completion)) throw refusedCommand(session.bmc, COMMAND.setBootOptions, completion);
  const readBack = await readOverride(session, signal);
  if (readBack?.device !== undefined) throw overrideDiffers(session.bmc, 'none', readBack.device);
}

/** Undefined where the BMC does not tell. */
export async function readOverride(session: Session, signal: AbortSignal | undefined): Promise<BootOverride | undefined> {
  const { completion, data } = await session.request(COMMAND.getBootOptions, readFlagsRequest, signal);
  return completion === COMPLETION.ok ? decodeFlags(data) : undefined;
}

function differenceOf({ once, efi }: BootOverride, asked: boolean): string | undefined {
  if (!once) return 'The BMC shows the boot device as lasting, not as once; clear it after this boot.';
  if (efi !== asked)
    return `The BMC shows ${efi ? 'UEFI' : 'BIOS'} mode for this boot, not ${asked ? 'UEFI' : 'BIOS'}: the machine’s own setting decides.`;
  return undefined;
}

function doesNotKnow(completion: number): boolean {
  const { invalidField, invalidCommand, parameterNotSupported } = COMPLETION;
  return completion === invalidField || completion === invalidCommand || completion === parameterNotSupported;
}
