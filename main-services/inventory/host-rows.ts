import { BootbenchError } from '../../contract/errors.ts';
import type { Host, Interface } from '../../contract/inventory.ts';
import type { Clock } from '../../contract/runtime.ts';
import { interfaceIndex } from '../../db/interfaces.ts';
import { objects } from '../../db/objects.ts';
import type { Db } from '../../db/open.ts';
import { UuidIndex } from './uuid-index.ts';
import { addressTaken, addressTwice, exists, macTaken, notFound } from './sentences.ts';

/** Hosts as stored, with the index of their interfaces: each MAC and each address belongs to one host. */
export class HostRows {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #rows;
  readonly #index;
  /** UUIDs by host, and hosts by UUID, the first by name first; read when they are needed first. Unknown machines send UUIDs at any rate. */
  #uuids: UuidIndex | undefined;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#rows = objects(db, 'host');
    this.#index = interfaceIndex(db);
    db.onChanges((changes) => this.#uuids?.apply(changes));
  }

  list(): Host[] {
    return this.#rows.list();
  }

  find(name: string): Host | undefined {
    return this.#rows.get(name);
  }

  /** E_NOT_FOUND. */
  get(name: string): Host {
    const host = this.find(name);
    if (!host) throw new BootbenchError('E_NOT_FOUND', notFound('host', name));
    return host;
  }

  /** E_EXISTS: a name, MAC or address is in use. */
  add(host: Host): Host {
    const { name } = host;
    if (this.#rows.get(name)) {
      throw new BootbenchError('E_EXISTS', exists('host', name), { details: { conflict: { kind: 'name', value: name, owner: name } } });
    }
    return this.save(host);
  }

  /** E_EXISTS: a MAC or address is in use. */
  save(host: Host): Host {
    this.#refuseMacsInUse(host);
    this.#refuseAddressesInUse(host);
    const saved: Host = { ...host, updatedAt: this.#clock.now() };
    return this.#db.write(() => {
      const stored = this.#rows.put(saved.name, saved);
      this.#index.replace(stored);
      return stored;
    });
  }

  /** E_NOT_FOUND. */
  remove(name: string): void {
    this.get(name);
    this.#rows.remove(name);
  }

  byMac(mac: string): { host: Host; iface: Interface } | undefined {
    return this.#interfaceOf(this.#index.hostOfMac(mac), (iface) => iface.mac === mac);
  }

  byUuid(uuid: string): Host | undefined {
    // A transaction that is still open may be undone.
    if (this.#db.main.inTransaction) return this.list().find((host) => host.facts.uuid === uuid);
    this.#uuids ??= new UuidIndex(this.list());
    const name = this.#uuids.hostOf(uuid);
    return name === undefined ? undefined : this.#rows.get(name);
  }

  byIp(ip: string): { host: Host; iface: Interface } | undefined {
    return this.#interfaceOf(this.#index.hostOfIp(ip), (iface) => iface.ip === ip);
  }

  #interfaceOf(name: string | undefined, matches: (iface: Interface) => boolean): { host: Host; iface: Interface } | undefined {
    const host = name === undefined ? undefined : this.#rows.get(name);
    const iface = host?.interfaces.find(matches);
    return host && iface ? { host, iface } : undefined;
  }

  #refuseMacsInUse({ name, interfaces }: Host): void {
    const own = new Set<string>();
    for (const { mac } of interfaces) {
      const owner = own.has(mac) ? name : this.#index.hostOfMac(mac);
      if (own.has(mac) || (owner !== undefined && owner !== name)) throw taken('mac', mac, owner ?? name);
      own.add(mac);
    }
  }

  #refuseAddressesInUse({ name, interfaces }: Host): void {
    const own = new Set<string>();
    for (const { ip } of interfaces) {
      if (ip === undefined) continue;
      const owner = this.#index.hostOfIp(ip);
      if (owner !== undefined && owner !== name) throw taken('ip', ip, owner);
      if (own.has(ip)) throw taken('ip', ip, name, addressTwice(name));
      own.add(ip);
    }
  }
}

function taken(kind: 'mac' | 'ip', value: string, owner: string, message?: string): BootbenchError {
  const sentence = message ?? (kind === 'mac' ? macTaken(value, owner) : addressTaken(value, owner));
  return new BootbenchError('E_EXISTS', sentence, { details: { conflict: { kind, value, owner } } });
}
