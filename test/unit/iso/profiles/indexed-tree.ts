import { findBootConfigs } from '../../../../main-services/iso/bootconfig/find.ts';
import type { ConfigFormat, ImageIndex } from '../../../../contract/inventory.ts';
import { openIso } from '../../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import type { ArgumentContext } from '../../../../main-services/iso/profiles/deliver.ts';
import { collectFacts } from '../../../../main-services/iso/profiles/facts.ts';
import { identifyImage } from '../../../../main-services/iso/profiles/profiles.ts';
import type { IsoFacts } from '../../../../main-services/iso/profiles/types.ts';
import { buildIso, type TestIso } from '../build-iso.ts';
import { CONFIGS, type ProfileLayout } from './vendor-trees.ts';

const BASE = 'http://192.0.2.1:7080';

/** The layout as an ISO, looked at the way an import does. */
export async function indexTree(layout: ProfileLayout, more: Partial<TestIso> = {}): Promise<{ facts: IsoFacts; index: ImageIndex }> {
  const files = Object.entries(layout.files).map(([path, text]) => ({ path, bytes: Buffer.from(text, 'latin1') }));
  const source = memorySource(buildIso({ files, volumeId: layout.volumeId, ...more }));
  const volume = await openIso(source);
  const udf = layout.udf && { volumeId: layout.volumeId, paths: layout.udf };
  const facts = await collectFacts({ source, volume, placeholder: layout.placeholder === true, ukis: [], ...(udf && { udf }) });
  const index: ImageIndex = {
    volumeId: volume.volumeId,
    size: source.size,
    etag: source.etag,
    biosBootable: true,
    uefiBootable: true,
    placeholderOffsets: layout.placeholder ? [1] : [],
    bootConfigs: (await findBootConfigs(source, volume)).configs,
    profile: identifyImage(facts),
    ...(udf && { udf: true }),
  };
  return { facts, index };
}

export function argumentContextOf(format: ConfigFormat | undefined): ArgumentContext {
  const places = {
    isoUrl: `${BASE}/iso/m/t/i.iso`,
    isoFilesUrl: `${BASE}/iso-files/m/t/`,
    phoneHomeUrl: `${BASE}/api/v1/boot-complete?token=t`,
  };
  if (format === undefined) return places;
  const { defaultFile, files } = CONFIGS[format];
  const base = `${BASE}/config/t/`;
  return { ...places, format, defaultFile, configFiles: Object.keys(files), configBaseUrl: base, configUrl: `${base}${defaultFile}` };
}
