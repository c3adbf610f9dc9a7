import { readFile } from 'node:fs/promises';
import { BootbenchError } from '../../contract/errors.ts';
import * as sentences from './sentences.ts';
import catalogue from '../../resources/boot-files.json' with { type: 'json' };

/** Where a file is in a package. */
export interface PackageFile {
  readonly package: string;
  /** As Debian names them; `all` for packages of every architecture. */
  readonly architecture: 'all' | 'amd64' | 'arm64';
  /** The first that the package has. A `*` stands for one folder. */
  readonly paths: readonly string[];
}

/** One boot file as resources/boot-files.json names it. */
export interface BootFileEntry {
  readonly name: string;
  /** Other names it is served under; in the folder it may have one of them, too. */
  readonly aliases: readonly string[];
  readonly architecture: string;
  /** Debian's package, whose bytes are pinned by `sha256`. */
  readonly source: {
    readonly suite: string;
    readonly package: string;
    readonly packageArchitecture: string;
    readonly version: string;
    readonly path: string;
  };
  readonly sha256: string;
  /** One sentence: what does not work without it. */
  readonly cost: string;
  /** The packages of other distributions, in the order of preference; what they contain is not pinned. */
  readonly packages?: { readonly ubuntu?: readonly PackageFile[]; readonly fedora?: readonly PackageFile[] };
  /** Paths below the address of a source, in the order of preference; without them, the file's own names. */
  readonly sourcePaths?: readonly string[];
}

/** The catalogue of this program. The JSON has no other architectures of packages; a test checks it. */
export const BOOT_FILES: readonly BootFileEntry[] = catalogue.files as readonly BootFileEntry[];

/** What a file's machine must be, in the words of BootFileFacts. */
export function machineOf({ architecture }: Pick<BootFileEntry, 'architecture'>): 'BIOS' | 'x86-64' | 'ARM64' {
  if (architecture.startsWith('ARM64')) return 'ARM64';
  return architecture.includes('BIOS') ? 'BIOS' : 'x86-64';
}

/** Another catalogue, for tests; without a path, this program's. */
export async function readCatalogue(path?: string): Promise<readonly BootFileEntry[]> {
  if (path === undefined) return BOOT_FILES;
  try {
    return (JSON.parse(await readFile(path, 'utf8')) as { files: BootFileEntry[] }).files;
  } catch (error) {
    throw new BootbenchError('E_FILE_UNREADABLE', sentences.cannotRead(path, error instanceof Error ? error.message : String(error)));
  }
}
