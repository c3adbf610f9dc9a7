import type { View } from '../boot.ts';

interface OpenView {
  readonly mac: string;
  readonly opening: Promise<View>;
  /** Once it is open. */
  view?: View;
}

/** Open views by token, the least recently used one dropped first. An entry is deleted with its row, so it never outlives it. */
export class OpenViews {
  readonly #limit: number;
  readonly #entries = new Map<string, OpenView>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The view of this token, where it is this MAC's. */
  get(token: string, mac: string): Promise<View> | undefined {
    return this.#used(token, mac)?.opening;
  }

  /** The same, where it has been opened. */
  ready(token: string, mac: string): View | undefined {
    return this.#used(token, mac)?.view;
  }

  #used(token: string, mac: string): OpenView | undefined {
    const entry = this.#entries.get(token);
    if (entry?.mac !== mac) return undefined;
    // The most recently used entry is the last one of the map.
    this.#entries.delete(token);
    this.#entries.set(token, entry);
    return entry;
  }

  /** A view that fails to open is dropped again. */
  add(token: string, mac: string, opening: Promise<View>): Promise<View> {
    const entry: OpenView = { mac, opening };
    this.#entries.set(token, entry);
    const [leastRecent] = this.#entries.keys();
    if (this.#entries.size > this.#limit && leastRecent !== undefined) this.#entries.delete(leastRecent);
    opening.then(
      (view) => (entry.view = view),
      () => this.delete(token, opening),
    );
    return opening;
  }

  /** Drops the view of a token; with `opening` only where the entry is still that one. */
  delete(token: string, opening?: Promise<View>): void {
    if (opening === undefined || this.#entries.get(token)?.opening === opening) this.#entries.delete(token);
  }
}
