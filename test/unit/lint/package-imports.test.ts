import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGES } from '../../../lint/packages.ts';
import { importsOfFile, isRelative, packageOf, root, sourceFiles } from '../../../lint/project.ts';
import { problemsOf } from './run-rule.ts';

interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const problems = (path: string, code: string) => problemsOf('package-imports', path, code);

describe('package imports', () => {
  it('allows a package where it is listed, its sub-modules and sub-folders included', () => {
    expect(problems('db/a.ts', `import Database from 'better-sqlite3';`)).toEqual([]);
    expect(problems('renderer/a.tsx', `import { createRoot } from 'react-dom/client';`)).toEqual([]);
    expect(problems('renderer/features/configs/a.ts', `import { EditorView } from '@codemirror/view';`)).toEqual([]);
  });

  it.each([
    ['main-services/dhcp/a.ts', 'better-sqlite3'],
    ['main-services/dhcp/a.ts', 'koffi'],
    ['main-services/dhcp/a.ts', 'electron'],
    ['main-services/dhcp/a.ts', 'not-a-dependency'],
    ['renderer/features/hosts/a.ts', '@codemirror/view'],
    ['contract/a.ts', 'node:fs'],
    ['renderer/ui/a.ts', 'node:path'],
    ['contract/a.ts', 'yaml'],
  ])('refuses in %s: %s', (path, name) => {
    expect(problems(path, `import '${name}';`)).toEqual([expect.stringContaining(packageOf(name))]);
  });

  it('lists every dependency of the program, and nothing that is none', () => {
    const listed = Object.keys(PACKAGES).filter((name) => name !== 'node:');
    const declared = { ...manifest.dependencies, ...manifest.devDependencies };
    expect(Object.keys(manifest.dependencies).filter((name) => !listed.includes(name))).toEqual([]);
    expect(listed.filter((name) => !(name in declared))).toEqual([]);
  });

  it('lists no folder that does not import the package', () => {
    const used = sourceFiles().flatMap((file) =>
      importsOfFile(file)
        .filter((specifier) => !isRelative(specifier))
        .map((specifier) => ({ name: packageOf(specifier), file })),
    );
    const unused = Object.entries(PACKAGES).flatMap(([name, folders]) =>
      folders
        .filter((folder) => !used.some((use) => use.name === name && (use.file === folder || use.file.startsWith(`${folder}/`))))
        .map((folder) => `${name} in ${folder}`),
    );
    expect(unused).toEqual([]);
  });
});
