import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import { ImageInput, type Image, type ImageIndex, type ImageSource } from '../../contract/inventory.ts';
import { badInput } from '../../contract/port.ts';
import type { Clock } from '../../contract/runtime.ts';
import { objects, type Objects } from '../../db/objects.ts';
import type { Db } from '../../db/open.ts';
import { openLocalFile, sameFile } from '../iso/source/local-file.ts';
import { profileOf } from '../iso/profiles/profiles.ts';
import { conditionalWrite } from './conditional-write.ts';
import type { Imported, Inventory } from './inventory.ts';
import { CHECK_CONFIGS, assignedTo, configInUse, exists, imageReplaced, missingConfigs, notFound } from './sentences.ts';
import { mergePatch, type JsonPatch } from '../../util/merge-patch.ts';

type ImagePart = Pick<Inventory, 'listImages' | 'getImage' | 'addImage' | 'patchImage' | 'refreshImage' | 'removeImage'>;

export interface ImageDeps {
  readonly db: Db;
  readonly clock: Clock;
  /** Opens the ISO and reads what it is. */
  index(source: ImageSource, known?: Pick<ImageIndex, 'placeholderOffsets'>): Promise<ImageIndex>;
  configExists(name: string): boolean;
  /** Names of hosts whose assignment names this image, and this config with it where one is given. */
  hostsUsing(image: string, config?: string): string[];
}

export function imageInventory({ db, clock, index, configExists, hostsUsing }: ImageDeps): ImagePart {
  const rows: Objects<Image> = objects(db, 'image');

  const get = (name: string): Image => {
    const image = rows.get(name);
    if (!image) throw new BootbenchError('E_NOT_FOUND', notFound('image', name));
    return image;
  };

  /** The index of a source that is set again, which may have a different ISO by now; undefined if it is the same or cannot be read. */
  const indexAgain = async ({ source, index: { etag } }: Image): Promise<ImageIndex | undefined> => {
    try {
      if (source.type === 'file' && (await isStillFile(source.path, etag))) return undefined;
      const found = await index(source);
      return found.etag === etag ? undefined : found;
    } catch (error) {
      if (['E_IMAGE_GONE', 'E_UPSTREAM'].includes(asBootbenchError(error).code)) return undefined;
      throw error;
    }
  };

  const save = (image: Image): Image => {
    const missing = image.bootConfigs.filter((config) => !configExists(config));
    if (missing.length > 0) throw new BootbenchError('E_CONFIG_INCOMPATIBLE', missingConfigs(image.name, missing), { next: CHECK_CONFIGS });
    const saved = { ...image, updatedAt: clock.now() };
    return rows.put(image.name, saved);
  };

  const refuseUnlisting = (old: Image, next: ImageInput): void => {
    for (const config of old.bootConfigs.filter((name) => !next.bootConfigs.includes(name))) {
      const users = hostsUsing(old.name, config);
      if (users.length > 0) throw new BootbenchError('E_IN_USE', configInUse(old.name, config, users));
    }
  };

  return {
    listImages: () => rows.list(),
    getImage: get,
    async addImage(input, imported, options = {}) {
      if (rows.get(input.name)) throw new BootbenchError('E_EXISTS', exists('image', input.name));
      const found = await index(input.source, imported && { placeholderOffsets: [...imported.placeholderOffsets] });
      const kind = input.kind ?? profileOf(found.profile?.id).kind;
      const add = (): Image => {
        if (rows.get(input.name)) throw new BootbenchError('E_EXISTS', exists('image', input.name));
        const now = clock.now();
        return save({ ...input, kind, ...(imported && ofImport(imported)), index: found, createdAt: now, updatedAt: now });
      };
      return conditionalWrite(db, options, () => input, add);
    },
    async patchImage(name, patch, options = {}) {
      const before = get(name);
      const moved = JSON.stringify(patchedInput(before, patch).source) !== JSON.stringify(before.source);
      const again = !moved && 'source' in patch && before.imported !== true;
      const found = moved ? await index(patchedInput(before, patch).source) : again ? await indexAgain(before) : undefined;
      const change = (): Image => {
        // Another patch may have been applied while the ISO was read: members that this one does not name are as they are now.
        const image = get(name);
        const input = patchedInput(image, patch);
        refuseUnlisting(image, input);
        return save({
          ...image,
          // The parsed input lacks the members that the patch removed.
          args: undefined,
          unpatched: undefined,
          ...input,
          kind: input.kind ?? image.kind,
          ...(found && { index: found, imported: undefined, sha256: undefined, verifiedBy: undefined }),
        });
      };
      return conditionalWrite(db, options, () => get(name), change);
    },
    refreshImage(name, found) {
      const image = get(name);
      if (image.index.etag !== found.etag) throw new BootbenchError('E_IMAGE_CHANGED', imageReplaced(name));
      save({ ...image, index: found });
    },
    removeImage(name, options = {}) {
      const remove = (): void => {
        get(name);
        const users = hostsUsing(name);
        if (users.length > 0) throw new BootbenchError('E_IN_USE', assignedTo('image', name, users));
        rows.remove(name);
      };
      conditionalWrite(db, options, () => get(name), remove);
    },
  };
}

async function isStillFile(path: string, etag: string): Promise<boolean> {
  const file = await openLocalFile(path);
  await file.close();
  return sameFile(file.etag, etag);
}

function ofImport({ sha256, verifiedBy }: Imported): Partial<Image> {
  return { imported: true, sha256, ...(verifiedBy !== undefined && { verifiedBy }) };
}

/** An image's input with a patch applied (RFC 7386). E_BAD_INPUT. */
function patchedInput(image: Image, patch: JsonPatch): ImageInput {
  const parsed = ImageInput.strict().safeParse({ ...(mergePatch(inputOf(image), patch) as JsonPatch), name: image.name });
  if (!parsed.success) throw badInput(`image ${image.name}`, parsed.error.issues);
  return parsed.data;
}

function inputOf({
  index: _index,
  imported: _imported,
  sha256: _sha256,
  verifiedBy: _verifiedBy,
  seq: _seq,
  createdAt: _created,
  updatedAt: _updated,
  ...input
}: Image): ImageInput {
  return input;
}
