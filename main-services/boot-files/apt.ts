import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aptPlan, aptSources, type AptPlan, type AptSource } from './apt-sources.ts';
import type { BootFileEntry, PackageFile } from './catalogue.ts';
import type { PackageRun, PackageResult, Wanted } from './package-run.ts';
import { failureOf, run } from './run.ts';
import * as sentences from './sentences.ts';

/** A file, and the packages it may be in, for one plan. */
interface AptWanted extends Wanted {
  readonly plan: AptPlan;
  readonly architecture: 'amd64' | 'arm64';
}

/**
 * Gets files out of packages by apt, in a private folder: apt checks the signatures with the system's keys, and neither root nor an installed
 * package is needed.
 */
export async function fetchByApt(files: readonly BootFileEntry[], context: PackageRun): Promise<PackageResult> {
  const sources = await aptSources(context.system);
  const groups = new Map<string, AptWanted[]>();
  const problems: string[] = [];
  for (const file of files) {
    const wanted = wantedOf(file, sources, context);
    if (wanted === undefined) problems.push(sentences.noAptSource(file.name));
    else {
      const key = `${wanted.plan.label} ${wanted.architecture}`;
      groups.set(key, [...(groups.get(key) ?? []), wanted]);
    }
  }
  for (const group of groups.values()) problems.push(...(await fetchGroup(group, context)));
  return { problems };
}

function wantedOf(file: BootFileEntry, sources: readonly AptSource[], { system }: PackageRun): AptWanted | undefined {
  const pinned: PackageFile = {
    package: file.source.package,
    architecture: file.source.packageArchitecture as PackageFile['architecture'],
    paths: [file.source.path],
  };
  const architecture = pinned.architecture === 'arm64' ? 'arm64' : 'amd64';
  const plan = aptPlan(system, sources, file.source.suite, architecture);
  if (!plan) return undefined;
  return { file, plan, architecture, packages: plan.pinned ? [pinned] : [...(file.packages?.ubuntu ?? []), pinned] };
}

async function fetchGroup(wanted: readonly AptWanted[], context: PackageRun): Promise<string[]> {
  const [first] = wanted;
  if (!first) return [];
  const { plan, architecture } = first;
  const failures: string[] = [];
  for (const [index, sources] of plan.groups.entries()) {
    const work = join(context.work, `apt-${plan.label.replaceAll(/\W+/g, '-')}-${architecture}-${index}`);
    const apt = new Apt(work, architecture, context.signal);
    context.report(sentences.readingPackageLists(plan.label, hostsOf(sources)));
    const failure = await apt.update(sources);
    if (failure === undefined) return fetchFiles(wanted, apt, context);
    failures.push(failure);
  }
  return [sentences.packageListsUnreadable(plan.label, failures)];
}

function hostsOf(sources: readonly AptSource[]): string {
  return [...new Set(sources.map(({ uri }) => /^\w+:\/\/([^/]+)/.exec(uri)?.[1] ?? uri))].join(', ');
}

