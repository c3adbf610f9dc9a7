import type { ConsoleViewer } from '../../../contract/console.ts';
import { someoneTypes } from './sentences.ts';

/** Who types on one console: the first viewer to write, until its last view ends, it releases the keyboard, or another one takes it over. */
export class Keyboard {
  readonly #host: string;
  readonly #changed: () => void;
  #typist: ConsoleViewer | undefined;

  constructor(host: string, changed: () => void) {
    this.#host = host;
    this.#changed = changed;
  }

  get typist(): ConsoleViewer | undefined {
    return this.#typist;
  }

  /** E_CONSOLE_TYPIST where another viewer types and is not to be replaced. */
  take(viewer: ConsoleViewer, { takeOver }: { takeOver: boolean }): void {
    this.check(viewer, takeOver);
    if (this.#typist?.id === viewer.id) return;
    this.#typist = viewer;
    this.#changed();
  }

  /** E_CONSOLE_TYPIST where another viewer types. */
  check(viewer: ConsoleViewer, takeOver = false): void {
    if (this.#typist !== undefined && this.#typist.id !== viewer.id && !takeOver) throw someoneTypes(this.#host, this.#typist);
  }

  release(id: string): void {
    if (this.#typist?.id !== id) return;
    this.#typist = undefined;
    this.#changed();
  }
}
