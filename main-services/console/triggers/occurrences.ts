import type { CompiledPattern } from './compile.ts';
import { CUT, type Window } from './lines.ts';

/** Searches in one window: a pattern such as `.` or `a*` must not search it a thousand times. */
const MAX_SEARCHES = 16;

/** Where a pattern is in the lines of one console: each occurrence counts once, also when its line is seen again with what followed. */
export class Occurrences {
  readonly #pattern: CompiledPattern;
  /** The index after the last occurrence in the current line. */
  #from = 0;

  constructor(pattern: CompiledPattern) {
    this.#pattern = pattern;
  }

  /** Called for every window in order, also for those that are not searched. */
  move({ isNew, removed }: Window): void {
    this.#from = isNew ? 0 : Math.max(0, this.#from - removed);
  }

  /** How many occurrences the window has that were not counted before; empty ones do not count. */
  count({ text }: Window): number {
    const { re, window, isSmall } = this.#pattern;
    const cut = Math.max(0, text.length - window);
    const seen = cut === 0 ? text : CUT + text.slice(cut + 1);
    if (this.#from >= text.length || (isSmall && !re.test(seen))) return 0;
    const matcher = re.matcher(seen);
    let start = Math.max(0, this.#from - cut);
    let count = 0;
    for (let searches = 0; searches < MAX_SEARCHES; searches++) {
      if (start > seen.length || !matcher.find(start)) return count;
      const end = matcher.end();
      const isEmpty = end === matcher.start();
      start = isEmpty ? end + 1 : end;
      if (isEmpty) continue;
      count++;
      this.#from = cut + end;
    }
    this.#from = text.length;
    return count;
  }
}
