import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConfigFormat } from '../../../../contract/inventory.ts';
import { editBootConfig } from '../../../../main-services/iso/bootconfig/edit.ts';
import { argumentParts } from '../../../../main-services/iso/profiles/arguments.ts';
import { configChange } from '../../../../main-services/iso/profiles/config-change.ts';
import { wayOf, type Deliver } from '../../../../main-services/iso/profiles/deliver.ts';
import { injectedFiles } from '../../../../main-services/iso/profiles/injected-files.ts';
import { PROFILES, profileOf } from '../../../../main-services/iso/profiles/profiles.ts';
import { indexTree, argumentContextOf } from './indexed-tree.ts';
import { CONFIGS, LAYOUTS, type ProfileLayout } from './vendor-trees.ts';

const GOLDEN = resolve(import.meta.dirname, '../../../fixtures/profiles');

/** Compares with the committed file; UPDATE_GOLDEN=1 writes it instead. */
function expectGolden(path: string, text: string): void {
  const file = resolve(GOLDEN, path);
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, 'latin1');
  }
  expect(text).toBe(readFileSync(file, 'latin1'));
}

async function finalConfigs(
  layout: ProfileLayout,
  paths: readonly string[],
  format: ConfigFormat | undefined,
  deliver: Deliver,
): Promise<string> {
  const { index } = await indexTree(layout);
  const profile = profileOf(index.profile?.id);
  const words = argumentParts({
    profile,
    index,
    world: argumentContextOf(format),
    deliver,
    console: { url: 'serial:/dev/ttyUSB0?baud=9600' },
    hostArgs: 'bench=1',
  }).flatMap((part) => part.words);
  const texts = paths.map((path) => {
    const kind = index.bootConfigs?.find((config) => config.path === path)?.kind;
    if (kind === undefined) throw new Error(`${path} is no boot configuration`);
    const text = layout.files[path] ?? '';
    const change = configChange(profile, kind, text, { unattended: format !== undefined });
    return `### ${path}\n${editBootConfig(kind, text, { append: words, ...change }, path).text}`;
  });
  return texts.join('\n');
}

describe.each(LAYOUTS)('$profile ($volumeId)', (layout) => {
  const profile = profileOf(layout.profile);
  const folder = layout.name ?? layout.profile;

  it('is recognised by its tree, with and without Rock Ridge and Joliet', async () => {
    for (const names of [{ rockRidge: true }, { rockRidge: false, joliet: true }, { rockRidge: true, joliet: true }]) {
      const { index } = await indexTree(layout, names);
      const { title, version, variant, arch, kernel } = layout;
      expect(index.profile).toMatchObject({ id: layout.profile, title, arch });
      expect([index.profile?.version, index.profile?.variant, index.profile?.kernel?.path]).toEqual([version, variant, kernel]);
    }
  });

  it('is what the layout says it takes', () => {
    expect(Object.keys(profile.configs).sort()).toEqual([...layout.formats].sort());
  });

  for (const firmware of ['bios', 'uefi'] as const) {
    if (layout[firmware].length === 0) continue;
    it.each([undefined, ...layout.formats])(`has for ${firmware} and %s the final config that is known`, async (format) => {
      const way = wayOf(profile, format);
      const kinds = (['url', 'media'] as const).filter((deliver) => format === undefined || way?.[deliver]);
      const url = await finalConfigs(layout, layout[firmware], format, kinds[0] ?? 'url');
      expectGolden(`${folder}/${format ?? 'none'}.${firmware}.cfg`, url);
      if (format === undefined || kinds.length < 2) return;
      expectGolden(`${folder}/${format}-media.${firmware}.cfg`, await finalConfigs(layout, layout[firmware], format, 'media'));
    });
  }

  it.each(layout.formats)('puts the files of a %s config into the root', (format) => {
    const list = (deliver: Deliver) =>
      injectedFiles(profile, { format, ...CONFIGS[format] }, deliver, argumentContextOf(format))
        .map(({ name, source, bytes }) => `${name} (${source === 'made' ? `made, ${bytes.length} bytes` : source.config})\n`)
        .join('');
    expectGolden(`${folder}/${format}.root.txt`, `url:\n${list('url')}media:\n${list('media')}`);
  });
});

describe('the profiles', () => {
  it('have ids of their own, and a layout each', () => {
    expect(new Set(PROFILES.map(({ id }) => id)).size).toBe(PROFILES.length);
    expect([...new Set(LAYOUTS.map(({ profile }) => profile))].sort()).toEqual(PROFILES.map(({ id }) => id).sort());
  });

  it('say what they say in words of people', () => {
    const sentences = PROFILES.flatMap((profile) => [
      profile.kernel.reason,
      profile.internet?.reason,
      profile.noConsole,
      ...(profile.warnings ?? []),
      ...Object.values(profile.configs).flatMap((way) => [way.how, way.url?.reason, way.media?.reason]),
    ]).filter((text) => text !== undefined);
    for (const sentence of sentences)
      expect(sentence).toMatch(/^(?:[A-Z]|iPXE|casper|cloud-init|debian-installer|linuxrc|live-boot).*[^.]\.$/);
  });
});
