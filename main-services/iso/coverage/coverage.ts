import type { CoverageRow, ImageIndex } from '../../../contract/inventory.ts';
import { asBootbenchError } from '../../../contract/errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import type { BootEntry } from '../iso9660/el-torito.ts';
import type { IsoVolume } from '../iso9660/volume.ts';
import { planSample, type SampleEdits } from './sample.ts';
import { loaderReadings } from '../bootconfig/loader-readings.ts';
import type { ProgramFile } from '../efi/programs.ts';
import { judge, type Start } from './judge.ts';
import { openMedium } from './medium.ts';
import { biosStarts, uefiStarts } from './starts.ts';

export interface CoverageInput {
  readonly source: ByteSource;
  readonly volume: IsoVolume;
  readonly boot: readonly BootEntry[];
  readonly programs: readonly ProgramFile[];
  /** What else a look at the ISO found. */
  readonly index: Omit<ImageIndex, 'coverage'>;
}

/**
 * For each firmware that starts the ISO, as CD and as USB disk: the boot loader, the configurations that it reads, and in how many of the
 * entries a host's arguments would be. Nothing is guessed from counts of files: a sample word is put into a view, and looked for in what
 * each loader reads. The source's own errors pass through.
 */
export async function coverageOf({ source, volume, boot, programs, index }: CoverageInput, signal?: AbortSignal): Promise<CoverageRow[]> {
  const medium = await openMedium(source, volume, boot, signal);
  const edits = await sampleOf(source, index);
  const { readings } = await loaderReadings(source, index);
  const starts: Start[] = [...(await biosStarts(source, boot, medium, signal)), ...(await uefiStarts(medium, programs))];
  const rows: CoverageRow[] = [];
  for (const start of starts) rows.push(...(await judge(start, { medium, index, edits, readings })));
  return rows;
}

/** An ISO whose configurations take no words at all is covered nowhere, for the reason that the planner gives. */
async function sampleOf(source: ByteSource, index: ImageIndex): Promise<SampleEdits> {
  try {
    return await planSample(source, index);
  } catch (error) {
    const { code, message } = asBootbenchError(error);
    if (!['E_PATCH_TOO_LONG', 'E_IMAGE_EDIT', 'E_BAD_INPUT', 'E_IMAGE_INVALID', 'E_NOT_FOUND'].includes(code)) throw error;
    return { files: [], inner: [], refused: message };
  }
}
