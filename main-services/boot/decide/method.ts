import { BootbenchError } from '../../../contract/errors.ts';
import type { BootMethod, Host, Image, ImageIndex } from '../../../contract/inventory.ts';
import { loaderBits, tooLarge, type LoaderBits } from '../../iso/bootconfig/loader-limits.ts';
import { methodsOf } from '../../iso/profiles/methods.ts';
import { profileOf } from '../../iso/profiles/profiles.ts';
import type { OsProfile } from '../../iso/profiles/types.ts';
import { UNKNOWN } from '../../iso/profiles/unknown.ts';
import * as sentences from './sentences.ts';

/** How a machine that runs its iPXE script gets the image: as a network disk over iSCSI or HTTP, or its kernel alone. */
export const NETBOOT_METHODS = ['iscsi', 'http-san', 'kernel'] as const satisfies readonly BootMethod[];
export type NetbootMethod = (typeof NETBOOT_METHODS)[number];

export function isNetbootMethod(method: BootMethod | undefined): method is NetbootMethod {
  return NETBOOT_METHODS.some((one) => one === method);
}

export interface MethodChoice {
  readonly method: NetbootMethod;
  readonly reason: string;
}

/** What the choice depends on besides the image and the selected method. */
export interface NetbootContext {
  /** The image is served unmodified. */
  readonly unpatched?: boolean | undefined;
  /** Of the client's iPXE; undefined: not known, taken for 64. */
  readonly bits?: LoaderBits | undefined;
  /** Of what the machine would read, where it is not the ISO's own size. */
  readonly bytes?: number | undefined;
}

/** The image as the choice sees it. */
interface Candidate {
  readonly image: string;
  readonly index: ImageIndex;
  readonly bits: LoaderBits | undefined;
  /** Why this machine's iPXE cannot read an image of this size over HTTP; undefined when it can. */
  readonly limit: string | undefined;
}

/** The method of a machine that netboots: the selected one, else the image's first that works here. E_BOOT_METHOD says why there is none. Pure. */
export function netbootMethod(
  wanted: BootMethod | undefined,
  image: string,
  index: ImageIndex,
  { unpatched = false, bits, bytes = index.size }: NetbootContext = {},
): MethodChoice {
  const candidate: Candidate = { image, index, bits, limit: tooLarge(bytes, bits) };
  if (wanted !== undefined && !isNetbootMethod(wanted)) throw refusal(sentences.NOT_NETBOOTED[wanted](image));
  if (unpatched) return unmodified(wanted, candidate);
  return wanted === undefined ? bestMethod(candidate) : selectedMethod(wanted, candidate);
}

/** Nothing is added to the image, so only its own boot loader can start it. */
function unmodified(wanted: NetbootMethod | undefined, { image, limit }: Candidate): MethodChoice {
  if (wanted === 'kernel') throw refusal(sentences.unmodifiedKernel(image));
  if (wanted === 'iscsi') return { method: 'iscsi', reason: sentences.servedUnmodifiedByIscsi(image) };
  if (limit === undefined) return { method: 'http-san', reason: sentences.servedUnmodified(image) };
  if (wanted === 'http-san') throw tooLargeForHttp(image, limit);
  return { method: 'iscsi', reason: `${limit} ${sentences.servedUnmodifiedByIscsi(image)}` };
}

function selectedMethod(wanted: NetbootMethod, { image, index, limit }: Candidate): MethodChoice {
  const { works, reason } = factsOf(index)(wanted);
  if (wanted === 'http-san' && limit !== undefined) throw tooLargeForHttp(image, limit);
  if (wanted === 'kernel' && !works) throw refusal(sentences.kernelCannotBoot(image, reason));
  return { method: wanted, reason: sentences.methodSelected(wanted, reason) };
}

function bestMethod({ image, index, bits, limit }: Candidate): MethodChoice {
  const profile = profileOf(index.profile?.id);
  const fact = factsOf(index);
  const because = (reason: string): string => (limit === undefined ? reason : `${limit} ${reason}`);
  if (profile.id === UNKNOWN.id) {
    const method = limit === undefined ? 'http-san' : 'iscsi';
    return { method, reason: because(sentences.unknownRequirements(image, method)) };
  }
  const method = orderOf(profile, bits).find((one) => fact(one).works && (one !== 'http-san' || limit === undefined));
  if (method) return { method, reason: because(fact(method).reason) };
  throw refusal(sentences.cannotNetboot(image, fact('iscsi').reason));
}

/**
 * A disk over HTTP is gone once the kernel runs, so it comes first only where the system needs no medium. One over iSCSI is kept by
 * systems that read the iBFT: on BIOS it comes first for them, because a 32-bit iPXE may not read the whole ISO over HTTP; elsewhere the
 * kernel, which needs no iSCSI in the system. For all others iSCSI only lifts the limit of HTTP.
 */
function orderOf({ ibft, inMemory }: OsProfile, bits: LoaderBits | undefined): readonly NetbootMethod[] {
  if (inMemory === true) return ['http-san', 'kernel', 'iscsi'];
  if (ibft === undefined || !('words' in ibft)) return ['kernel', 'http-san', 'iscsi'];
  return bits === 32 ? ['iscsi', 'kernel', 'http-san'] : ['kernel', 'iscsi', 'http-san'];
}

/** Whether the image boots by a method, and why. */
function factsOf(index: ImageIndex): (method: NetbootMethod) => { readonly works: boolean; readonly reason: string } {
  const facts = methodsOf(profileOf(index.profile?.id), index);
  return (method) => facts.find((one) => one.method === method) ?? { works: false, reason: '' };
}

/** The same for a host as it is assigned, before its iPXE has reported what it is. E_BOOT_METHOD. Pure. */
export function netbootOf(
  { facts, assignment }: Pick<Host, 'facts' | 'assignment'>,
  { name, index, unpatched }: Pick<Image, 'name' | 'index' | 'unpatched'>,
): MethodChoice {
  const wanted = isNetbootMethod(assignment?.method) ? assignment.method : undefined;
  return netbootMethod(wanted, name, index, { unpatched, bits: loaderBits(undefined, facts.firmwareArch) });
}

function tooLargeForHttp(image: string, limit: string): BootbenchError {
  return refusal(sentences.tooLargeForHttp(image, limit), sentences.USE_ISCSI_OR_UEFI);
}

function refusal(message: string, next?: string): BootbenchError {
  return new BootbenchError('E_BOOT_METHOD', message, next === undefined ? {} : { next });
}
