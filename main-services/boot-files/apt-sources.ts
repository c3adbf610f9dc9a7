import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { familyOf, textsIn, type System } from './system.ts';

/** One repository of sources.list(5). */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** A path, or a key as text. Without it, apt's trusted keys decide. */
  readonly signedBy?: string | undefined;
}

/** Lines for apt that give the packages of one system; the first group that can be read is used. */
export interface AptPlan {
  /** `Debian trixie`, `Ubuntu 24.04`. */
  readonly label: string;
  /** The bytes must be those of the catalogue. */
  readonly pinned: boolean;
  readonly groups: readonly (readonly AptSource[])[];
}

/** Ubuntu's archives: amd64, and every other architecture. */
const UBUNTU = { amd64: 'http://archive.ubuntu.com/ubuntu', arm64: 'http://ports.ubuntu.com/ubuntu-ports' };
const DEBIAN_SUITES = ['stable', 'oldstable', 'testing', 'unstable', 'sid'];

/** All of the system's apt sources, in both formats. */
export async function aptSources({ etc }: System): Promise<AptSource[]> {
  const main = { path: 'sources.list', text: await readFile(join(etc, 'apt/sources.list'), 'utf8').catch(() => '') };
  const parts = await textsIn(etc, 'apt/sources.list.d', ['.list', '.sources']);
  return [main, ...parts].flatMap(({ path, text }) => (path.endsWith('.list') ? oneLineSources(text) : deb822Sources(text)));
}

/** Pure. */
export function oneLineSources(text: string): AptSource[] {
  return [...text.matchAll(/^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#\n]*)/gm)].map(
    ([, settings = '', uri = '', suite = '', components = '']) => ({
      uri,
      suites: [suite],
      components: words(components),
      signedBy: /(?:^|\s)signed-by=(\S+)/i.exec(settings)?.[1],
    }),
  );
}

/** Pure. */
export function deb822Sources(text: string): AptSource[] {
  return text
    .replace(/^#.*\n/gm, '')
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      const fields = Object.fromEntries(
        [...stanza.matchAll(/^([\w-]+):((?:.*)(?:\n[ \t].*)*)/gm)].map(([, name = '', value = '']) => [name.toLowerCase(), value.trim()]),
      );
      if (!words(fields.types).includes('deb') || /^(no|false|0)$/i.test(fields.enabled ?? '')) return [];
      const suites = words(fields.suites);
      const components = words(fields.components);
      return words(fields.uris).map((uri) => ({ uri, suites, components, signedBy: signedBy(fields['signed-by']) }));
    });
}

/** An inline key has ` .` for its empty lines. */
function signedBy(value: string | undefined): string | undefined {
  if (value === undefined || value.startsWith('/')) return value;
  if (!value.includes('BEGIN PGP PUBLIC KEY BLOCK')) return undefined;
  return value.replaceAll(/^[ \t]+/gm, '').replaceAll(/^\.$/gm, '');
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter(Boolean);
}

/** How the packages of one architecture are reached: `suite` is the catalogue's, for Debian. Undefined when no source fits. Pure. */
export function aptPlan(
  system: System,
  sources: readonly AptSource[],
  suite: string,
  architecture: 'amd64' | 'arm64',
): AptPlan | undefined {
  const usable = sources.filter(
    ({ uri, components }) => /^(https?|file|mirror|mirror\+\w+|ftp|copy):/.test(uri) && components.includes('main'),
  );
  const groups = familyOf(system).includes('ubuntu') ? ubuntuGroups(system, usable, architecture) : debianGroups(system, usable, suite);
  if (groups.length > 0) {
    const ubuntu = familyOf(system).includes('ubuntu');
    return ubuntu ? { label: label(system), pinned: false, groups } : { label: `Debian ${suite}`, pinned: true, groups };
  }
  // A relative of Debian with its own archive, such as Kali.
  const own = usable.filter(({ suites }) => suites.includes(system.release.VERSION_CODENAME ?? ''));
  return own.length > 0 && !isDebian(system) ? { label: label(system), pinned: false, groups: [own] } : undefined;
}

function isDebian({ release }: System): boolean {
  return release.ID === 'debian';
}

function label({ release }: System): string {
  return release.PRETTY_NAME ?? release.NAME ?? release.ID ?? 'this system';
}

/** Repositories that look like Debian's own archive; those whose path ends in /debian first. Each is tried with the catalogue's suite. */
function debianGroups({ release }: System, sources: readonly AptSource[], suite: string): AptSource[][] {
  const codenames = [isDebianCodename(release), ...DEBIAN_SUITES];
  const fitting = sources.filter(({ suites }) => suites.some((each) => codenames.includes(each)));
  const unique = fitting.filter((source, at) => fitting.findIndex((other) => other.uri === source.uri) === at);
  const named = ({ uri }: AptSource): number => (/\/debian\/?$/.test(uri) ? 0 : 1);
  return unique
    .sort((a, b) => named(a) - named(b))
    .map(({ uri, signedBy: key }) => [{ uri, suites: [suite], components: ['main'], signedBy: key }]);
}

function isDebianCodename(release: System['release']): string | undefined {
  return release.ID === 'debian' ? release.VERSION_CODENAME : release.DEBIAN_CODENAME;
}

/** The release with its updates. Both archives are signed by the same keys; the system's own sources have one of them. */
function ubuntuGroups({ release }: System, sources: readonly AptSource[], architecture: 'amd64' | 'arm64'): AptSource[][] {
  const codename = release.UBUNTU_CODENAME ?? release.VERSION_CODENAME ?? '';
  const wanted = [codename, `${codename}-updates`, `${codename}-security`];
  const own = sources
    .map((source) => ({
      ...source,
      suites: source.suites.filter((suite) => wanted.includes(suite)),
      components: source.components.filter((component) => ['main', 'universe'].includes(component)),
    }))
    .filter(({ suites }) => suites.length > 0);
  const [first] = own;
  if (!first) return [];
  const hasPorts = own.some(({ uri }) => uri.includes('ubuntu-ports'));
  if (hasPorts === (architecture === 'arm64')) return [own];
  return [[{ ...first, uri: UBUNTU[architecture], suites: wanted, components: ['main', 'universe'] }]];
}
