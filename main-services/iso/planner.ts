import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import type { BootConfigRef, ImageIndex } from '../../contract/inventory.ts';
import type { ReceiptFile } from '../../contract/views.ts';
import { argumentWords } from './bootconfig/argument-lexer.ts';
import { bootConfigFile, type BootConfigFile } from './bootconfig/read.ts';
import { bootConfigEdits, editBootConfig } from './bootconfig/edit.ts';
import { quoteForGrub } from './bootconfig/grub/lexer.ts';
import type { EditSite } from './bootconfig/loader.ts';
import { applyEdits } from './bootconfig/text-edits.ts';
import type { EditedBootConfig, LineChange, MenuSerial } from './bootconfig/types.ts';
import type { ByteSource } from './source/byte-source.ts';
import { coreosPatches } from './coreos/patches.ts';
import type { Added, EditReceipt, ImageEdits } from './iso9660/edited-image.ts';
import { editTree, type ImagePlan } from './edit/tree.ts';
import { describedInner, editedInner } from './edit/inner-edits.ts';
import { openIso } from './iso9660/volume.ts';
import { loaderReadings } from './bootconfig/loader-readings.ts';
import { namedKernels, type KernelKinds } from './bootconfig/named-kernels.ts';
import type { Extent, Patch, Segment } from './source/overlay.ts';
import { outside, placeholderEdits, placeholderPatches } from './tinkerbell/placeholder-edits.ts';
import { configChange } from './profiles/config-change.ts';
import { profileOf } from './profiles/profiles.ts';
import type { OsProfile } from './profiles/types.ts';
import { PLACEHOLDER_LENGTH, TINKERBELL_PLACEHOLDER } from './tinkerbell/placeholder.ts';
import { noPromptPatch } from './udf/no-prompt.ts';
import { udfOf } from './udf/udf-volume.ts';
import { unreadWords } from './bootconfig/unread-arguments.ts';

/** What a host's view differs in. Everything empty: the view is the ISO. */
export interface OverlayInputs {
  /** The whole line instead of Tinkerbell's placeholder, in ISOs that hold one. */
  readonly line?: string | undefined;
  /** Kernel arguments, one word each, unquoted. */
  readonly words: readonly string[];
  /** Files for the root of the medium. */
  readonly files: readonly Added[];
  /** For the place that a CoreOS ISO keeps for it. */
  readonly ignition?: string | undefined;
  /** The machine is to start by itself: the right menu entry, after a few seconds. */
  readonly unattended: boolean;
  /** Boot menus that choose no serial port themselves show themselves there too. */
  readonly serial?: MenuSerial | undefined;
}

export interface OverlayPlan {
  readonly segments: Segment[];
  readonly files: ReceiptFile[];
  readonly notes: string[];
}

/** A boot configuration with this host's arguments. */
export interface EditedConfig {
  readonly ref: BootConfigRef;
  readonly bytes: Buffer;
  readonly changes: readonly LineChange[];
  readonly extents: readonly Extent[];
}

/**
 * The plan of a host's view, the same for the same inputs. E_PATCH_TOO_LONG for a command line over 2,000 bytes or text that its area
 * has no room for, E_BAD_INPUT for a word that a boot configuration cannot say, E_IMAGE_EDIT with the file that cannot be changed.
 */
