import type { ProgramFile } from './uki.ts';

const BOOT_LOADER = /(?:^|\/)efi\/boot\/boot(?:x64|aa64|ia32|riscv64)\.efi$/i;
const HEAD = 1024;
/** Signatures of shims have a few kilobytes, two of them twice that. */
const MAX_SIGNATURES = 64 * 1024;
/** Index of the certificate table among the data directories (PE/COFF, Optional Header Data Directories). */
const CERTIFICATES = 4;

/** Whether one of the boot loaders carries a signature of Microsoft's, which machines accept as they come from the factory. */
export async function startsUnderSecureBoot(files: readonly ProgramFile[], signal?: AbortSignal): Promise<boolean> {
  for (const file of files.filter(({ path }) => BOOT_LOADER.test(path))) {
    signal?.throwIfAborted();
    const signatures = await signaturesOf(file);
    if (signatures.includes('Microsoft')) return true;
  }
  return false;
}

async function signaturesOf(file: ProgramFile): Promise<Buffer> {
  const none = Buffer.alloc(0);
  const head = Buffer.from(await file.read(0, 64));
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') return none;
  const header = Buffer.from(await file.read(head.readUInt32LE(60), HEAD));
  if (header.length < 256 || header.toString('latin1', 0, 4) !== 'PE\0\0') return none;
  const directories = 24 + (header.readUInt16LE(24) === 0x20b ? 112 : 96);
  const at = header.readUInt32LE(directories + CERTIFICATES * 8);
  const length = Math.min(header.readUInt32LE(directories + CERTIFICATES * 8 + 4), MAX_SIGNATURES);
  return at === 0 || length === 0 || at >= file.size ? none : Buffer.from(await file.read(at, length));
}
