import type { BmcStatus } from '../../../contract/bmc.ts';
import type { HostInput } from '../../../contract/inventory.ts';
import { hostInput, type DataFixture } from '../../fixtures/data-fixture.ts';
import type { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';

export const isoUrl = (host: string): string => `http://192.168.77.1:7080/iso/${host}/token/lab.iso`;

/** Machines with scripted BMCs: started from the lab's ISO, they read it and then boot its system. */
export class FakeMachines {
  readonly bmcs = new Map<string, ScriptedBmc>();
  /** The latest status that was read from a BMC, by host. */
  readonly statuses = new Map<string, BmcStatus>();
  /** Machines that read their ISO, and whose system then requests no address. */
  readonly silent = new Set<string>();
  readonly #readAt = new Map<string, number>();
  readonly #data: () => DataFixture;

  constructor(data: () => DataFixture) {
    this.#data = data;
  }

  /** Adds the host, assigned to the lab's image. */
  add(name: string, number: number, bmc?: ScriptedBmc, more: Partial<HostInput> = {}): ScriptedBmc | undefined {
    const mac = macOf(number);
    const { inventory } = this.#data();
    inventory.addHost({ ...hostInput(name, mac), ...(bmc && { bmc: { address: addressOf(bmc), username: 'root' } }), ...more });
    inventory.assign(name, { image: 'lab', mode: 'once' });
    if (!bmc) return undefined;
    this.bmcs.set(name, bmc);
    bmc.identity.macs.push(mac);
    bmc.onStart = (device, image) => this.#start(name, device, image);
    return bmc;
  }

  /** The machine reads its ISO, and its system requests an address 10 s later. */
  boot(name: string): void {
    const { clock, activity } = this.#data();
    this.#readAt.set(name, clock.monotonic());
    activity.record({ type: 'iso.opened', host: name, ip: '10.0.0.9', message: `${name} started reading lab.` });
    if (this.silent.has(name)) return;
    const message = `The system of ${name} has an address.`;
    clock.after(10_000, () => void this.#data().activity.record({ type: 'dhcp.os-lease', host: name, message }));
  }

  silenceOf(name: string): number | undefined {
    const readAt = this.#readAt.get(name);
    return readAt === undefined ? undefined : this.#data().clock.monotonic() - readAt;
  }

  #start(name: string, device: string | undefined, image: string | undefined): void {
    const { clock, inventory } = this.#data();
    if (device === 'cdrom' && image === isoUrl(name)) clock.after(20_000, () => this.boot(name));
    if (device !== 'pxe' || inventory.getHost(name).assignment?.state !== 'armed') return;
    const message = `Served the script to ${name}.`;
    clock.after(15_000, () => void this.#data().activity.record({ type: 'script.served', host: name, message }));
    clock.after(20_000, () => this.boot(name));
  }
}

const addressOf = ({ identity }: ScriptedBmc): string => (identity.protocol === 'ipmi' ? 'ipmi://10.0.0.1' : 'redfish://10.0.0.1');

function macOf(number: number): string {
  const [high, low] = [number >> 8, number & 0xff].map((byte) => byte.toString(16).padStart(2, '0'));
  return `52:54:00:00:${high}:${low}`;
}
