import { isAbsolute, join } from 'node:path';
import type { Image, ImageSource } from '../../../contract/inventory.ts';
import { imageTargetName } from '../../../contract/iscsi.ts';
import type { JsonObject } from '../body.ts';
import type { Caller } from './call.ts';
import { renamed, restObject, unknownFields, type Resource, type RestObject } from './resource.ts';

const KIND = 'ISCSICdrom';
const NAMES = { kind: 'kind', description: 'description', bootConfigs: 'bootConfigs', args: 'args', unpatched: 'unpatched' };
const KNOWN = [...Object.keys(NAMES), 'isoFile', 'readOnly'];

/** `isoDir`: where an `isoFile` without a folder lies. */
export function imageResource(call: Caller, isoDir: string): Resource {
  return {
    kind: KIND,
    changes: 'image',
    ofSnapshot: ({ images }) => images.map(toObject),
    ofChange: (change) => (change.kind === 'image' ? toObject(change.object) : undefined),
    get: async (name) => toObject(await call('image.get', { name })),
    create: async (name, spec) => ({
      object: toObject(await call('image.add', { ...renamed(spec, NAMES), source: sourceOf(spec.isoFile, isoDir), name })),
      warnings: warningsOf(spec),
    }),
    patch: async (name, spec) => {
      // The other kind's member is named as null, for a merge would leave it.
      const source = 'isoFile' in spec ? { source: { path: null, url: null, ...sourceOf(spec.isoFile, isoDir) } } : {};
      const image = await call('image.patch', { name, patch: { ...renamed(spec, NAMES), ...source } });
      return { object: toObject(image), warnings: warningsOf(spec) };
    },
    remove: (name) => call('image.remove', { name }),
  };
}

function sourceOf(isoFile: unknown, isoDir: string): ImageSource | undefined {
  if (typeof isoFile !== 'string' || isoFile === '') return undefined;
  if (/^https?:\/\//i.test(isoFile)) return { type: 'url', url: isoFile };
  return { type: 'file', path: isAbsolute(isoFile) ? isoFile : join(isoDir, isoFile) };
}

function warningsOf(spec: JsonObject): string[] {
  const writable = spec.readOnly === false ? ['spec.readOnly: images are always read-only'] : [];
  return [...unknownFields(spec, KNOWN), ...writable];
}

function toObject(image: Image): RestObject {
  const { source, kind, description, bootConfigs, args, unpatched, index, imported = false, sha256, verifiedBy, updatedAt } = image;
  const isoFile = source.type === 'file' ? source.path : source.url;
  const { volumeId, size, biosBootable, uefiBootable } = index;
  return restObject(
    KIND,
    image,
    {
      isoFile,
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
