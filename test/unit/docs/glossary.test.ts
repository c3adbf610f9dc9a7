import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findingsIn, findingsInMarkdown, findingsInStrings, GLOSSARY, type Finding } from './glossary.ts';

const root = join(import.meta.dirname, '../../..');

/** Everything that a person can read: the pages, and all strings of the product and its scripts. */
const JUDGED =
  /^(README|CONTRIBUTING|CHANGELOG)\.md$|^docs\/.*\.md$|^(bin|cli|contract|db|electron|headless|main-services|renderer|scripts|util)\/.*\.(ts|tsx|mjs)$/;

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((path) => JUDGED.test(path));

describe('the glossary', () => {
  it.each(files)('holds in %s', (path) => {
    const findings = path.endsWith('.md') ? findingsInMarkdown(join(root, path)) : findingsInStrings(join(root, path));
    expect(findings.map((finding) => explain(path, finding))).toEqual([]);
  });

  it('in CONTRIBUTING.md has the rows that are tested', () => {
    const [, section = ''] = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split('## Glossary');
    const rows = [...section.matchAll(/^\| (.+?) \| (.+?) \|$/gm)].slice(1).map(([, never, write]) => [never, write]);
    expect(rows).toEqual(GLOSSARY.map(({ never, write }) => [never, write]));
  });

  it.each([
    ['The password is kept.', 'The connection is kept alive.'],
    ['The boot goes on.', 'The frame goes on the wire.'],
    ['BMCs tell their serial number.', 'Both BMCs report it.'],
    ['There is no host "x".', 'There is no router on this network.'],
    ['X is no host.', 'There is no lease, and it is no longer used.'],
    ['The file lies in the root.', 'It relies on the cache.'],
    ['Put it beside the ISO.', 'Besides, it is next to the ISO.'],
    ['Switch it off at once.', 'Bootbench reads several files at once.'],
    ['It was not there.', 'There was not enough room.'],
    ['Loading …', 'Loading…'],
    ['The seeds keep their names.', 'The seed of the random generator.'],
  ])('finds “%s”, and not “%s”', (wrong, right) => {
    expect(findingsIn(wrong)).toHaveLength(1);
    expect(findingsIn(right)).toEqual([]);
  });
});

function explain(path: string, { line, found, text, row }: Finding): string {
  return `${path}:${line}: “${found}”; write: ${row.write}. In: ${text.replace(/\s+/g, ' ').slice(0, 120)}`;
}
