import { BootbenchError } from '../../../contract/errors.ts';
import type { TextEdit } from '../bootconfig/text-edits.ts';
import type { Extent, Patch } from '../source/overlay.ts';
import { PLACEHOLDER_LENGTH, TINKERBELL_PLACEHOLDER } from './placeholder.ts';

/**
 * The line at every place of the placeholder, padded with spaces to its length. E_PATCH_TOO_LONG says by how many bytes it is
 * too long: what follows the placeholder is never overwritten.
 */
export function placeholderPatches(offsets: readonly number[], line: string): Patch[] {
  const text = Buffer.from(line, 'utf8');
  if (text.length > PLACEHOLDER_LENGTH) {
    const over = text.length - PLACEHOLDER_LENGTH;
    throw new BootbenchError(
      'E_PATCH_TOO_LONG',
      `The kernel arguments have ${text.length} bytes; this ISO has room for ${PLACEHOLDER_LENGTH}, so ${over} are too many.`,
    );
  }
  const bytes = Buffer.alloc(PLACEHOLDER_LENGTH, ' ');
  text.copy(bytes);
  return offsets.map((offset) => ({ offset, bytes }));
}

/** The line instead of every placeholder of a text that is read as latin1, without padding. */
export function placeholderEdits(text: string, line: string): TextEdit[] {
  const filled = Buffer.from(line, 'utf8').toString('latin1');
  const edits: TextEdit[] = [];
  for (let at = text.indexOf(TINKERBELL_PLACEHOLDER); at >= 0; at = text.indexOf(TINKERBELL_PLACEHOLDER, at + PLACEHOLDER_LENGTH)) {
    edits.push({ start: at, end: at + PLACEHOLDER_LENGTH, text: filled });
  }
  return edits;
}

/** Those places that lie in none of the extents. */
export function outside(offsets: readonly number[], extents: readonly Extent[]): number[] {
  return offsets.filter((place) => !extents.some(({ offset, length }) => place >= offset && place < offset + length));
}
