import type { Host } from '../contract/inventory.ts';
import type { Db } from './open.ts';

/** The lookup columns of hosts' interfaces: one MAC and one reserved address belong to one host. */
export interface InterfaceIndex {
  /** Rewrites the rows of a host. Throws SQLITE_CONSTRAINT_* when a MAC or address is another host's; ask the finders first. */
  replace(host: Host): void;
  hostOfMac(mac: string): string | undefined;
  hostOfIp(ip: string): string | undefined;
}

export function interfaceIndex(db: Db): InterfaceIndex {
  const clear = db.main.prepare<[string]>('DELETE FROM interfaces WHERE host = ?');
  const insert = db.main.prepare<[string, string, string | null]>('INSERT INTO interfaces (mac, host, ip) VALUES (?, ?, ?)');
  const byMac = db.main.prepare<[string], { host: string }>('SELECT host FROM interfaces WHERE mac = ?');
  const byIp = db.main.prepare<[string], { host: string }>('SELECT host FROM interfaces WHERE ip = ?');
  return {
    replace(host) {
      db.write(() => {
        clear.run(host.name);
        for (const iface of host.interfaces) insert.run(iface.mac, host.name, iface.ip ?? null);
      });
    },
    hostOfMac: (mac) => byMac.get(mac)?.host,
    hostOfIp: (ip) => byIp.get(ip)?.host,
  };
}
