import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EventType } from '../../../contract/appliance.ts';
import { declaresIn, linkLeadsTo, referencesOf, resolvePath, root } from './pages.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((path) => /^(README|CONTRIBUTING|docs\/.*)\.?.*md$/.test(path));

describe.each(pages)('%s', (page) => {
  const { paths, symbols, links, npmScripts } = referencesOf(read(page));

  it('names only files and folders that exist', () => {
    expect(paths.filter((path) => resolvePath(path) === undefined)).toEqual([]);
  });

  it('names only functions that their file declares', () => {
    const missing = symbols.filter(({ path, name }) => !declaresIn(resolvePath(path) ?? path, name));
    expect(missing.map(({ path, name }) => `${path}:${name}`)).toEqual([]);
  });

  it('links only to pages and pictures that exist', () => {
    expect(links.filter((link) => !linkLeadsTo(page, link))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    expect(npmScripts.filter((name) => manifest.scripts?.[name] === undefined)).toEqual([]);
  });
});

it('docs/adr/0002-dependencies.md lists exactly the packages of package.json', () => {
  const cells = [...read('docs/adr/0002-dependencies.md').matchAll(/^\| (`.+?) \|/gm)].map(([, cell = '']) => cell);
  const listed = cells.flatMap((cell) => {
    let scope = '';
    return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => {
      if (name.startsWith('@codemirror/')) scope = '@codemirror/';
      else if (name.startsWith('@')) scope = '';
      return scope !== '' && !name.startsWith('@') ? `${scope}${name}` : name;
    });
  });
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = manifest;
  expect(listed.sort()).toEqual(Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).sort());
});

it('docs/boot-story.md quotes events that exist', () => {
  const quoted = [...read('docs/boot-story.md').matchAll(/^> `([a-z.-]+)`/gm)].map(([, type = '']) => type);
  expect(quoted.length).toBeGreaterThan(10);
  expect(quoted.filter((type) => !EventType.safeParse(type).success)).toEqual([]);
});
