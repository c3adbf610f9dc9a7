import { isAbsolute, join } from 'node:path';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Image, ImageSource } from '../../../contract/inventory.ts';
import { imageTargetName } from '../../../contract/iscsi.ts';
import type { JsonObject } from '../body.ts';
import type { Caller } from './call.ts';
import { renamed, restObject, type Outcome, type Resource, type RestObject, type Column } from './resource.ts';
import { ImageSpec } from './schemas.ts';
import { ISO_SCHEME, readOnlyImage } from './sentences.ts';

const KIND = 'ISCSICdrom';
const NAMES = { kind: 'kind', description: 'description', bootConfigs: 'bootConfigs', args: 'args', unpatched: 'unpatched' };

const COLUMNS: readonly Column[] = [
  { name: 'System', of: ({ status }) => status.title ?? status.volumeId },
  { name: 'Kind', of: ({ spec }) => spec.kind },
  { name: 'Configs', of: ({ spec }) => spec.bootConfigs },
  { name: 'Size', priority: 1, of: ({ status }) => status.size },
  { name: 'ISO', priority: 1, of: ({ spec }) => spec.isoFile },
];

/** `isoDir`: where an `isoFile` without a folder lies. */
export function imageResource(call: Caller, isoDir: string): Resource {
  const outcome = (image: Image): Outcome => ({ object: toObject(image), warnings: [] });
  return {
    kind: KIND,
    changes: 'image',
    columns: COLUMNS,
    schema: ImageSpec,
    ofSnapshot: ({ images }) => images.map(toObject),
    ofChange: (change) => (change.kind === 'image' ? toObject(change.object) : undefined),
    get: async (name) => toObject(await call('image.get', { name })),
    async create(name, spec, { dryRun }) {
      refuseWritable(name, spec);
      return outcome(await call('image.add', { ...renamed(spec, NAMES), source: sourceOf(spec.isoFile, isoDir), name, dryRun }));
    },
    async patch(name, spec, options) {
      refuseWritable(name, spec);
      const { source: before } = await call('image.get', { name });
      const named = spec.isoFile === isoFileOf(before) ? before : sourceOf(spec.isoFile, isoDir);
      // The other kind's member is named as null, for a merge would leave it.
      const source = 'isoFile' in spec ? { source: { path: null, url: null, ...named } } : {};
      return outcome(await call('image.patch', { name, patch: { ...renamed(spec, NAMES), ...source }, ...options }));
    },
    remove: (name, options) => call('image.remove', { name, ...options }),
  };
}

function refuseWritable(name: string, { readOnly }: JsonObject): void {
  if (readOnly === false) throw new BootbenchError('E_READ_ONLY', readOnlyImage(name));
}

function sourceOf(isoFile: unknown, isoDir: string): ImageSource | undefined {
  if (typeof isoFile !== 'string' || isoFile === '') return undefined;
  if (/^https?:\/\//i.test(isoFile)) return { type: 'url', url: isoFile };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(isoFile)) throw new BootbenchError('E_BAD_INPUT', ISO_SCHEME);
  return { type: 'file', path: isAbsolute(isoFile) ? isoFile : join(isoDir, isoFile) };
}

/** The password of a URL goes in and never comes out again: a URL that is sent back without it keeps the stored one. */
function isoFileOf(source: ImageSource): string {
  if (source.type === 'file') return source.path;
  const url = URL.parse(source.url);
  if (!url || url.password === '') return source.url;
  url.password = '';
  return url.href;
}

function toObject(image: Image): RestObject {
  const { source, kind, description, bootConfigs, args, unpatched, index, imported = false, sha256, verifiedBy, updatedAt } = image;
  const { volumeId, size, biosBootable, uefiBootable } = index;
  return restObject(
    KIND,
    image,
    {
      isoFile: isoFileOf(source),
      description,
      readOnly: true,
      bootConfigs,
      kind,
      ...(args !== undefined && { args }),
      ...(unpatched !== undefined && { unpatched }),
    },
    {
      targetIQN: imageTargetName(image.name),
      volumeId,
      size,
      biosBootable,
      uefiBootable,
      ...(index.profile && { profile: index.profile.id, title: index.profile.title }),
      imported,
      ...(sha256 !== undefined && { sha256 }),
      ...(verifiedBy !== undefined && { verifiedBy }),
      updatedAt,
    },
  );
}
