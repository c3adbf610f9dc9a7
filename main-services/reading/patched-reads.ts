import type { ReceiptFile } from '../../contract/views.ts';
import type { View } from '../boot/boot.ts';
import type { Extent } from '../iso/source/overlay.ts';
import { countBefore } from '../../util/search.ts';

/** When a machine first read bytes that were made for its host. */
export class PatchedReads {
  /** Time of the event. */
  readAt: number | undefined;
  readonly #own: readonly Extent[];
  readonly #onRead: () => number;

  /** `onRead` is called once and returns the time of its event. */
  constructor(view: Pick<View, 'receipt' | 'patched'>, onRead: () => number) {
    this.#own = ownExtents(view);
    this.#onRead = onRead;
  }

  /** `end` is exclusive. */
  add(start: number, end: number): void {
    if (this.readAt !== undefined) return;
    const next = this.#own[firstEndingAfter(this.#own, start)];
    if (next && next.offset < end) this.readAt = this.#onRead();
  }
}

/**
 * What was made for the host: its boot configurations, else its files. Volume descriptors and folders differ too, but any machine that
 * finds the ISO reads those.
 */
function ownExtents({ receipt, patched }: Pick<View, 'receipt' | 'patched'>): readonly Extent[] {
  const extentsOf = (kinds: readonly ReceiptFile['what'][]): Extent[] =>
    receipt
      .filter(({ what, after }) => kinds.includes(what) && after > 0)
      .map(({ offset, after }) => ({ offset, length: after }))
      .sort((a, b) => a.offset - b.offset);
  const edited = extentsOf(['in place', 'relocated']);
  const own = edited.length > 0 ? edited : extentsOf(['injected']);
  return own.length > 0 ? own : patched;
}

/** Index of the first extent that ends after `offset`; they are in order. */
function firstEndingAfter(extents: readonly Extent[], offset: number): number {
  return countBefore(extents, (extent) => extent.offset + extent.length <= offset);
}
