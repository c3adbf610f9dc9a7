import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { compareMutated, compareWritten, type Undamaged } from './compare.ts';
import { Damages } from './damage.ts';
import { makeSample, type Workshop } from './make/make.ts';
import { mutate } from './mutate.ts';
import { Pycdlib } from './pycdlib.ts';
import { readIsoinfo } from './readers/isoinfo.ts';
import { readOurs, type OwnReading } from './readers/ours.ts';
import { readPycdlib } from './readers/pycdlib.ts';
import { readSevenZip } from './readers/seven-zip.ts';
import { readXorriso } from './readers/xorriso.ts';
import { Report } from './report.ts';
import { run } from './run.ts';
import type { Sample, TreeName } from './types.ts';

export interface DifferentialOptions {
  readonly isos: number;
  readonly seed: number;
  /** Of each so many ISOs one is read again with wrong bytes in it. */
  readonly mutateEach: number;
  /** Leaves the ISOs in this folder. */
  readonly keep?: string | undefined;
  readonly onProgress?: (done: number, report: Report) => void;
}

const BESIDE_EACH_OTHER = 2;
/** Memory, where the system has it: thousands of small files are written and read once. */
const MEMORY = '/dev/shm';

/** Makes ISOs by seed and compares what our reader and four others say of them. */
export async function differential(options: DifferentialOptions): Promise<Report> {
  const report = new Report();
  const work = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'bootbench-differential-'));
  await using pycdlib = new Pycdlib();
  try {
    const workshop: Workshop = { work, pycdlib, efi: await efiImage(work) };
    let done = 0;
    await pLimit(BESIDE_EACH_OTHER).map(Array.from({ length: options.isos }), async (_, index) => {
      await oneSeed(options.seed + index, workshop, report, options);
      options.onProgress?.((done += 1), report);
    });
    return report;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function oneSeed(seed: number, workshop: Workshop, report: Report, { mutateEach, keep }: DifferentialOptions): Promise<void> {
  const sample = await makeSample(seed, workshop);
  const before = await readOne(sample, workshop, report, keep);
  if (seed % mutateEach !== 0) return;
  const mutated = mutate(sample);
  writeFileSync(mutated.path, mutated.bytes);
  const damages = new Damages(sample.bytes, mutated.bytes, before.located);
  await readOne(mutated, workshop, report, keep, { before, damages });
}

async function readOne(
  sample: Sample,
  { work, pycdlib }: Workshop,
  report: Report,
  keep: string | undefined,
  known?: Undamaged,
): Promise<OwnReading> {
  const own = await readOurs(sample.bytes);
  const byPycdlib = await readPycdlib(sample, pycdlib);
  const kinds = new Set(Object.keys(own.trees) as TreeName[]);
  const others = [await readXorriso(sample, kinds, work), await readIsoinfo(sample, kinds), await readSevenZip(sample, kinds), byPycdlib];
  const isMutated = known !== undefined;
  const references = sample.written ? [sample.written, ...others] : others;
  const differences = known ? compareMutated(sample, own, others, known) : compareWritten(sample, own, references);
  report.add(sample, [own, ...(isMutated ? others : references)], differences);
  if (keep !== undefined) {
    mkdirSync(keep, { recursive: true });
    writeFileSync(join(keep, `${sample.seed}${isMutated ? '-mutated' : ''}.iso`), sample.bytes);
  }
  rmSync(sample.path, { force: true });
  return own;
}

/** A FAT image with a boot loader, as ISOs carry for UEFI. */
async function efiImage(work: string): Promise<Buffer> {
  const image = join(work, 'efi.img');
  const loader = join(work, 'loader.efi');
  writeFileSync(loader, Buffer.alloc(3000, 'MZ'));
  for (const [tool, ...args] of [
    ['mformat', '-C', '-f', '160', '-i', image, '::'],
    ['mmd', '-i', image, '::EFI', '::EFI/BOOT'],
    ['mcopy', '-i', image, loader, '::EFI/BOOT/BOOTX64.EFI'],
  ] as const) {
    const { code, stderr } = await run(tool, args);
    if (code !== 0) throw new Error(`${tool}: ${stderr}`);
  }
  return readFileSync(image);
}
