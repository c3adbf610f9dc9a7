import type { CoverageRow, ImageIndex } from '../../../contract/inventory.ts';
import type { SampleEdits } from './sample.ts';
import type { LoaderReading, Miss } from '../bootconfig/loader.ts';
import type { BootConfigKind } from '../bootconfig/types.ts';
import type { ProgramFile } from '../efi/programs.ts';
import type { FirstConfigs } from './first-configs.ts';
import type { LoaderName, LoaderProgram } from './loader-program.ts';
import type { FileRef, Medium, Place } from './medium.ts';
import type { PeHeader } from '../efi/pe.ts';
import { keyOf, namedIn, reachedFrom } from './reached.ts';
import {
  argumentsAdded,
  COREOS_AREA,
  EMULATED_DRIVE,
  menuInProgram,
  menuInSignedProgram,
  NO_CONFIGURATION,
  notFollowed,
  nothingStartsLinux,
  reasonOfLoader,
  startsUkis,
} from './sentences.ts';

/** A way in which firmware starts the ISO. */
export interface Start {
  readonly firmware: CoverageRow['firmware'];
  readonly arch?: PeHeader['arch'];
  readonly loaders: readonly { readonly name: LoaderName; readonly path: string }[];
  readonly configs: FirstConfigs;
  /** Of UEFI: the program that reads the configurations, and the file system it was started from. */
  readonly program?: { readonly file: ProgramFile; readonly loader: LoaderProgram };
  readonly place?: Place;
  /** A BIOS entry that is a floppy or a disk. */
  readonly emulated?: boolean;
}

interface JudgeContext {
  readonly medium: Medium;
  readonly index: ImageIndex;
  readonly edits: SampleEdits;
  /** What a model of the loader reads, from each configuration on that one can begin with. */
  readonly readings: readonly LoaderReading[];
}

type Verdict = Pick<CoverageRow, 'added' | 'reach' | 'reason'>;

/** Bytes of a menu inside a program that are read. */
const MAX_MENU_BYTES = 256 * 1024;
const READ_BY: Partial<Record<LoaderName, BootConfigKind>> = { GRUB: 'grub', isolinux: 'isolinux', syslinux: 'isolinux' };
const ARCHES = { x64: 'x86_64', aa64: 'aarch64', ia32: 'i386', riscv64: 'riscv64' } as const;

/** One row, or one for the CD and one for the USB disk where they read other files. */
export async function judge(start: Start, context: JudgeContext): Promise<CoverageRow[]> {
  const [cd, usb] = [await rowOf(start, start.configs.cd, context), await rowOf(start, start.configs.usb, context)];
  if (JSON.stringify(cd) === JSON.stringify(usb)) return [{ ...cd, as: 'any' }];
  return [
    { ...cd, as: 'cd' },
    { ...usb, as: 'usb' },
  ];
}

async function rowOf(start: Start, firsts: readonly FileRef[], context: JudgeContext): Promise<Omit<CoverageRow, 'as'>> {
  const inner = await innerOf(start, context);
  const begun = [...firsts, ...(inner?.names ?? [])].filter((ref) => isRead(start, ref, context));
  const models = context.readings.filter(({ configurations: [first] }) => first && begun.some((ref) => keyOf(ref) === keyOf(first)));
  const modelled = models.flatMap(({ configurations }) => configurations);
  // What a model has read is known; of other files only the names that are in them.
  const read = new Set(models.flatMap(({ configurations: [first] }) => (first ? [keyOf(first)] : [])));
  const named = await reachedFrom(
    context.medium,
    begun.filter((ref) => !read.has(keyOf(ref))),
  );
  const configs = unique([...begun, ...modelled, ...named]).filter((ref) => isRead(start, ref, context));
  const missed = models.flatMap((model) => model.missed);
  const verdict = withMisses(verdictOf(start, configs, inner?.added ?? 0, context), missed);
  return {
    firmware: start.firmware,
    ...(start.arch && { arch: ARCHES[start.arch] }),
    loaders: [...start.loaders],
    configs: [...(inner ? [{ path: `${inner.program} (${inner.path})` }] : []), ...configs],
    ...verdict,
  };
}

