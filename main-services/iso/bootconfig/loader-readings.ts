import type { BootConfigRef, ImageIndex } from '../../../contract/inventory.ts';
import { grubBudget, readGrub } from './grub/run.ts';
import { beginningOf, isolinuxBeginning, readIsolinux } from './isolinux/isolinux.ts';
import { isolinuxBudget } from './isolinux/script.ts';
import { fileKey, type EditSite, type LoaderReading, type LoaderVolume } from './loader.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { loaderVolumes } from './loader-volumes.ts';

/** What the boot loaders of an ISO read and start, and where a host's words go for that. */
export interface LoaderReadings {
  /** From the configuration on that a loader finds by itself. */
  readonly readings: readonly LoaderReading[];
  /** The image's boot configurations, and those that loaders reach besides, whatever their names. */
  readonly configs: readonly BootConfigRef[];
  /** The places in a file of `configs`; undefined for a kind of configuration that is judged alone. */
  sites(ref: BootConfigRef): readonly EditSite[] | undefined;
}

/** A source never changes its bytes, and all hosts need the same answers. */
const known = new WeakMap<ByteSource, Map<string, Promise<LoaderReadings>>>();

/** What the boot loaders of an ISO read. The source's own errors pass through. */
export function loaderReadings(source: ByteSource, index: ImageIndex): Promise<LoaderReadings> {
  const all = known.get(source) ?? new Map<string, Promise<LoaderReadings>>();
  known.set(source, all);
  const configs = index.bootConfigs ?? [];
  const key = JSON.stringify(configs);
  const cached = all.get(key);
  if (cached) return cached;
  const reading = readAll(source, configs);
  all.set(key, reading);
  reading.catch(() => all.delete(key));
  return reading;
}

async function readAll(source: ByteSource, configs: readonly BootConfigRef[]): Promise<LoaderReadings> {
  if (!configs.some(({ kind }) => kind === 'isolinux' || kind === 'grub')) return { readings: [], configs, sites: () => undefined };
  return (await loaderVolumes(source)).run((volumes) => new Readings(volumes, configs));
}

class Readings implements LoaderReadings {
  readonly readings: LoaderReading[] = [];
  readonly configs: readonly BootConfigRef[];
  readonly #sites = new Map<string, Map<string, EditSite>>();
  readonly #isolinuxBudget = isolinuxBudget();

  constructor(volumes: readonly LoaderVolume[], configs: readonly BootConfigRef[]) {
    const reached: BootConfigRef[] = [];
    for (const volume of volumes) reached.push(...this.#isolinux(volume, configs));
    reached.push(...this.#grub(volumes, configs));
    const listed = new Set(configs.map(fileKey));
    this.configs = [...configs, ...reached.filter((ref) => !listed.has(fileKey(ref)))];
  }

  sites(ref: BootConfigRef): readonly EditSite[] | undefined {
    if (ref.kind !== 'isolinux' && ref.kind !== 'grub') return undefined;
    return [...(this.#sites.get(fileKey(ref))?.values() ?? [])];
  }

  /** First what isolinux finds by itself; then every configuration that it did not reach, as a boot loader may be set to any. */
  #isolinux(volume: LoaderVolume, configs: readonly BootConfigRef[]): BootConfigRef[] {
    const reached = new Map<string, BootConfigRef>();
    const found = isolinuxBeginning(volume);
    const paths = configs.filter(({ kind, fat }) => kind === 'isolinux' && fat === volume.fat).map(({ path }) => path);
    const beginnings = [...(found ? [found] : []), ...paths.toSorted(byLikelihood).map(beginningOf)];
    for (const beginning of beginnings) {
      if (reached.has(beginning.path.toLowerCase())) continue;
      const reading = readIsolinux(volume, beginning, this.#isolinuxBudget);
      this.readings.push(reading);
      for (const file of reading.configurations) reached.set(`/${file.path}`.toLowerCase(), { ...file, kind: 'isolinux' });
      for (const site of reading.sites) this.#add(site);
    }
    return [...reached.values()];
  }

  /**
   * GRUB is built with the place of its first configuration: any grub.cfg may be that, also one that another one reads; then what these
   * did not reach.
   */
  #grub(volumes: readonly LoaderVolume[], configs: readonly BootConfigRef[]): BootConfigRef[] {
    const reached = new Map<string, BootConfigRef>();
    const budget = grubBudget();
    for (const ref of configs.filter(({ kind }) => kind === 'grub').toSorted((a, b) => grubRank(a.path) - grubRank(b.path))) {
      if (reached.has(fileKey(ref)) && grubRank(ref.path) > 1) continue;
      const reading = readGrub(volumes, ref, budget);
      this.readings.push(reading);
      for (const file of reading.configurations) reached.set(fileKey(file), { ...file, kind: 'grub' });
      for (const site of reading.sites) this.#add(site);
    }
    return [...reached.values()];
  }

  #add(site: EditSite): void {
    const key = fileKey(site.file);
    const sites = this.#sites.get(key) ?? new Map<string, EditSite>();
    const before = sites.get(site.key);
    if (!before || (site.offset ?? 0) < (before.offset ?? 0)) sites.set(site.key, site);
    this.#sites.set(key, sites);
  }
}

function grubRank(path: string): number {
  if (/^(?:boot\/grub2?|efi\/[^/]+)\/grub\.cfg$/i.test(path)) return 0;
  return /(?:^|\/)grub\.cfg$/i.test(path) ? 1 : 2;
}

/** Configurations that include others have the loader's own name. */
function byLikelihood(a: string, b: string): number {
  return (
    Number(/(?:iso|sys|ext)linux\.(?:cfg|conf)$/i.test(b)) - Number(/(?:iso|sys|ext)linux\.(?:cfg|conf)$/i.test(a)) || (a < b ? -1 : 1)
  );
}
