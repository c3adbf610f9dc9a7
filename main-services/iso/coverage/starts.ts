import { posix } from 'node:path';
import type { ByteSource } from '../source/byte-source.ts';
import type { BootEntry } from '../iso9660/el-torito.ts';
import type { ProgramFile } from '../efi/programs.ts';
import { grubBiosConfigs, grubUefiConfigs, isolinuxConfigs, ownFatConfigs, type FirstConfigs } from './first-configs.ts';
import type { Start } from './judge.ts';
import { recogniseBiosImage, recogniseProgram, type LoaderProgram } from './loader-program.ts';
import type { Medium, Place } from './medium.ts';

/** What is looked at of a BIOS boot image; isolinux has 40 KiB. */
const BIOS_HEAD = 64 * 1024;
const BOOT_PROGRAM = /^efi\/boot\/boot(x64|aa64|ia32|riscv64)\.efi$/i;
const NONE: FirstConfigs = { cd: [], usb: [] };

/** The default entry of the boot catalogue: SeaBIOS and most firmware start no other (El Torito 1.0 §2). */
export async function biosStarts(source: ByteSource, boot: readonly BootEntry[], medium: Medium, signal?: AbortSignal): Promise<Start[]> {
  const entry = boot.find(({ platform }) => platform === 'bios');
  if (!entry) return [];
  const path = medium.fileAt(entry.offset) ?? 'boot image';
  const emulated = entry.media !== 'none';
  const name = emulated ? 'unknown' : recogniseBiosImage(Buffer.from(await source.read(entry.offset, BIOS_HEAD, signal)));
  const configs = name === 'isolinux' ? isolinuxConfigs(medium, path) : name === 'GRUB' ? grubBiosConfigs(medium) : NONE;
  return [{ firmware: 'bios', loaders: [{ name, path }], configs, ...(emulated && { emulated }) }];
}

/**
 * `\EFI\BOOT\BOOT….EFI` of each architecture in the FAT of each boot image: edk2 starts from every entry of the catalogue, whatever its
 * platform (PartitionDxe/ElTorito.c). Without such an image some firmware reads the ISO's tree.
 */
export async function uefiStarts(medium: Medium, programs: readonly ProgramFile[]): Promise<Start[]> {
  const boots = programs.filter(({ path }) => BOOT_PROGRAM.test(path));
  const inImages = boots.filter(({ fat }) => fat !== undefined && medium.images.has(fat));
  const starts: Start[] = [];
  for (const program of inImages.length > 0 ? inImages : boots) {
    const start = await startOf(medium, programs, program);
    if (start) starts.push(start);
  }
  return starts;
}

async function startOf(medium: Medium, programs: readonly ProgramFile[], first: ProgramFile): Promise<Start | undefined> {
  const own = first.fat === undefined ? medium.tree : medium.images.get(first.fat);
  const begun = await recogniseProgram(first);
  if (!own || !begun) return undefined;
  const chain = [{ file: first, loader: begun }];
  if (begun.name === 'shim') {
    const next = secondStage(programs, first);
    const loader = next && (await recogniseProgram(next));
    if (loader) chain.push({ file: next, loader });
  }
  const { file, loader } = chain.at(-1) ?? { file: first, loader: begun };
  return {
    firmware: 'uefi',
    arch: begun.arch,
    loaders: chain.map((link) => ({ name: link.loader.name, path: link.file.path })),
    configs: firstConfigs(medium, own, file.path, loader),
    program: { file, loader },
    place: own,
  };
}

/** Shim starts grub….efi beside itself (shim: DEFAULT_LOADER). */
function secondStage(programs: readonly ProgramFile[], shim: ProgramFile): ProgramFile | undefined {
  const arch = BOOT_PROGRAM.exec(shim.path)?.[1] ?? '';
  const wanted = posix.join(posix.dirname(shim.path), `grub${arch}.efi`).toLowerCase();
  return programs.find(({ path, fat }) => fat === shim.fat && path.toLowerCase() === wanted);
}

function firstConfigs(medium: Medium, own: Place, path: string, loader: LoaderProgram): FirstConfigs {
  return loader.name === 'GRUB' ? grubUefiConfigs(medium, own, path, loader) : ownFatConfigs(own, path, loader);
}
