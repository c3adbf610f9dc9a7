import { readPe } from './pe.ts';
import type { ProgramFile } from './programs.ts';

const BOOT_LOADER = /(?:^|\/)efi\/boot\/boot(?:x64|aa64|ia32|riscv64)\.efi$/i;
/** Signatures of shims have a few kilobytes, two of them twice that. */
const MAX_SIGNATURES = 64 * 1024;

/** Whether one of the boot loaders carries a signature of Microsoft's, which machines accept as they come from the factory. */
export async function startsUnderSecureBoot(files: readonly ProgramFile[], signal?: AbortSignal): Promise<boolean> {
  for (const file of files.filter(({ path }) => BOOT_LOADER.test(path))) {
    signal?.throwIfAborted();
    const certificates = (await readPe(file))?.certificates;
    if (!certificates) continue;
    const bytes = Buffer.from(await file.read(certificates.offset, Math.min(certificates.size, MAX_SIGNATURES)));
    if (bytes.includes('Microsoft')) return true;
  }
  return false;
}
