import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BootFileOffer } from '../../contract/appliance.ts';
import { asBootbenchError, BootbenchError, errnoOf } from '../../contract/errors.ts';
import type { BootFileEntry } from './catalogue.ts';
import { factsOf } from './facts.ts';
import { checkAddress, FILE_LIMIT, readHttpFile, type HttpOptions } from './http-file.ts';
import { readConfirmed, sha256Of } from './record.ts';
import * as sentences from './sentences.ts';
import { unfit } from './validate.ts';

/** The iPXE project's own builds, which are proposed where the distribution has none. */
export const IPXE_BUILDS = 'https://boot.ipxe.org';

/** A folder of this computer, or an address. `name` is what its hashes are recorded under. */
export type Source =
  | { readonly kind: 'folder'; readonly name: string; readonly path: string }
  | { readonly kind: 'address'; readonly name: string; readonly url: URL };

/** An offer with its bytes. */
export interface OfferedFile extends BootFileOffer {
  readonly bytes?: Uint8Array;
}

/** Reads what a person wrote after `--from`. E_BOOT_FILE_SOURCE for an address that is not allowed or a folder that does not exist. */
export async function parseSource(text: string, cwd: string, options: Pick<HttpOptions, 'allowHttp'>): Promise<Source> {
  const isAddress = /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
  if (isAddress && !/^file:/i.test(text)) {
    if (!URL.canParse(text)) throw new BootbenchError('E_BOOT_FILE_SOURCE', sentences.notAnAddress(text));
    const url = new URL(text);
    checkAddress(url, options);
    url.search = '';
    url.hash = '';
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    return { kind: 'address', name: url.href, url };
  }
  const path = isAddress ? fileURLToPath(text) : resolve(cwd, text);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new BootbenchError('E_BOOT_FILE_SOURCE', sentences.folderNotFound(path));
  return { kind: 'folder', name: path, path };
}

export interface OfferRequest {
  readonly source: Source;
  /** The folder whose record says what was confirmed before. */
  readonly dir: string;
  readonly files: readonly BootFileEntry[];
  readonly http: HttpOptions;
  readonly report: (line: string) => void;
}

/** Reads the files that a source has, and compares them with what was confirmed before. Writes nothing. */
export async function readOffers({ source, dir, files, http, report }: OfferRequest): Promise<OfferedFile[]> {
  const confirmed = await readConfirmed(dir, source.name);
  const offers: OfferedFile[] = [];
  for (const file of files) {
    report(sentences.readingFrom(file.name, source.name));
    offers.push(await offerOf(file, source, confirmed[file.name], http));
  }
  return offers;
}

async function offerOf(file: BootFileEntry, source: Source, known: string | undefined, http: HttpOptions): Promise<OfferedFile> {
  const base = { name: file.name, arch: file.architecture, cost: file.cost };
  try {
    for (const path of file.sourcePaths ?? [file.name, ...file.aliases]) {
      const found = await read(source, path, http);
      if (!found) continue;
      const { bytes, location } = found;
      const [sha256, facts] = [sha256Of(bytes), factsOf(bytes)];
      const common = { ...base, location, sha256, size: bytes.length, facts };
      const problem = unfit(file, bytes);
      if (problem !== undefined) return { ...common, state: 'refused', problem };
      if (known === undefined) return { ...common, state: 'new', bytes };
      return { ...common, state: known === sha256 ? 'confirmed' : 'changed', confirmedSha256: known, bytes };
    }
    return { ...base, state: 'missing' };
  } catch (error) {
    http.signal?.throwIfAborted();
    return { ...base, state: 'refused', problem: asBootbenchError(error).message };
  }
}

async function read(source: Source, path: string, http: HttpOptions): Promise<{ bytes: Uint8Array; location: string } | undefined> {
  if (source.kind === 'address') {
    const found = await readHttpFile(new URL(path, source.url), http);
    return found && { bytes: found.bytes, location: found.url };
  }
  const location = join(source.path, path);
  try {
    const { size } = await stat(location);
    if (size > FILE_LIMIT) throw new BootbenchError('E_BOOT_FILE_SOURCE', sentences.tooLargeFile(location));
    return { bytes: await readFile(location), location };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}