/** A file that a text only names may be for another boot loader: GRUB reads no menu of isolinux, nor isolinux one of GRUB. */
function isRead({ loaders }: Start, ref: FileRef, { index }: JudgeContext): boolean {
  const own = READ_BY[loaders.at(-1)?.name ?? 'unknown'];
  const kind = index.bootConfigs?.find((config) => keyOf(config) === keyOf(ref))?.kind;
  return own === undefined || kind === undefined || kind === own;
}

function unique(refs: readonly FileRef[]): FileRef[] {
  return [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()];
}

/** Where the model of the loader could not follow, an entry may be without the arguments. */
function withMisses(verdict: Verdict, [first, ...others]: readonly Miss[]): Verdict {
  if (!first) return verdict;
  return {
    ...verdict,
    reach: verdict.reach === 'none' ? 'none' : 'some',
    reason: `${verdict.reason} ${notFollowed(first, others.length)}`,
  };
}

/** The menu inside the GRUB program, where that has one. */
async function innerOf({ program, place }: Start, { medium, edits }: JudgeContext) {
  const grub = program?.loader.grub;
  if (!program || !grub) return undefined;
  const menu = grub.memdisk.find(({ path }) => /(?:^|\/)grub\.cfg$/i.test(path));
  if (!menu) return undefined;
  const { path, fat } = program.file;
  const edit = edits.inner.find((one) => one.program === path && one.fat === fat);
  const text = Buffer.from(await program.file.read(menu.offset, Math.min(menu.size, MAX_MENU_BYTES))).toString('latin1');
  const from = place?.fat === undefined ? { path } : { path, fat: place.fat };
  return { program: path, path: menu.path, added: edit?.added ?? 0, names: namedIn(medium, text, from) };
}

function verdictOf(start: Start, configs: readonly FileRef[], inner: number, { index, edits, medium }: JudgeContext): Verdict {
  const keys = new Set(configs.map(keyOf));
  const added = inner + edits.files.filter((file) => keys.has(keyOf(file))).reduce((sum, file) => sum + file.added, 0);
  const none = (reason: string): Verdict => ({ added: 0, reach: 'none', reason });
  const loader = start.loaders.at(-1)?.name ?? 'unknown';
  if (start.emulated) return none(EMULATED_DRIVE);
  const ukis = loader === 'systemd-boot' ? ukisIn(index, start.place, medium) : [];
  if (index.coreos?.kargs && configs.length > 0) {
    return { added: 1, reach: 'all', reason: COREOS_AREA };
  }
  if (edits.refused !== undefined && configs.length > 0) return none(edits.refused);
  if (added > 0) {
    return { added, reach: ukis.length > 0 ? 'some' : 'all', reason: argumentsAdded(added, ukis) };
  }
  if (ukis.length > 0) return none(startsUkis(ukis));
  return none(reasonForNone(start, loader, configs));
}

function reasonForNone({ program, loaders }: Start, loader: LoaderName, configs: readonly FileRef[]): string {
  const path = loaders.at(-1)?.path ?? '';
  if (program?.loader.grub && program.loader.grub.memdisk.length > 0)
    return program.loader.signed ? menuInSignedProgram(path) : menuInProgram(path);
  const known = reasonOfLoader(loader, path);
  if (known !== undefined) return known;
  return configs.length === 0 ? NO_CONFIGURATION : nothingStartsLinux(configs.map((config) => config.path));
}

/** systemd-boot lists what is in /EFI/Linux of its own file system. */
function ukisIn({ ukis = [] }: ImageIndex, place: Place | undefined, { tree }: Medium): string[] {
  const own = place ?? tree;
  return own.list('EFI/Linux').filter((path) => ukis.some((uki) => uki.toLowerCase() === path.toLowerCase()));
}