async function fetchFiles(wanted: readonly AptWanted[], apt: Apt, context: PackageRun): Promise<string[]> {
  const problems: string[] = [];
  for (const each of wanted) {
    const problem = await fetchFile(each, apt, context);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

/** Tries the packages in their order; the first that has the file is used. */
async function fetchFile({ file, plan, packages }: AptWanted, apt: Apt, context: PackageRun): Promise<string | undefined> {
  const failures: string[] = [];
  for (const { package: name, paths } of packages) {
    const unpacked = await apt.unpack(name, context.report);
    if (typeof unpacked === 'string') {
      failures.push(unpacked);
      continue;
    }
    for (const path of paths) {
      const bytes = await fileIn(unpacked.tree, path);
      if (!bytes) continue;
      const origin = { package: name, version: unpacked.version, path, label: plan.label, pinned: plan.pinned };
      return context.install(file, bytes, origin);
    }
    failures.push(sentences.packageWithout(name, unpacked.version, paths));
  }
  return sentences.notInstalled(file.name, failures.join(' '));
}

/** A link is not followed: its target may be a file of this system. */
async function fileIn(tree: string, path: string): Promise<Buffer | undefined> {
  const found = join(tree, path);
  const isFile = await lstat(found).then(
    (stat) => stat.isFile(),
    () => false,
  );
  return isFile ? readFile(found) : undefined;
}

interface Unpacked {
  readonly tree: string;
  readonly version: string;
}

/** apt over a private folder, with the packages of one architecture. */
class Apt {
  readonly #work: string;
  readonly #architecture: string;
  readonly #signal: AbortSignal | undefined;
  readonly #unpacked = new Map<string, Unpacked | string>();

  constructor(work: string, architecture: string, signal: AbortSignal | undefined) {
    this.#work = work;
    this.#architecture = architecture;
    this.#signal = signal;
  }

  /** Reads the package lists; the failure, or undefined. */
  async update(sources: readonly AptSource[]): Promise<string | undefined> {
    await mkdir(join(this.#work, 'lists/partial'), { recursive: true });
    const lines = await Promise.all(sources.map((source, index) => this.#lines(source, index)));
    await writeFile(join(this.#work, 'sources.list'), lines.join(''));
    const ended = await this.#apt(['update', '--error-on=any'], this.#work);
    return ended.status === 0 ? undefined : failureOf(ended, 'apt-get');
  }

  async #lines({ uri, suites, components, signedBy }: AptSource, index: number): Promise<string> {
    let key = signedBy;
    if (key?.includes('PGP')) {
      key = join(this.#work, `key-${index}.asc`);
      await writeFile(key, signedBy ?? '');
    }
    const settings = `[arch=${this.#architecture}${key === undefined ? '' : ` signed-by=${key}`}]`;
    return suites.map((suite) => `deb ${settings} ${uri} ${suite} ${components.join(' ')}\n`).join('');
  }

  /** Downloads and unpacks a package, once; a sentence when that fails. */
  async unpack(name: string, report: (line: string) => void): Promise<Unpacked | string> {
    const known = this.#unpacked.get(name);
    if (known !== undefined) return known;
    report(sentences.downloadingPackage(name));
    const unpacked = await this.#unpack(name);
    this.#unpacked.set(name, unpacked);
    return unpacked;
  }

  async #unpack(name: string): Promise<Unpacked | string> {
    const folder = join(this.#work, `package-${name}`);
    await mkdir(folder);
    const downloaded = await this.#apt(['download', `${name}:${this.#architecture}`], folder);
    const deb = (await readdir(folder)).find((file) => file.endsWith('.deb'));
    if (downloaded.status !== 0 || deb === undefined) return sentences.packageNotDownloaded(name, failureOf(downloaded, 'apt-get'));
    const version = await run('dpkg-deb', ['-f', deb, 'Version'], { cwd: folder, signal: this.#signal });
    const unpacked = await run('dpkg-deb', ['-x', deb, 'tree'], { cwd: folder, signal: this.#signal });
    if (unpacked.status !== 0) return sentences.packageNotUnpacked(name, failureOf(unpacked, 'dpkg-deb'));
    return { tree: join(folder, 'tree'), version: version.stdout.toString('utf8').trim() };
  }

  #apt(command: readonly string[], cwd: string) {
    const work = this.#work;
    const settings = [
      `Dir::Etc::SourceList=${join(work, 'sources.list')}`,
      'Dir::Etc::SourceParts=/dev/null',
      'Dir::Etc::Preferences=/dev/null',
      'Dir::Etc::PreferencesParts=/dev/null',
      `Dir::State::Lists=${join(work, 'lists')}`,
      'Dir::State::Status=/dev/null',
      `Dir::Cache::Archives=${work}`,
      'Dir::Cache::pkgcache=',
      'Dir::Cache::srcpkgcache=',
      `APT::Architecture=${this.#architecture}`,
      `APT::Architectures::=${this.#architecture}`,
      'APT::Default-Release=',
      // Whatever this system allows for its own packages.
      'APT::Get::AllowUnauthenticated=false',
      'Acquire::AllowInsecureRepositories=false',
      'Acquire::AllowDowngradeToInsecureRepositories=false',
      'Acquire::AllowWeakRepositories=false',
      'Acquire::Languages=none',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
      'Acquire::Retries=2',
    ].flatMap((setting) => ['-o', setting]);
    return run('apt-get', ['-q', ...settings, ...command], { cwd, signal: this.#signal });
  }
}
