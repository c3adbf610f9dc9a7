import type { Change } from '../../contract/changes.ts';
import type { Host } from '../../contract/inventory.ts';

/** Which hosts reported which UUID, followed by the changes that are committed. */
export class UuidIndex {
  readonly #uuidOf = new Map<string, string>();
  readonly #hostsOf = new Map<string, Set<string>>();

  constructor(hosts: readonly Host[]) {
    for (const host of hosts) this.#put(host);
  }

  /** The first host by name. */
  hostOf(uuid: string): string | undefined {
    return [...(this.#hostsOf.get(uuid) ?? [])].sort()[0];
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind !== 'host') continue;
      this.#remove(change.name);
      if (change.op !== 'DELETED') this.#put(change.object);
    }
  }

  #put({ name, facts: { uuid } }: Host): void {
    if (uuid === undefined) return;
    this.#uuidOf.set(name, uuid);
    this.#hostsOf.set(uuid, (this.#hostsOf.get(uuid) ?? new Set()).add(name));
  }

  #remove(name: string): void {
    const uuid = this.#uuidOf.get(name);
    if (uuid === undefined) return;
    this.#uuidOf.delete(name);
    const hosts = this.#hostsOf.get(uuid);
    hosts?.delete(name);
    if (hosts?.size === 0) this.#hostsOf.delete(uuid);
  }
}