export async function planOverlay(
  source: ByteSource,
  index: ImageIndex,
  inputs: OverlayInputs,
  signal?: AbortSignal,
): Promise<OverlayPlan> {
  const configs = await editedConfigs(source, index, inputs);
  const prompt = await promptPatches(source, index, inputs);
  const inner = isEmpty(inputs) ? [] : await editedInner(source, index, inputs);
  const patches = [...linePatches(index, inputs, configs), ...areaPatches(index, inputs), ...prompt, ...inner.map(({ patch }) => patch)];
  if (configs.length === 0 && patches.length === 0 && inputs.files.length === 0) {
    return { segments: [{ offset: 0, length: source.size }], files: [], notes: [] };
  }
  const edits: ImageEdits = {
    replace: inTree(configs),
    inject: inputs.files,
    fat: inBootImages(configs),
    patches,
    ...(index.udf === true && inputs.files.length > 0 && { udf: { inject: inputs.files } }),
    // As a CD nobody reads the partition tables, so a view that is right as a disk is right as both.
    presentsAs: 'disk',
  };
  const { segments, receipt, notes } = await edited(source, edits, profileOf(index.profile?.id), signal);
  return { segments, files: receipt.map((entry) => describedInner(entry, inner) ?? described(entry, configs, index, prompt)), notes };
}

/** A disc that is a UDF disc besides: where its UDF tree takes no files, its ISO 9660 trees have to do. Windows reads nothing but UDF. */
async function edited(source: ByteSource, edits: ImageEdits, profile: OsProfile, signal?: AbortSignal): Promise<ImagePlan> {
  try {
    return await editTree(source, edits, signal);
  } catch (error) {
    if (!edits.udf || profile.id === 'windows' || asBootbenchError(error).code !== 'E_IMAGE_EDIT') throw error;
    const plan = await editTree(source, { ...edits, udf: undefined }, signal);
    return { ...plan, notes: [...plan.notes, `Files were added to the ISO 9660 trees only. ${asBootbenchError(error).message}`] };
  }
}

/** Nothing of this host goes in: also the ISO's own check of its medium may stay. */
function isEmpty({ line, words, files, ignition, unattended, serial }: OverlayInputs): boolean {
  const nothingAdded = words.length === 0 && files.length === 0 && ignition === undefined && serial === undefined;
  return line === undefined && nothingAdded && !unattended;
}

/** A CoreOS ISO keeps places for arguments inside its boot configurations, so these are not edited as text as well. */
export async function editedConfigs(source: ByteSource, index: ImageIndex, inputs: OverlayInputs): Promise<EditedConfig[]> {
  if (isEmpty(inputs) || index.coreos?.kargs) return [];
  refuseUnread(index, inputs);
  const edited: EditedConfig[] = [];
  const readings = await loaderReadings(source, index);
  for (const ref of readings.configs) {
    const file = await bootConfigFile(source, ref);
    const sites = readings.sites(ref);
    const kernelKind = sites ? UNASKED : await namedKernels(source, ref, file.bytes.toString('latin1'));
    const { text, changes } = editedText(file, index, inputs, { kernelKind, sites });
    if (changes.length > 0) edited.push({ ref, bytes: Buffer.from(text, 'latin1'), changes, extents: file.extents });
  }
  return edited;
}

/** A boot configuration that was not looked into would start the machine without the host's arguments. */
function refuseUnread({ unreadConfigs = [] }: ImageIndex, { words, line, unattended }: OverlayInputs): void {
  const likely = unreadConfigs.filter((file) => file.likely);
  if (likely.length === 0 || (words.length === 0 && line === undefined && !unattended)) return;
  throw new BootbenchError(
    'E_IMAGE_EDIT',
    `${likely.length === 1 ? 'One boot configuration of the ISO was' : `${likely.length} boot configurations of the ISO were`} not read: ${likely.map(unreadWords).join(', ')}.`,
  );
}

/** Who reads all that a boot loader reads together knows what the kernels are already. */
const UNASKED: KernelKinds = () => 'unknown';

interface Known {
  readonly kernelKind: KernelKinds;
  /** Where the words go; undefined: the file is judged alone. */
  readonly sites: readonly EditSite[] | undefined;
}

