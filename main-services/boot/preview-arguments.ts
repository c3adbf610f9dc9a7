import { asBootbenchError } from '../../contract/errors.ts';
import type { BootMethod, ImageIndex } from '../../contract/inventory.ts';
import type { FinalArguments } from '../../contract/views.ts';
import { planOverlay } from '../iso/planner.ts';
import { finalArguments } from '../iso/profiles/arguments.ts';
import type { ImageLibrary } from './image-library.ts';
import { methodsOf } from '../iso/profiles/methods.ts';
import { profileOf } from '../iso/profiles/profiles.ts';
import { injectedFor } from './injected.ts';
import { netbootMethod } from './method.ts';
import { renderHost } from './render.ts';
import type { ViewSubject } from './views.ts';

/** As long as a real one, so that the count of bytes is right. */
const TOKEN = '0'.repeat(32);

/**
 * A host's arguments for a subject that may be a draft, with everything that stands against serving them. Words are shown with
 * `<token>` where a view will have its own. E_TEMPLATE_FIELD, and what opening the image throws.
 */
export async function previewArguments(subject: ViewSubject, library: ImageLibrary): Promise<FinalArguments> {
  const { host, iface, ref, config, bootUrl, leasedIp } = subject;
  const { source, index } = await library.open(ref);
  const known = ref.type === 'image' ? ref.image : undefined;
  if (known?.unpatched === true) return { ...finalArguments([]), problems: ['The image is served as it is, so nothing is added to it.'] };
  const image = known?.name ?? 'image';
  const rendered = renderHost(host, iface, config, { bootUrl, image: known?.name, imageArgs: known?.args, token: TOKEN, leasedIp });
  const { method, problem } = methodFor(subject, image, index);
  const world = { host, iface, index, image, bootUrl, token: TOKEN, method, deliver: host.assignment?.deliver };
  const { parts, files, ignition, unattended } = injectedFor(world, rendered);
  const told = finalArguments(parts, index);
  const problems = [...(problem === undefined ? [] : [problem]), ...told.problems];
  const words = index.placeholderOffsets.length > 0 ? [] : parts.flatMap((part) => part.words);
  if (problems.length === 0) {
    await planOverlay(source, index, { words, files, ignition, unattended }).catch((error: unknown) => {
      problems.push(asBootbenchError(error).message);
    });
  }
  return {
    ...told,
    problems,
    line: shown(told.line),
    parts: told.parts.map((part) => ({ ...part, words: part.words.map(shown) })),
  };
}

function methodFor(
  { host, purpose, loaderBits: bits }: ViewSubject,
  image: string,
  index: ImageIndex,
): { method: BootMethod; problem?: string } {
  const wanted = host.assignment?.method;
  if (purpose === 'medium' || (wanted !== undefined && wanted !== 'kernel' && wanted !== 'http-san')) {
    const method = wanted ?? 'virtual-media';
    const fact = methodsOf(profileOf(index.profile?.id), index).find((one) => one.method === method);
    return fact?.works === false ? { method, problem: `${image} does not boot by ${method}. ${fact.why}` } : { method };
  }
  try {
    return { method: netbootMethod(wanted, image, index, { bits }).method };
  } catch (error) {
    return { method: 'virtual-media', problem: asBootbenchError(error).message };
  }
}

function shown(text: string): string {
  return text.replaceAll(TOKEN, '<token>');
}
