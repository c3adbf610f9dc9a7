import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageRun } from './package-run.ts';
import { failureOf, run } from './run.ts';
import * as sentences from './sentences.ts';
import { textsIn, type System } from './system.ts';

/** The keys that packages may be signed with. No database: the keys that the system has imported. */
export interface RpmKeys {
  readonly database: string | undefined;
}

/** Imports the keys that the enabled repositories name, from files of this system, into a private database; a sentence when that fails. */
export async function importKeys({ system, work, signal }: Pick<PackageRun, 'system' | 'work' | 'signal'>): Promise<RpmKeys | string> {
  const files = await keyFiles(system);
  if (files.length === 0) return { database: undefined };
  const database = join(work, 'rpmdb');
  const ended = await run('rpmkeys', ['--dbpath', database, '--import', ...files], { signal });
  return ended.status === 0 ? { database } : sentences.keysNotImported(files, failureOf(ended, 'rpmkeys'));
}

async function keyFiles(system: System): Promise<string[]> {
  const texts = await textsIn(system.etc, 'yum.repos.d', ['.repo']);
  const named = new Set(texts.flatMap(({ text }) => keysOfRepositories(text, variablesOf(system))));
  const files: string[] = [];
  for (const file of named) if ((await stat(file).catch(() => undefined))?.isFile()) files.push(file);
  return files;
}

function variablesOf({ release }: System): Record<string, string> {
  const version = release.VERSION_ID ?? '';
  const basearch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  return { releasever: version, releasever_major: version.split('.')[0] ?? '', basearch, arch: basearch };
}

/** The local files in `gpgkey=` of the enabled repositories of a .repo file (dnf.conf(5)). Pure. */
export function keysOfRepositories(text: string, variables: Readonly<Record<string, string>>): string[] {
  return text.split(/^\[/m).flatMap((section) => {
    const lines = section.replaceAll(/\n[ \t]+/g, ' ').split('\n');
    const value = (key: string): string | undefined =>
      lines.map((line) => new RegExp(`^${key}\\s*=\\s*(.*)$`).exec(line)?.[1]).find((found) => found !== undefined);
    if (/^(0|no|false|off)\s*$/i.test(value('enabled') ?? '')) return [];
    return (value('gpgkey') ?? '')
      .split(/[\s,]+/)
      .filter((url) => url.startsWith('file:///'))
      .map((url) =>
        url
          .slice('file://'.length)
          .replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (_all, braced: string, bare: string) => variables[braced || bare] ?? ''),
      );
  });
}

/** Why the package is not trusted; undefined when its signature is valid. Output: `FILE: digests signatures OK`, unsigned `digests OK`. */
export async function signatureProblem(
  path: string,
  database: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const where = database === undefined ? [] : ['--dbpath', database];
  const ended = await run('rpmkeys', [...where, '--checksig', path], { signal });
  const result = ended.stdout.toString('utf8').trim().split('\n').at(-1)?.split(': ').at(-1) ?? '';
  if (ended.status === 0 && /\bsignatures OK$/.test(result)) return undefined;
  return result === '' ? failureOf(ended, 'rpmkeys') : sentences.signatureResult(result);
}
