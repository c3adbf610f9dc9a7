import { asBootbenchError } from '../../../contract/errors.ts';
import type { BootMethod, ImageIndex } from '../../../contract/inventory.ts';
import type { BootWay, FinalArguments, WayArguments } from '../../../contract/views.ts';
import { planOverlay } from '../../iso/planner.ts';
import { finalArguments } from '../../iso/profiles/arguments.ts';
import type { ImageLibrary } from './image-library.ts';
import { methodsOf } from '../../iso/profiles/methods.ts';
import { profileOf } from '../../iso/profiles/profiles.ts';
import { injectedFor } from './injected.ts';
import { isNetbootMethod, netbootMethod } from '../decide/method.ts';
import { renderHost } from './render.ts';
import type { ViewSubject } from './inputs.ts';
import { doesNotBootBy, NOTHING_ADDED } from './sentences.ts';

/** As long as a real one, so that the count of bytes is right. */
const TOKEN = '0'.repeat(32);

/** Of one way, and whether the image can be booted in it at all. */
interface Preview {
  readonly result: WayArguments;
  readonly boots: boolean;
}

/**
 * A host's arguments as assigned, or as it would be with a draft, for the way that will be used and for the other one where it may take
 * that too: `bootbench media HOST url` makes a medium also for a machine that usually netboots. With every problem in the
 * way of serving them. Words are shown with `<token>` where a view will have its own. E_TEMPLATE_FIELD, and what opening the image throws.
 */
export async function previewArguments(subjectOf: (way: BootWay) => ViewSubject, library: ImageLibrary): Promise<FinalArguments> {
  const [way, otherWay] = waysOf(subjectOf('medium').host);
  const first = await previewWay(subjectOf(way), library);
  const second = otherWay && (await previewWay(subjectOf(otherWay), library));
  if (!second || (first.boots && !second.boots)) return first.result;
  // What cannot be netbooted is started from its medium, manually where there is no BMC.
  const [used, other] = first.boots || !second.boots ? [first, second] : [second, first];
  return { ...used.result, other: other.result };
}

/** The way that will be used first; the other one only where the method was not chosen. */
function waysOf({ assignment, bmc }: ViewSubject['host']): [BootWay, BootWay?] {
  if (assignment?.method === 'virtual-media') return ['medium'];
  if (assignment?.method !== undefined) return ['netboot'];
  return bmc ? ['medium', 'netboot'] : ['netboot', 'medium'];
}

async function previewWay(subject: ViewSubject, library: ImageLibrary): Promise<Preview> {
  const { host, iface, ref, config, bootUrl, leasedIp, purpose: way } = subject;
  const { source, index } = await library.open(ref);
  const known = ref.type === 'image' ? ref.image : undefined;
  const image = known?.name ?? 'image';
  const { method, problem } = methodFor(subject, image, index, known?.unpatched);
  const boots = problem === undefined;
  const methodProblems = boots ? [] : [problem];
  if (known?.unpatched === true) {
    const problems = [...methodProblems, NOTHING_ADDED];
    return { result: { ...finalArguments([]), way, method, problems }, boots };
  }
  const rendered = renderHost(host, iface, config, { bootUrl, image: known?.name, imageArgs: known?.args, token: TOKEN, leasedIp });
  const context = { host, iface, index, image, bootUrl, token: TOKEN, method, deliver: host.assignment?.deliver };
  const { parts, files, ignition, unattended, serial } = injectedFor(context, rendered);
  const final = finalArguments(parts, index);
  const problems = [...methodProblems, ...final.problems];
  const words = index.placeholderOffsets.length > 0 ? [] : parts.flatMap((part) => part.words);
  if (problems.length === 0) {
    await planOverlay(source, index, { words, files, ignition, unattended, serial }).catch((error: unknown) => {
      problems.push(asBootbenchError(error).message);
    });
  }
  const shownParts = final.parts.map((part) => ({ ...part, words: part.words.map(shown) }));
  return { result: { ...final, way, method, problems, line: shown(final.line), parts: shownParts }, boots };
}

function methodFor(
  { host, purpose, loaderBits: bits }: ViewSubject,
  image: string,
  index: ImageIndex,
  unpatched?: boolean,
): { method: BootMethod; problem?: string } {
  const wanted = host.assignment?.method;
  if (purpose === 'medium' || (wanted !== undefined && !isNetbootMethod(wanted))) {
    const method = wanted ?? 'virtual-media';
    const fact = methodsOf(profileOf(index.profile?.id), index).find((one) => one.method === method);
    return fact?.works === false ? { method, problem: doesNotBootBy(image, method, fact.reason) } : { method };
  }
  try {
    return { method: netbootMethod(wanted, image, index, { bits, unpatched }).method };
  } catch (error) {
    return { method: wanted ?? 'http-san', problem: asBootbenchError(error).message };
  }
}

function shown(text: string): string {
  return text.replaceAll(TOKEN, '<token>');
}
