import { BootbenchError } from '../../../contract/errors.ts';
import type { BootMethod, Host, Image, ImageIndex } from '../../../contract/inventory.ts';
import { loaderBits, tooLarge, type LoaderBits } from '../../iso/bootconfig/loader-limits.ts';
import { methodsOf } from '../../iso/profiles/methods.ts';
import { profileOf } from '../../iso/profiles/profiles.ts';
import { UNKNOWN } from '../../iso/profiles/unknown.ts';
import * as sentences from './sentences.ts';

/** How a machine that runs its iPXE script gets the image. */
export type NetbootMethod = 'http-san' | 'kernel';

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
  /** Why this machine's iPXE cannot read an image of this size; undefined when it can. */
  readonly limit: string | undefined;
}

/** The method of a machine that netboots: the selected one, else the image's first that works here. E_BOOT_METHOD says why there is none. Pure. */
export function netbootMethod(
  wanted: BootMethod | undefined,
  image: string,
  index: ImageIndex,
  { unpatched = false, bits, bytes = index.size }: NetbootContext = {},
): MethodChoice {
  const candidate: Candidate = { image, index, limit: tooLarge(bytes, bits) };
  if (wanted !== undefined && wanted !== 'http-san' && wanted !== 'kernel') throw refusal(sentences.NOT_NETBOOTED[wanted](image));
  if (unpatched) return unmodified(wanted, candidate);
  return wanted === undefined ? bestMethod(candidate) : selectedMethod(wanted, candidate);
}

/** Nothing is added to the image, so only its own boot loader can start it. */
function unmodified(wanted: NetbootMethod | undefined, { image, limit }: Candidate): MethodChoice {
  if (wanted === 'kernel') throw refusal(sentences.unmodifiedKernel(image));
  if (limit !== undefined) throw refusal(sentences.tooLargeForNetworkDisk(image, limit), sentences.UEFI_OR_MEDIUM);
  return { method: 'http-san', reason: sentences.servedUnmodified(image) };
}

function selectedMethod(wanted: NetbootMethod, { image, index, limit }: Candidate): MethodChoice {
  const { works, reason } = factsOf(index)(wanted);
  if (wanted === 'http-san' && limit !== undefined) throw refusal(sentences.tooLargeForNetworkDisk(image, limit), sentences.UEFI_OR_MEDIUM);
  if (wanted === 'kernel' && !works) throw refusal(sentences.kernelCannotBoot(image, reason));
  return { method: wanted, reason: sentences.methodSelected(wanted, reason) };
}

/** A network disk is gone once the kernel runs, so it comes first only where the system needs no medium. */
function bestMethod({ image, index, limit }: Candidate): MethodChoice {
  const profile = profileOf(index.profile?.id);
  const fact = factsOf(index);
  const order: NetbootMethod[] = profile.inMemory === true ? ['http-san', 'kernel'] : ['kernel', 'http-san'];
  const method = order.find((one) => fact(one).works && (one === 'kernel' || limit === undefined));
  if (method) return { method, reason: limit === undefined ? fact(method).reason : `${limit} ${fact(method).reason}` };
  if (limit !== undefined) throw refusal(sentences.tooLargeToNetboot(image, limit, fact('kernel').reason), sentences.UEFI_OR_MEDIUM);
  if (profile.id === UNKNOWN.id) return { method: 'http-san', reason: sentences.unknownRequirements(image) };
  throw refusal(sentences.cannotNetboot(image, fact('http-san').reason));
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
  const wanted = assignment?.method === 'http-san' || assignment?.method === 'kernel' ? assignment.method : undefined;
  return netbootMethod(wanted, name, index, { unpatched, bits: loaderBits(undefined, facts.firmwareArch) });
}

function refusal(message: string, next?: string): BootbenchError {
  return new BootbenchError('E_BOOT_METHOD', message, next === undefined ? {} : { next });
}
