import { BootbenchError } from '../../../contract/errors.ts';
import type { CoreosAreas } from '../../../contract/inventory.ts';
import type { Patch } from '../source/overlay.ts';
import type { KargsAreas } from './area-text.ts';
import { ignitionArchive } from './ignition-archive.ts';

/** Packed, a config takes at least this part of its size: what is larger needs no try. */
const LEAST_PACKED = 64;

/**
 * Same-size patches for the areas of a CoreOS ISO. `kargs` is the whole line of arguments, the ISO's own among them; either may be
 * left as it is. E_PATCH_TOO_LONG says by how many bytes; E_IMAGE_EDIT where the ISO has no such area.
 */
export function coreosPatches(areas: CoreosAreas, kargs: string | undefined, ignition: Uint8Array | undefined): Patch[] {
  return [
    ...(kargs === undefined ? [] : kargsPatches(areas.kargs ?? none('kernel arguments'), kargs)),
    ...(ignition === undefined ? [] : [ignitionPatch(areas.ignition ?? none('an Ignition config'), ignition)]),
  ];
}

function none(what: string): never {
  throw new BootbenchError('E_IMAGE_EDIT', `This CoreOS ISO has no place for ${what}.`);
}

/** The same text into every area; one character ends it, another fills what is left (coreos-installer src/live/embed.rs). */
function kargsPatches({ size, areas }: KargsAreas, kargs: string): Patch[] {
  const text = Buffer.from(kargs.trim().replace(/\s+/g, ' '), 'utf8');
  if (text.length >= size) {
    const sentence = `The kernel arguments have ${text.length} bytes; this CoreOS ISO has room for ${size - 1}, so ${text.length - size + 1} are too many.`;
    throw new BootbenchError('E_PATCH_TOO_LONG', sentence);
  }
  return areas.map(({ offset, pad, end }) => {
    const bytes = Buffer.alloc(size, pad, 'latin1');
    text.copy(bytes);
    bytes.write(end, text.length, 'latin1');
    return { offset, bytes };
  });
}

function ignitionPatch({ offset, length }: NonNullable<CoreosAreas['ignition']>, config: Uint8Array): Patch {
  const packed = config.length > length * LEAST_PACKED ? undefined : ignitionArchive(config);
  if (!packed || packed.length > length) {
    const size = packed ? `packed it has ${packed.length} bytes` : `it has ${config.length} bytes`;
    const sentence = `The Ignition config is too large for this CoreOS ISO: ${size}, and the ISO has room for ${length}.`;
    throw new BootbenchError('E_PATCH_TOO_LONG', sentence);
  }
  const bytes = Buffer.alloc(length);
  packed.copy(bytes);
  return { offset, bytes };
}
