import { BootbenchError } from '../../../contract/errors.ts';
import type { Image } from '../../../contract/inventory.ts';

const MAX_RESULTS = 200;

/** The outcome of each import by its id: of those that run, and of the latest that ended. Lost when the program ends. */
export class ImportResults {
  readonly #byId = new Map<string, Promise<Image>>();

  /** Replaces the outcome of an earlier attempt with this id. */
  add(id: string, result: Promise<Image>): void {
    this.#byId.delete(id);
    this.#byId.set(id, result);
    const [oldest] = this.#byId.keys();
    if (this.#byId.size > MAX_RESULTS && oldest !== undefined) this.#byId.delete(oldest);
  }

  /** Rejects with the error of the import; E_NOT_FOUND when the id is not known. */
  async of(id: string): Promise<Image> {
    const result = this.#byId.get(id);
    if (!result) throw new BootbenchError('E_NOT_FOUND', `Import ${id} not found.`);
    return result;
  }
}
