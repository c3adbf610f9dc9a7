import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * Network cards of many machines behind one interface: a macvlan each, with its own MAC and routes, in the namespace of this process. An address has
 * the scope `link`, so that a broadcast from a machine without one has none either.
 */
export class Links {
  readonly #ip: ChildProcess;
  #waiting: (() => void)[] = [];
  readonly #prefix: number;
  #addresses = new Map<string, string>();

  constructor(prefix: number) {
    this.#prefix = prefix;
    // One process for all changes: 256 machines that boot would start twenty a second.
    this.#ip = spawn('ip', ['-force', '-batch', '-'], { stdio: ['pipe', 'pipe', 'ignore'] });
    let rest = '';
    this.#ip.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.includes(' lo ')) this.#waiting.shift()?.();
    });
  }

  async add(parent: string, machines: readonly { dev: string; mac: string }[]): Promise<void> {
    const add = ({ dev, mac }: { dev: string; mac: string }): string[] => [
      `link add link ${parent} name ${dev} address ${mac} type macvlan mode private`,
      // What an earlier process of the same machines left.
      `addr flush dev ${dev}`,
      `link set ${dev} up`,
    ];
    await this.#do(machines.flatMap(add));
  }

  /** Gives the interface its address. What is sent from that address leaves through it, with its MAC. */
  async on(dev: string, address: string): Promise<void> {
    this.#addresses.set(dev, address);
    const table = 1000 + tableOf(address);
    const network = networkOf(address, this.#prefix);
    await this.#do([
      `addr add ${address}/${this.#prefix} dev ${dev} scope link noprefixroute`,
      `route replace ${network}/${this.#prefix} dev ${dev} scope link table ${table}`,
      `rule add from ${address} table ${table}`,
    ]);
  }

  /** Switched off: the address answers to no one. */
  async off(dev: string): Promise<void> {
    const address = this.#addresses.get(dev);
    if (address === undefined) return;
    this.#addresses.delete(dev);
    await this.#do([`rule del from ${address} table ${1000 + tableOf(address)}`, `addr del ${address}/${this.#prefix} dev ${dev}`]);
  }

  async close(): Promise<void> {
    this.#ip.stdin?.end();
    if (this.#ip.exitCode === null) await once(this.#ip, 'exit');
  }

  /** Resolves when the last line has been carried out. */
  #do(lines: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#ip.stdin?.write([...lines, 'route get 127.0.0.1', ''].join('\n'));
    });
  }
}

function tableOf(address: string): number {
  const [, , third = 0, fourth = 0] = address.split('.').map(Number);
  return third * 256 + fourth;
}

function networkOf(address: string, prefix: number): string {
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const network = Math.floor(number / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
  return [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join('.');
}
