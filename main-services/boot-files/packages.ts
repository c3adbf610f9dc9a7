import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchByApt } from './apt.ts';
import type { BootFileEntry } from './catalogue.ts';
import { fetchByDnf } from './dnf.ts';
import type { PackageOrigin, PackageResult, PackageRun } from './package-run.ts';
import { install, sha256Of } from './record.ts';
import { isInstalled } from './run.ts';
import * as sentences from './sentences.ts';
import { packageManagerOf, type PackageManager, type System } from './system.ts';
import { unfit } from './validate.ts';

const TOOLS: Readonly<Record<PackageManager, readonly string[]>> = {
  apt: ['apt-get', 'dpkg-deb'],
  dnf: ['dnf', 'rpm', 'rpmkeys', 'rpm2cpio'],
};

/** The system's package manager, when its tools are installed. */
export async function usablePackageManager(system: System): Promise<PackageManager | undefined> {
  const manager = packageManagerOf(system);
  if (manager === undefined) return undefined;
  const installed = await Promise.all(TOOLS[manager].map((tool) => isInstalled(tool)));
  return installed.every(Boolean) ? manager : undefined;
}

export interface PackageRequest {
  readonly dir: string;
  readonly system: System;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Fetches files from the system's distribution into `dir`. */
export async function fetchPackages(
  manager: PackageManager,
  files: readonly BootFileEntry[],
  request: PackageRequest,
): Promise<PackageResult> {
  const work = await mkdtemp(join(tmpdir(), 'boot-files-'));
  const context: PackageRun = {
    ...request,
    work,
    install: (file, bytes, origin) => installFile(file, bytes, origin, request),
  };
  try {
    return await (manager === 'apt' ? fetchByApt : fetchByDnf)(files, context);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function installFile(
  file: BootFileEntry,
  bytes: Uint8Array,
  origin: PackageOrigin,
  { dir, report }: PackageRequest,
): Promise<string | undefined> {
  const sha256 = sha256Of(bytes);
  if (origin.pinned && sha256 !== file.sha256) return sentences.notTheCataloguesBytes(file, origin, sha256);
  const problem = origin.pinned ? undefined : unfit(file, bytes);
  if (problem !== undefined) return sentences.notInstalled(file.name, problem);
  const from = sentences.packageOf(origin.label, origin.package, origin.version, origin.path);
  await install(dir, file.name, bytes, { origin: 'package', from });
  report(sentences.installed(file.name, from, sha256));
  return undefined;
}
