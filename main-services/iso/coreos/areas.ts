import { z } from 'zod';
import type { CoreosAreas } from '../../../contract/inventory.ts';
import type { ByteSource } from '../source/byte-source.ts';
import type { IsoVolume } from '../iso9660/volume.ts';
import { areasAgree, MAX_KARGS } from './area-text.ts';
import { legacyIgnition, legacyKargs } from './system-area.ts';

const MAX_IGNITION = 64 * 1024 * 1024;
const MAX_JSON = 64 * 1024;
const IGNITION_FILE = 'images/ignition.img';

type Kargs = NonNullable<CoreosAreas['kargs']>;
type Area = CoreosAreas['ignition'];

/** One byte when it is written. */
const Character = z
  .string()
  .length(1)
  .regex(/^[\0-\x7f]$/);
const Count = z.number().int().nonnegative();

const KargsInfo = z.object({
  default: z.string(),
  size: Count.max(MAX_KARGS),
  files: z
    .array(z.object({ path: z.string(), offset: Count, pad: Character.default('#'), end: Character.default('\n') }))
    .min(1)
    .max(64),
});

const IgnitionInfo = z.object({ file: z.string(), offset: Count.default(0), length: Count.optional() });

/**
 * The places that Fedora CoreOS and its kin keep for kernel arguments and an Ignition config, as bytes of the ISO: named by
 * /coreos/*.json, or by headers in the system area before 2021. Undefined for other ISOs, and where the areas are not as described.
 */
export async function findCoreosAreas(source: ByteSource, volume: IsoVolume, signal?: AbortSignal): Promise<CoreosAreas | undefined> {
  const kargs = await findKargs(source, volume, signal);
  const ignition = await findIgnition(source, volume, signal);
  return kargs || ignition ? { ...(kargs && { kargs }), ...(ignition && { ignition }) } : undefined;
}

async function findKargs(source: ByteSource, volume: IsoVolume, signal?: AbortSignal): Promise<Kargs | undefined> {
  const json = await readJson(source, volume, ['coreos/kargs.json', 'coreos/kargs.jso'], signal);
  if (json === undefined) return legacyKargs(source, signal);
  const info = KargsInfo.safeParse(json).data;
  if (!info) return undefined;
  const areas: Kargs['areas'] = [];
  for (const { path, offset, pad, end } of info.files) {
    const area = await within(volume, path, { offset, length: info.size }, signal);
    if (!area) return undefined;
    areas.push({ offset: area.offset, pad, end });
  }
  areas.sort((a, b) => a.offset - b.offset);
  const found = { size: info.size, default: info.default, areas };
  return (await areasAgree(source, found, signal)) ? found : undefined;
}

async function findIgnition(source: ByteSource, volume: IsoVolume, signal?: AbortSignal): Promise<Area> {
  const json = await readJson(source, volume, ['coreos/igninfo.json', 'coreos/igninfo.jso'], signal);
  const header = json === undefined ? await legacyIgnition(source, signal) : undefined;
  const info = json === undefined ? { file: IGNITION_FILE, offset: 0 } : IgnitionInfo.safeParse(json).data;
  const area = header ?? (info && (await within(volume, info.file, info, signal)));
  return area && area.length > 0 && area.length <= MAX_IGNITION ? area : undefined;
}

/** A stretch of a file that lies in one piece, as bytes of the ISO; to the file's end without a length. */
async function within(volume: IsoVolume, path: string, part: { offset: number; length?: number }, signal?: AbortSignal): Promise<Area> {
  const entry = await volume.lookup(path, signal);
  const [extent, ...others] = entry?.directory ? [] : (entry?.extents ?? []);
  if (!extent || others.length > 0) return undefined;
  const length = part.length ?? extent.length - part.offset;
  if (length < 0 || part.offset + length > extent.length) return undefined;
  return { offset: extent.offset + part.offset, length };
}

async function readJson(source: ByteSource, volume: IsoVolume, paths: readonly string[], signal?: AbortSignal): Promise<unknown> {
  for (const path of paths) {
    const area = await within(volume, path, { offset: 0 }, signal);
    if (!area || area.length > MAX_JSON) continue;
    try {
      return JSON.parse(Buffer.from(await source.read(area.offset, area.length, signal)).toString('utf8')) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }
  return undefined;
}

export { coreosPatches } from './patches.ts';