/** Tinkerbell's line stays in its place, padded, unless it is too long for it or its file changes anyway. */
function editedText(
  { ref, bytes }: BootConfigFile,
  index: ImageIndex,
  inputs: OverlayInputs,
  { kernelKind, sites }: Known,
): EditedBootConfig {
  const { line, words, unattended, serial } = inputs;
  const text = bytes.toString('latin1');
  const change = { append: words, kernelKind, ...configChange(profileOf(index.profile?.id), ref.kind, text, { unattended, serial }) };
  const edits = bootConfigEdits(ref.kind, text, change, ref.path, sites);
  const done = applyEdits(text, edits);
  if (line === undefined || !text.includes(TINKERBELL_PLACEHOLDER)) return done;
  if (done.changes.length === 0 && Buffer.byteLength(line) <= PLACEHOLDER_LENGTH) return done;
  // Only to have the command lines measured with it.
  editBootConfig(ref.kind, text.replaceAll(TINKERBELL_PLACEHOLDER, ''), { append: argumentWords(line), kernelKind }, ref.path);
  return applyEdits(text, [...placeholderEdits(text, line), ...edits]);
}

function linePatches({ placeholderOffsets }: ImageIndex, { line }: OverlayInputs, configs: readonly EditedConfig[]): Patch[] {
  if (line === undefined) return [];
  const left = outside(
    placeholderOffsets,
    configs.flatMap(({ extents }) => extents),
  );
  return left.length === 0 ? [] : placeholderPatches(left, line);
}

function areaPatches({ coreos }: ImageIndex, { words, ignition }: OverlayInputs): Patch[] {
  if (!coreos) return [];
  if (coreos.kargs) refuseUnquotable(words);
  const kargs = coreos.kargs && words.length > 0 ? [coreos.kargs.default, ...words].join(' ') : undefined;
  return coreosPatches(coreos, kargs, ignition === undefined ? undefined : Buffer.from(ignition, 'utf8'));
}

/** GRUB and isolinux read the same text there, and isolinux knows no quotes: what GRUB would need them for is lost with all behind it. */
function refuseUnquotable(words: readonly string[]): void {
  const odd = words.find((word) => quoteForGrub(word) !== word);
  if (odd === undefined) return;
  throw new BootbenchError(
    'E_BAD_INPUT',
    `The kernel argument ${JSON.stringify(odd)} cannot go into a CoreOS ISO: GRUB would end the line there.`,
    {
      next: 'Put it into the Ignition config, or leave out the character.',
    },
  );
}

/** “Press any key to boot from CD”: a machine that starts by itself has nobody to press it. */
async function promptPatches(source: ByteSource, index: ImageIndex, { unattended }: OverlayInputs): Promise<Patch[]> {
  const udf = unattended && index.udf === true ? await udfOf(source) : undefined;
  const patch = udf && (await noPromptPatch(source, await openIso(source), udf));
  return patch ? [patch] : [];
}

function inTree(configs: readonly EditedConfig[]): ImageEdits['replace'] {
  return configs.filter(({ ref }) => ref.fat === undefined).map(({ ref, bytes }) => ({ path: ref.path, bytes }));
}

function inBootImages(configs: readonly EditedConfig[]): NonNullable<ImageEdits['fat']> {
  const entries = [...new Set(configs.flatMap(({ ref }) => ref.fat ?? []))];
  return entries.map((entry) => ({
    entry,
    replace: configs.filter(({ ref }) => ref.fat === entry).map(({ ref, bytes }) => ({ path: ref.path, bytes })),
  }));
}

/** What was done to a file, in the words of a receipt: changed lines, and that the config went into its area. */
function described(entry: EditReceipt, configs: readonly EditedConfig[], { coreos }: ImageIndex, prompt: readonly Patch[]): ReceiptFile {
  const config = configs.find(({ ref }) => ref.path === entry.path && (ref.fat === undefined) === (entry.where === 'iso'));
  if (config) return { ...entry, changes: [...config.changes] };
  if (prompt.some(({ offset }) => offset === entry.offset)) return { ...entry, path: 'boot catalogue' };
  const isConfig = entry.where === 'area' && entry.offset === coreos?.ignition?.offset;
  return isConfig ? { ...entry, what: 'injected' } : { ...entry };
}
