import type { ByteSource } from '../source/byte-source.ts';
import type { IsoVolume } from '../iso9660/volume.ts';
import { LOADERS, PROFILES } from './profiles.ts';
import type { IsoFacts } from './types.ts';

/** What is read of a marker file: their first lines say all. */
const TEXT = 16 * 1024;

export interface FactsInput {
  readonly source: ByteSource;
  readonly volume: IsoVolume;
  /** The files of a UDF tree, where there is one: Windows media have nothing else. */
  readonly udf?: { readonly volumeId: string; readonly paths: readonly string[] };
  readonly placeholder: boolean;
  readonly ukis: readonly string[];
}

/** Looks for the profiles' markers, each by name: folders without any are never listed, so an ISO of any size takes few reads. */
export async function collectFacts(input: FactsInput, signal?: AbortSignal): Promise<IsoFacts> {
  const { volume, udf } = input;
  const paths = new Set<string>();
  const texts = new Map<string, string>();
  for (const path of markers()) {
    if (await volume.lookup(path, signal)) paths.add(path.toLowerCase());
  }
  for (const path of wanted((profile) => profile.texts ?? [])) {
    const text = await readStart(input, path, signal);
    if (text === undefined) continue;
    paths.add(path.toLowerCase());
    texts.set(path.toLowerCase(), text);
  }
  const volumeId = udf && volume.volumeId === '' ? udf.volumeId : volume.volumeId;
  for (const path of markersIn(udf?.paths ?? [])) paths.add(path);
  return { volumeId, paths, texts, udf: udf !== undefined, placeholder: input.placeholder, ukis: input.ukis.length > 0 };
}

function markers(): ReadonlySet<string> {
  return new Set([...wanted((profile) => profile.markers), ...LOADERS.map(({ path }) => path)]);
}

function wanted(of: (profile: (typeof PROFILES)[number]) => readonly string[]): ReadonlySet<string> {
  return new Set(PROFILES.flatMap(of));
}

async function readStart({ source, volume }: FactsInput, path: string, signal?: AbortSignal): Promise<string | undefined> {
  const entry = await volume.lookup(path, signal);
  const extent = entry?.directory === false ? entry.extents[0] : undefined;
  if (!extent || extent.offset >= source.size) return undefined;
  const bytes = await source.read(extent.offset, Math.min(extent.length, TEXT, source.size - extent.offset), signal);
  return Buffer.from(bytes).toString('latin1');
}

/** The markers that a list of paths holds, folders of its files among them. */
function markersIn(paths: readonly string[]): string[] {
  const known = new Set([...markers()].map((path) => path.toLowerCase()));
  const found = new Set<string>();
  for (const path of paths) {
    const parts = path
      .toLowerCase()
      .split('/')
      .filter((part) => part !== '');
    for (let depth = 1; depth <= Math.min(parts.length, 8); depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      if (known.has(folder)) found.add(folder);
    }
  }
  return [...found];
}
