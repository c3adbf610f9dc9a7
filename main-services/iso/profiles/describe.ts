import { firmwareName } from '../../../contract/coverage-words.ts';
import { ConfigFormat, type CoverageRow, type ImageIndex } from '../../../contract/inventory.ts';
import type { ImageDescription } from '../../../contract/views.ts';
import { unreadWords } from '../bootconfig/unread-arguments.ts';
import { methodsOf } from './methods.ts';
import { profileOf } from './profiles.ts';
import type { OsProfile } from './types.ts';

/** What an ISO is, and what will and will not work with it. */
export function describeImage({ index, unpatched }: { readonly index: ImageIndex; readonly unpatched?: boolean }): ImageDescription {
  const profile = profileOf(index.profile?.id);
  return {
    profile: profile.id,
    title: index.profile?.title ?? (index.volumeId === '' ? profile.name : index.volumeId),
    found: foundIn(index),
    coverage: index.coverage ?? [],
    methods: methodsOf(profile, index).map(({ method, works, reason: why, limit }) => ({
      method,
      works,
      reason: [why, limit].filter(Boolean).join(' '),
    })),
    configs: ConfigFormat.options.flatMap((format) => {
      const way = profile.configs[format];
      return way ? [{ format, how: way.how, phoneHome: way.phoneHome }] : [];
    }),
    needsInternet: internetOf(profile, index),
    warnings: warningsOf(profile, index, unpatched === true),
  };
}

function foundIn(index: ImageIndex): string[] {
  const { biosBootable: bios, uefiBootable: uefi } = index;
  return [
    bios && uefi ? 'Starts on BIOS and UEFI.' : bios ? 'Starts on BIOS only.' : uefi ? 'Starts on UEFI only.' : 'Has no boot catalogue.',
    ...(index.signed ? ['It has a signed shim, so Secure Boot accepts it; arguments are not part of what is signed.'] : []),
    ...coverageOf(index),
    ...(index.coreos?.kargs ? [`It keeps ${index.coreos.kargs.size} bytes for kernel arguments, which are used in place.`] : []),
    ...(index.coreos?.ignition ? [`It keeps ${index.coreos.ignition.length} bytes for an Ignition config.`] : []),
    ...(index.placeholderOffsets.length > 0 ? ['It has Tinkerbell’s placeholder for arguments.'] : []),
    ...(index.udf ? ['Its files are in a UDF tree.'] : []),
  ];
}

/** How many menu entries get arguments, for each firmware: counted by trying, and not by counting files. */
function coverageOf({ coverage = [], coreos }: ImageIndex): string[] {
  if (coreos?.kargs) return [];
  const reached = coverage.filter(({ reach }) => reach !== 'none');
  const words = reached.map((row) => `${row.added} menu ${row.added === 1 ? 'entry' : 'entries'} on ${firmwareName(row)}`);
  return words.length === 0 ? [] : [`Arguments are added to ${words.join('; ')}.`];
}

function internetOf({ internet }: OsProfile, index: ImageIndex): string | undefined {
  if (!internet || (internet.variant && !internet.variant.test(index.profile?.variant ?? ''))) return undefined;
  return internet.reason;
}

function warningsOf(profile: OsProfile, index: ImageIndex, unpatched: boolean): string[] {
  const ukis = index.ukis ?? [];
  return [
    ...(unpatched ? ['It is served as it is: no arguments and no files of a host go in.'] : []),
    ...(index.ranges === false ? ['Its server has no ranges, so the whole ISO is fetched once before machines can read it quickly.'] : []),
    ...(profile.warnings ?? []),
    ...(ukis.length > 0
      ? [
          `The command line of ${ukis.join(', ')} is inside a signed program, so a machine that starts it by UEFI gets no arguments from Bootbench.${profile.uki === undefined ? '' : ` ${profile.uki}`}`,
        ]
      : []),
    ...unreached(index),
    ...unread(index),
    ...(isSilent(index) ? ['No boot configuration was found, so no kernel arguments can be added.'] : []),
    ...missingBootConfigs(profile, index),
  ];
}

/** Each firmware whose boot loader gets no arguments. What is said of unified kernel images is not said again, and Windows takes none anyway. */
function unreached({ coverage = [], ukis = [] }: ImageIndex): string[] {
  const isSaid = ({ loaders, reach }: CoverageRow) => {
    const last = loaders.at(-1)?.name;
    return (
      last === 'Windows Boot Manager' ||
      (reach !== 'all' && ukis.length > 0 && (last === 'systemd-boot' || last === 'unified kernel image'))
    );
  };
  return coverage
    .filter((row) => row.reach !== 'all' && !isSaid(row))
    .map((row) => `${firmwareName(row)}: ${row.reach === 'none' ? 'no arguments are added. ' : ''}${row.reason}`);
}

function unread({ unreadConfigs = [] }: ImageIndex): string[] {
  return unreadConfigs.map((file) => {
    const more = file.count > 1 ? ` and ${file.count - 1} more like it` : '';
    return `Not looked into, so no arguments are added there: ${unreadWords(file)}${more}.`;
  });
}

function isSilent(index: ImageIndex): boolean {
  if (index.coverage && index.coverage.length > 0) return false;
  return index.bootConfigs?.length === 0 && index.placeholderOffsets.length === 0 && !index.coreos?.kargs && !index.udf;
}

/** Boot configurations that ISOs of this profile have, and this one has not. One sentence each. */
export function missingBootConfigs({ bootConfigs, name }: OsProfile, index: ImageIndex): string[] {
  const found = (index.bootConfigs ?? []).map(({ path }) => path.replace(/^\/+/, '').toLowerCase());
  if (found.length === 0) return [];
  const has = (wanted: string) =>
    found.some((path) => (wanted.endsWith('/') ? path.startsWith(wanted.toLowerCase()) : path === wanted.toLowerCase()));
  return (['bios', 'uefi'] as const).flatMap((way) => {
    const wanted = bootConfigs[way] ?? [];
    if (!index[`${way}Bootable`] || index.coverage?.some(({ firmware, added }) => firmware === way && added > 0) === true) return [];
    if (wanted.length === 0 || wanted.some(has)) return [];
    return [
      `ISOs of ${name} usually have ${wanted.join(' or ')} for ${way.toUpperCase()}; this one has not, so arguments may be missing there.`,
    ];
  });
}
