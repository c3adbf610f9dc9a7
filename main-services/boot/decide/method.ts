import { BootbenchError } from '../../../contract/errors.ts';
import type { BootMethod, Host, Image, ImageIndex } from '../../../contract/inventory.ts';
import { loaderBits, tooLarge, type LoaderBits } from '../../iso/bootconfig/loader-limits.ts';
import { methodsOf } from '../../iso/profiles/methods.ts';
import { profileOf } from '../../iso/profiles/profiles.ts';
import { UNKNOWN } from '../../iso/profiles/unknown.ts';

/** How a machine that has come to its iPXE script gets the image. */
export type NetbootMethod = 'http-san' | 'kernel';

/** What the choice depends on besides image and wish. */
export interface NetbootContext {
  /** The image is served as it is. */
  readonly unpatched?: boolean | undefined;
  /** Of the iPXE that asks; undefined: not known, taken for 64. */
  readonly bits?: LoaderBits | undefined;
  /** Of what the machine would read, where it is not the ISO's own size. */
  readonly bytes?: number | undefined;
}

/**
 * The method of a machine that netboots: the one that was chosen, else the image's first that works here. A network disk is gone once
 * the kernel runs, so it comes first only where the system needs no medium. E_BOOT_METHOD says why there is none. Pure.
 */
export function netbootMethod(
  wanted: BootMethod | undefined,
  image: string,
  index: ImageIndex,
  { unpatched = false, bits, bytes = index.size }: NetbootContext = {},
): { method: NetbootMethod; reason: string } {
  const large = tooLarge(bytes, bits);
  if (large !== undefined && (wanted === 'http-san' || (unpatched && wanted === undefined)))
    throw refusal(`${image} cannot be booted as a network disk by this machine. ${large}`, LARGE);
  if (unpatched && (wanted ?? 'http-san') === 'http-san') return { method: 'http-san', reason: asItIs(image) };
  if (unpatched && wanted === 'kernel') throw refusal(`${image} is served as it is, so nothing would tell its kernel where its files are.`);
  const profile = profileOf(index.profile?.id);
  const facts = methodsOf(profile, index);
  const fact = (method: BootMethod) => facts.find((one) => one.method === method) ?? { works: false, reason: '' };
  if (wanted === 'http-san') return { method: wanted, reason: `Boot method http-san was chosen. ${fact(wanted).reason}` };
  if (wanted === 'kernel') {
    if (!fact(wanted).works) throw refusal(`${image} cannot be booted by its kernel alone. ${fact(wanted).reason}`);
    return { method: wanted, reason: `Boot method kernel was chosen. ${fact(wanted).reason}` };
  }
  if (wanted !== undefined) throw refusal(ELSEWHERE[wanted](image));
  const order: NetbootMethod[] = profile.inMemory === true ? ['http-san', 'kernel'] : ['kernel', 'http-san'];
  const method = order.find((one) => fact(one).works && (one === 'kernel' || large === undefined));
  if (method) return { method, reason: large === undefined ? fact(method).reason : `${large} ${fact(method).reason}` };
  if (large !== undefined)
    throw refusal(`${image} cannot be booted over the network by this machine. ${large} ${fact('kernel').reason}`, LARGE);
  if (profile.id === UNKNOWN.id) return { method: 'http-san', reason: `What ${image} needs is not known, so its own loader is tried.` };
  throw refusal(`${image} cannot be booted over the network. ${fact('http-san').reason}`);
}

/** The same for a host as it is assigned, before its iPXE has said what it is. E_BOOT_METHOD. Pure. */
export function netbootOf(
  { facts, assignment }: Pick<Host, 'facts' | 'assignment'>,
  { name, index, unpatched }: Pick<Image, 'name' | 'index' | 'unpatched'>,
): { method: NetbootMethod; reason: string } {
  const wanted = assignment?.method === 'http-san' || assignment?.method === 'kernel' ? assignment.method : undefined;
  return netbootMethod(wanted, name, index, { unpatched, bits: loaderBits(undefined, facts.firmwareArch) });
}

const LARGE = 'Boot the machine by UEFI, or from virtual media.';

function asItIs(image: string): string {
  return `${image} is served as it is, so its own boot loader starts it. A system that looks for its CD drive afterwards finds none.`;
}

/** What a script can do nothing for. */
const ELSEWHERE: Record<Exclude<BootMethod, NetbootMethod>, (image: string) => string> = {
  'virtual-media': (image) => `${image} is to be booted from virtual media, so the network has nothing for this machine.`,
  'uefi-http': (image) => `${image} is to be booted by the firmware’s own HTTP boot; this machine came by PXE.`,
  iscsi: (image) => `${image} is to be booted by iSCSI, which this version does not serve.`,
  local: (image) => `${image} is assigned with the method local, so the machine boots its own disk.`,
};

function refusal(sentence: string, next?: string): BootbenchError {
  return new BootbenchError('E_BOOT_METHOD', sentence, next === undefined ? {} : { next });
}
