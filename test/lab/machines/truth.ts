import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { cached } from '../cache.ts';
import { PLACEHOLDER } from '../iso.ts';
import { randomFrom } from '../impairment.ts';
import { lay } from '../layouts/parts.ts';
import { mustRun, run } from '../process.ts';

/**
 * What machines must receive. The complete ISO of a token is read once and judged without the appliance's code: its files as xorriso reads them, and
 * the host's words where the placeholder was. From then on each range of that token must be the same bytes; only what differs from the ISO on disk is
 * stored.
 */
export class Truth {
  readonly configFile = CONFIG_FILE;
  readonly #iso: Buffer;
  readonly #at: number;
  readonly #dir: string;
  readonly #views = new Map<string, View>();
  readonly #limit = pLimit(2);

  /** `dir`: a folder for ISOs while they are judged. */
  constructor(isoFile: string, dir: string) {
    this.#iso = readFileSync(isoFile);
    this.#at = this.#iso.indexOf(PLACEHOLDER);
    this.#dir = dir;
    if (this.#at < 0 || this.#iso.indexOf(PLACEHOLDER, this.#at + 1) >= 0) throw new Error('the placeholder must be in the ISO once');
    mkdirSync(dir, { recursive: true });
  }

  knows(token: string): boolean {
    return this.#views.has(token);
  }

  sizeOf(token: string): number | undefined {
    return this.#views.get(token)?.size;
  }

  /** What bytes of a known token must be. */
  bytes(token: string, start: number, end: number): Buffer {
    const bytes = Buffer.alloc(end - start);
    this.#iso.subarray(start, end).copy(bytes);
    for (let sector = Math.floor(start / SECTOR); sector * SECTOR < end; sector++) {
      const changed = this.#views.get(token)?.changed.get(sector);
      const from = Math.max(start, sector * SECTOR);
      changed?.copy(bytes, from - start, from - sector * SECTOR);
    }
    return bytes;
  }

  /** Judges the complete ISO of a new token, and remembers it. A sentence when it is wrong. */
  async learn(machine: MachineWords, view: Buffer): Promise<string | undefined> {
    const words = view.toString('latin1', this.#at, this.#at + PLACEHOLDER.length);
    if (words !== argumentsOf(machine).padEnd(PLACEHOLDER.length, ' ')) return `its kernel arguments are: ${words.trim()}`;
    const wrong = await this.#limit(() => this.#wrongFile(machine, view));
    if (wrong !== undefined) return wrong;
    const changed = new Map<number, Buffer>();
    for (let at = 0; at < view.length; at += SECTOR) {
      const sector = view.subarray(at, at + SECTOR);
      if (!sector.equals(this.#iso.subarray(at, at + SECTOR))) changed.set(at / SECTOR, Buffer.from(sector));
    }
    this.#views.set(machine.token, { size: view.length, changed });
    return undefined;
  }

  async #wrongFile(machine: MachineWords, view: Buffer): Promise<string | undefined> {
    const dir = mkdtempSync(join(this.#dir, 'view-'));
    try {
      const file = join(dir, 'view.iso');
      writeFileSync(file, view);
      const extract = ['xorriso', '-report_about', 'FATAL', '-osirrox', 'on', '-indev', file, '-extract', '/', join(dir, 'tree')];
      const result = await run(extract);
      if (result.code !== 0) return `xorriso cannot read its ISO: ${result.stderr.trim().slice(0, 300)}`;
      const read = (path: string): Buffer =>
        existsSync(join(dir, 'tree', path)) ? readFileSync(join(dir, 'tree', path)) : Buffer.alloc(0);
      const payload = this.#iso.indexOf(read('boot/initrd.gz'));
      if (read('boot/initrd.gz').length < 1 << 20 || payload < 0) return 'boot/initrd.gz on its ISO is not the one of the image';
      if (read(CONFIG_FILE).toString() !== configOf(machine))
        return `${CONFIG_FILE} on its ISO is: ${read(CONFIG_FILE).toString().slice(0, 200)}`;
      if (
        !read('boot/grub/grub.cfg')
          .toString('latin1')
          .startsWith(`linux /boot/vmlinuz ${argumentsOf(machine)} `)
      )
        return `grub.cfg on its ISO is: ${read('boot/grub/grub.cfg').toString('latin1').slice(0, 300)}`;
      return undefined;
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }
}

interface View {
  readonly size: number;
  /** Sectors that are not those of the ISO on disk. */
  readonly changed: ReadonlyMap<number, Buffer>;
}

/** What a machine's ISO is made for. */
export interface MachineWords {
  readonly name: string;
  readonly mac: string;
  readonly token: string;
  readonly server: string;
}

const SECTOR = 2048;
export const IMAGE = 'soak';
export const CONFIG = 'soak-config';
export const ARGUMENTS = 'soak.name={{ host.name }} soak.role={{ host.vars.role }} soak.config={{ config.url }} quiet';
export const CONFIG_TEMPLATE = '# soak\nhost={{ host.name }}\nmac={{ host.mac }}\nrole={{ host.vars.role }}\n';
const CONFIG_FILE = 'soak.conf';

export function roleOf(name: string): string {
  return `role-of-${name}`;
}

/** The words in the placeholder's place. */
export function argumentsOf({ name, mac, token, server }: MachineWords): string {
  return [
    'console=ttyAMA0 console=ttyS0 console=tty0 console=tty1 console=ttyS1',
    `hw_addr=${mac} syslog_host=${server} grpc_authority=${server}:42113 tinkerbell_tls=false worker_id=${mac}`,
    `soak.name=${name} soak.role=${roleOf(name)} soak.config=http://${server}:7080/config/${token}/${CONFIG_FILE} quiet`,
  ].join(' ');
}

export function configOf({ name, mac }: { name: string; mac: string }): string {
  return `# soak\nhost=${name}\nmac=${mac}\nrole=${roleOf(name)}\n`;
}

const GRUB = `linux /boot/vmlinuz ${PLACEHOLDER} quiet\ninitrd /boot/initrd.gz\nboot\n`;

/** An ISO of `megabytes` of random bytes, with one boot configuration. */
export function buildSoakIso(megabytes: number): Promise<string> {
  return cached('soak.iso', [GRUB, String(megabytes)], async (iso, work) => {
    const random = randomFrom(megabytes);
    const payload = Buffer.alloc(megabytes << 20);
    for (let at = 0; at < payload.length; at += 4) payload.writeUInt32LE(Math.floor(random() * 0x1_0000_0000), at);
    const tree = lay(work, 'tree', {
      'boot/grub/grub.cfg': GRUB,
      'boot/eltorito.img': new Uint8Array(2048).fill(0x90),
      'boot/vmlinuz': 'kernel\n',
      'boot/initrd.gz': payload,
    });
    const entry = ['-b', 'boot/eltorito.img', '-no-emul-boot', '-boot-load-size', '4'];
    await mustRun(['xorriso', '-as', 'mkisofs', '-quiet', '-o', iso, '-V', 'SOAK', '-R', '-J', ...entry, tree]);
  });
}
