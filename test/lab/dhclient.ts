import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import type { Running } from './process.ts';

/** Says what dhclient learned, and gives the interface its address; the system's own script would write /etc/resolv.conf. */
const SCRIPT = `#!/bin/sh
env > "$LAB_DIR/$reason"
case "$reason" in
  PREINIT) ip link set "$interface" up; ip addr flush dev "$interface" ;;
  BOUND|RENEW|REBIND|REBOOT) ip addr replace "$new_ip_address/$new_subnet_mask" dev "$interface" ;;
  EXPIRE|RELEASE|STOP) ip addr flush dev "$interface" ;;
esac
`;

const BASE_CONFIG = `
option classless-routes code 121 = array of unsigned integer 8;
initial-interval 1;
reboot 4;
timeout 30;
retry 3;
request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers, domain-search, host-name, ntp-servers, log-servers,
  classless-routes;
`;

/** Debian's dhclient on one interface, in the foreground. */
export class Dhclient {
  readonly #ns: Namespace;
  readonly #dir: string;
  #running: Running | undefined;

  constructor(ns: Namespace, dir: string) {
    this.#ns = ns;
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'script'), SCRIPT, { mode: 0o755 });
  }

  /** Starts again as the machine with this MAC, with no lease but the given one. */
  async boot(mac: string, { config = '', lease = '' } = {}): Promise<Running> {
    await this.crash();
    for (const reason of ['BOUND', 'RENEW', 'REBOOT']) rmSync(join(this.#dir, reason), { force: true });
    writeFileSync(join(this.#dir, 'conf'), BASE_CONFIG + config);
    writeFileSync(join(this.#dir, 'leases'), lease);
    await this.#ns.ip('link', 'set', 'eth0', 'down');
    await this.#ns.ip('link', 'set', 'eth0', 'address', mac, 'up');
    this.#running = this.#ns.spawn(this.#command('-d'));
    return this.#running;
  }

  /** Boots and waits for the address. */
  async lease(mac: string, options: { config?: string; lease?: string } = {}): Promise<string> {
    return addressIn(await (await this.boot(mac, options)).waitFor(/bound to [\d.]+/, 30_000));
  }

  /** Gives the address back and ends. */
  async release(): Promise<void> {
    await this.#ns.must(this.#command('-r'));
  }

  /** Ends without a word to the server. */
  async crash(): Promise<void> {
    await this.#running?.stop(0, 'SIGKILL');
  }

  /** The script's variables for this reason: `new_routers`, `new_host_name` and so on. */
  said(reason: string): Record<string, string> {
    const file = join(this.#dir, reason);
    if (!existsSync(file)) return {};
    const rows = readFileSync(file, 'utf8').split('\n');
    return Object.fromEntries(rows.map((row) => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)]));
  }

  #command(mode: '-d' | '-r'): string[] {
    const at = (name: string): string => join(this.#dir, name);
    const files = ['-cf', at('conf'), '-lf', at('leases'), '-pf', at('pid'), '-sf', at('script')];
    return ['dhclient', mode, '-v', '-4', ...files, '-e', `LAB_DIR=${this.#dir}`, 'eth0'];
  }
}

export function addressIn(line: { text: string }): string {
  return /bound to ([\d.]+)/.exec(line.text)?.[1] ?? '';
}
