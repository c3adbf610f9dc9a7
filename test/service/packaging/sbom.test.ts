import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { at, built, ensureBuilt } from './built.ts';

interface Component {
  readonly type: string;
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version?: string;
  readonly hashes?: { alg: string; content: string }[];
  readonly licenses?: ({ license: { id: string } } | { expression: string })[];
}
interface Bom {
  readonly bomFormat: string;
  readonly serialNumber: string;
  readonly components: Component[];
  readonly dependencies: { ref: string; dependsOn: string[] }[];
}
interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
}

/** Licences that an Apache-2.0 program may contain without a condition on its own source. A new one is a decision, not an edit. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'OFL-1.1', 'Unlicense'];

const json = (path: string): unknown => JSON.parse(readFileSync(at(path), 'utf8'));
const manifest = json('package.json') as Manifest;

describe('the list of what a package contains', () => {
  let bom: Bom;
  let libraries: Component[];
  beforeAll(() => {
    ensureBuilt();
    bom = write();
    libraries = bom.components.filter(({ type }) => type === 'library');
  }, 120_000);

  const write = (): Bom => {
    const { status, stderr } = spawnSync(process.execPath, [at('scripts', 'sbom.mjs')], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    return JSON.parse(built('sbom.cdx.json')) as Bom;
  };

  it('has every dependency of the program and every package that the build bundled, and no tool', () => {
    const refs = new Set(libraries.map((component) => component['bom-ref']));
    const bundled = JSON.parse(built('bundled/renderer.json')) as string[];
    const own = Object.entries(manifest.dependencies).map(([name, version]) => `${name}@${version}`);
    expect(bundled).toContain(`react@${manifest.devDependencies.react}`);
    expect([...own, ...bundled].filter((ref) => !refs.has(ref))).toEqual([]);
    const names = new Set(libraries.map(({ name }) => name));
    for (const tool of ['eslint', 'vitest', 'typescript', 'electron-builder', 'playwright-core', 'nan']) expect(names).not.toContain(tool);
  });

  it('has a hash of each part, and a licence that the program may contain', () => {
    for (const { hashes, name } of bom.components) expect(hashes?.[0]?.content, name).toMatch(/^[0-9a-f]{64,128}$/);
    const others = libraries.filter(({ licenses }) => !licenses?.every((each) => 'license' in each && ALLOWED.includes(each.license.id)));
    expect(others.map((component) => component['bom-ref'])).toEqual([]);
  });

  it('names the native libraries of this system with their package', () => {
    const natives = bom.components.filter(({ type, name }) => type === 'file' && name.endsWith('.node')).map(({ name }) => name);
    const platform = `${process.platform}-${process.arch}`;
    expect(natives).toContain(`better-sqlite3/prebuilds/${platform}.node`);
    expect(natives.filter((name) => name.startsWith('better-sqlite3/'))).toHaveLength(1);
    expect(natives.some((name) => name.startsWith('@serialport/bindings-cpp/prebuilds/'))).toBe(true);
    expect(natives.some((name) => name.startsWith('@koromix/koffi-'))).toBe(true);
  });

  it('refers to its own parts only, and is the same when it is made again', () => {
    const refs = bom.components.map((component) => component['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    const dangling = bom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !refs.includes(ref));
    expect(dangling).toEqual([]);
    expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(write()).toEqual(bom);
  });

  it('has the text of the licence of every part that brings one', () => {
    const notices = built('third-party-notices.txt')
      .split(`${'='.repeat(80)}\n`)
      .slice(1);
    expect(notices).toHaveLength(libraries.length);
    expect(notices.find((notice) => notice.startsWith('react 19'))).toContain('Permission is hereby granted');
    // These ship no licence file; that of koffi is the one of its main package.
    const short = notices.filter((notice) => notice.trim().split('\n').length === 1).map((notice) => notice.trim().replace(/ .*/s, ''));
    const without = [/^@koromix\/koffi-/, /^client-only$/, /^saxes$/];
    expect(short.filter((name) => !without.some((pattern) => pattern.test(name)))).toEqual([]);
  });
});

describe('the packages that npm installs', () => {
  it('are pinned to one version each, and to the bytes of it', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }))
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    const { packages } = json('package-lock.json') as { packages: Record<string, { integrity?: string }> };
    const { '': _own, ...installed } = packages;
    const unpinned = Object.entries(installed).filter(([, { integrity }]) => !integrity?.startsWith('sha512-'));
    expect(unpinned.map(([path]) => path)).toEqual([]);
  });
});
