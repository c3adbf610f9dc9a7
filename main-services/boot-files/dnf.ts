import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootFileEntry, PackageFile } from './catalogue.ts';
import { readCpio } from './cpio.ts';
import type { PackageResult, PackageRun } from './package-run.ts';
import { failureOf, run } from './run.ts';
import { importKeys, signatureProblem } from './rpm-keys.ts';
import * as sentences from './sentences.ts';

/** RPM's names of Debian's architectures. */
const ARCHITECTURES = { all: undefined, amd64: 'x86_64', arm64: 'aarch64' } as const;

interface Unpacked {
  readonly version: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Gets files out of packages by dnf, in a private folder: `dnf download` needs no root. It does not check signatures, so `rpmkeys` does, with
 * the keys that the system's enabled repositories name.
 */
export async function fetchByDnf(files: readonly BootFileEntry[], context: PackageRun): Promise<PackageResult> {
  const keys = await importKeys(context);
  if (typeof keys === 'string') return { problems: [keys] };
  const dnf = new Dnf(context, keys.database);
  const problems: string[] = [];
  for (const file of files) {
    const problem = await fetchFile(file, dnf, context);
    if (problem !== undefined) problems.push(problem);
  }
  return { problems };
}

async function fetchFile(file: BootFileEntry, dnf: Dnf, context: PackageRun): Promise<string | undefined> {
  const failures: string[] = [];
  for (const wanted of file.packages?.fedora ?? []) {
    const unpacked = await dnf.unpack(wanted);
    if (typeof unpacked === 'string') {
      failures.push(unpacked);
      continue;
    }
    const found = firstFitting(wanted.paths, unpacked.files);
    if (found) {
      const { path, bytes } = found;
      const label = context.system.release.PRETTY_NAME ?? 'this system';
      return context.install(file, bytes, { package: wanted.package, version: unpacked.version, path, label, pinned: false });
    }
    failures.push(sentences.packageWithout(wanted.package, unpacked.version, wanted.paths));
  }
  return sentences.notInstalled(file.name, failures.join(' '));
}

/** The first path that the package has; a `*` stands for one folder. Pure. */
export function firstFitting(
  paths: readonly string[],
  files: ReadonlyMap<string, Uint8Array>,
): { path: string; bytes: Uint8Array } | undefined {
  for (const pattern of paths) {
    const fits = new RegExp(`^${pattern.replaceAll(/[.+]/g, '\\$&').replaceAll('*', '[^/]+')}$`);
    const found = [...files].find(([path]) => fits.test(path));
    if (found) return { path: found[0], bytes: found[1] };
  }
  return undefined;
}

class Dnf {
  readonly #context: PackageRun;
  readonly #database: string | undefined;
  readonly #unpacked = new Map<string, Unpacked | string>();

  constructor(context: PackageRun, database: string | undefined) {
    this.#context = context;
    this.#database = database;
  }

  /** Downloads a package, checks its signature and unpacks it, once; a sentence when that fails. */
  async unpack(wanted: PackageFile): Promise<Unpacked | string> {
    const key = `${wanted.package}.${wanted.architecture}`;
    const known = this.#unpacked.get(key);
    if (known !== undefined) return known;
    this.#context.report(sentences.downloadingPackage(wanted.package));
    const unpacked = await this.#unpack(wanted, join(this.#context.work, `package-${key}`));
    this.#unpacked.set(key, unpacked);
    return unpacked;
  }

  async #unpack({ package: name, architecture }: PackageFile, folder: string): Promise<Unpacked | string> {
    const { signal } = this.#context;
    await mkdir(folder, { recursive: true });
    const downloaded = await run('dnf', [...this.#settings(ARCHITECTURES[architecture]), 'download', '--destdir', folder, name], {
      signal,
    });
    const rpm = (await readdir(folder)).find((file) => file.endsWith('.rpm'));
    if (downloaded.status !== 0 || rpm === undefined) return sentences.packageNotDownloaded(name, dnfFailure(failureOf(downloaded, 'dnf')));
    const path = join(folder, rpm);
    const problem = await signatureProblem(path, this.#database, signal);
    if (problem !== undefined) return sentences.packageNotSigned(name, problem);
    const version = await run('rpm', ['-qp', '--nosignature', '--qf', '%{VERSION}-%{RELEASE}', path], { signal });
    const archive = await run('rpm2cpio', [path], { signal });
    try {
      return { version: version.stdout.toString('utf8').trim(), files: readCpio(archive.stdout) };
    } catch {
      return sentences.packageNotUnpacked(name, failureOf(archive, 'rpm2cpio'));
    }
  }

  /** Nothing is read from, or written to, the folders that root's dnf uses. */
  #settings(architecture: string | undefined): string[] {
    const { work, system } = this.#context;
    return [
      '--quiet',
      `--setopt=reposdir=${join(system.etc, 'yum.repos.d')}`,
      `--setopt=cachedir=${join(work, 'cache')}`,
      `--setopt=logdir=${join(work, 'log')}`,
      `--setopt=persistdir=${join(work, 'persist')}`,
      ...(architecture === undefined ? [] : [`--forcearch=${architecture}`]),
    ];
  }
}

/** dnf 4 has `download` in a package of plugins. */
function dnfFailure(line: string): string {
  return /No such command: download|command\(download\)|Unknown argument "download"/.test(line) ? sentences.DNF_DOWNLOAD_MISSING : line;
}
