import { asBootbenchError, BootbenchError } from '../../../contract/errors.ts';
import { planOverlay, type OverlayPlan } from '../../iso/planner.ts';
import { readIntoFrom } from '../../iso/source/byte-source.ts';
import { overlay, overlayEtag, type Extent } from '../../iso/source/overlay.ts';
import type { View } from '../boot.ts';
import type { OpenImage } from './image-library.ts';
import { wordsOf, type Inputs } from './inputs.ts';
import { viewChanged } from './sentences.ts';

/** Raised when the same inputs would give different bytes; older views are then E_VIEW_CHANGED instead of different bytes. */
export const PLANNER_REVISION = 4;

/** Where the bytes of a view come from; `hash` is the view's ETag. */
export type ViewPlan = OverlayPlan & { readonly hash: string };

export async function planView({ source, index }: OpenImage, inputs: Inputs): Promise<ViewPlan> {
  const { line, parts, inject, ignition, unattended, serial } = inputs;
  const words = line === undefined ? wordsOf(parts) : [];
  const files = inject.map(({ name, base64 }) => ({ name, bytes: Buffer.from(base64, 'base64') }));
  const plan = await planOverlay(source, index, { line, words, files, ignition, unattended, serial });
  return { ...plan, hash: overlayEtag(String(PLANNER_REVISION), source, plan.segments) };
}

/** The view that a plan makes; `onLost` is called when its bytes are lost. */
export function viewOf(
  row: Pick<View, 'token' | 'host' | 'mac' | 'image'>,
  inputs: Inputs,
  opened: OpenImage,
  plan: ViewPlan,
  onLost: () => void,
): View {
  const { token, host, mac, image } = row;
  const { kernel } = opened.index.profile ?? {};
  return {
    token,
    host,
    mac,
    image,
    source: reportingLoss(overlay(opened.source, plan.segments, { etag: plan.hash }), onLost),
    base: opened.source,
    patched: ownExtents(plan.files),
    receipt: plan.files,
    notes: plan.notes,
    method: inputs.method,
    ...(inputs.methodReason !== undefined && { methodReason: inputs.methodReason }),
    ...(inputs.method === 'kernel' && kernel && { kernel: { ...kernel, words: wordsOf(inputs.parts) } }),
  };
}

export function viewChangedError({ image, host }: Pick<View, 'image' | 'host'>): BootbenchError {
  return new BootbenchError('E_VIEW_CHANGED', viewChanged(image, host));
}

/** Where the host's own bytes are. Descriptors and the end of the image differ too, but every reader of the medium reads those. */
function ownExtents(files: OverlayPlan['files']): Extent[] {
  const own = files.filter(({ what, after }) => after > 0 && what !== 'root relocated' && what !== 'boot image relocated');
  return own.map(({ offset, after }) => ({ offset, length: after })).sort((a, b) => a.offset - b.offset);
}

/** Bytes that are gone or changed: the next request opens them again, and succeeds when the disk is back. */
const LOST_CODES = new Set(['E_IMAGE_GONE', 'E_IMAGE_CHANGED', 'E_UPSTREAM_CHANGED']);

function reportingLoss(source: View['source'], onLost: () => void): View['source'] {
  const lost = (error: unknown): never => {
    if (LOST_CODES.has(asBootbenchError(error).code)) onLost();
    throw error;
  };
  return {
    size: source.size,
    etag: source.etag,
    read: (...range) => source.read(...range).catch(lost),
    readInto: (...range) => readIntoFrom(source, ...range).catch(lost),
    readNow: (offset, length) => source.readNow?.(offset, length),
    placesNow: (offset, length) => source.placesNow?.(offset, length),
    close: () => source.close(),
  };
}
