import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, it } from 'vitest';
import { requiredTexts } from '../../../../main-services/console/triggers/literals.ts';

it.each<[string, string[] | undefined]>([
  ['login:', ['login:']],
  ['Kernel panic - not syncing', ['Kernel panic - not syncing']],
  ['PXE-E\\d+', ['PXE-E']],
  ['dracut:/# ?$', ['dracut:/#']],
  ['(?i)no bootable device', ['no bootable device']],
  ['Installation complete|Install finished', ['Installation complete', 'Install finished']],
  ['Install(?:ation)? complete', [' complete']],
  ['log+in:', ['log']],
  ['logs?in:', ['log']],
  ['ab{2}cde', ['cde']],
  ['1\\.2\\.3', ['1.2.3']],
  ['[]abc]defg', ['defg']],
  ['[[:alpha:]abc]xyz', ['xyz']],
  ['\\x41\\x{42}cde', ['cde']],
  ['\\pLabc\\p{Greek}', ['abc']],
  ['\\101abc', ['abc']],
  ['abcd(?i){0,2}', undefined],
  ['abc|d', undefined],
  ['(abc|def)', undefined],
  ['ab', undefined],
  ['.*', undefined],
  ['\\Qab.c\\E', undefined],
])('knows what every match of %s contains', (pattern, texts) => {
  expect(requiredTexts(pattern)).toEqual(texts);
});

const piece = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'k',
    'S',
    'é',
    ' ',
    '\\.',
    '\\-',
    '\\d',
    '\\x41',
    '\\pL',
    '\\p{L}',
    '\\101',
    '[ab]',
    '[^a\\]]',
    '[]a]',
    '.',
    '{',
    '}',
  ),
  fc.constantFrom('(a)', '(?i)', '(?:b|k)', '(a[(])', '(\\()', '^', '$', '\\b', '|', 'abk', 'abk', 'aSé', '|'),
);
const quantifier = fc.constantFrom('', '', '', '', '?', '*', '+', '+?', '{2}', '{0,2}', '{2,}');
const pattern = fc.array(fc.tuple(piece, quantifier), { minLength: 1, maxLength: 8 }).map((parts) => parts.flat().join(''));
const text = fc.array(
  fc.constantFrom('a', 'b', 'k', 'K', 'K', 's', 'ſ', 'S', 'é', 'É', 'A', ' ', '.', '-', '7', '(', ']', '{', 'abk', 'ask'),
  { maxLength: 20 },
);

it('never misses a match, of any pattern', () => {
  fc.assert(
    fc.property(pattern, text, (source, parts) => {
      const line = parts.join('');
      let re: RE2JS;
      try {
        re = RE2JS.compile(source);
      } catch {
        return;
      }
      const texts = requiredTexts(source);
      if (!texts || !re.test(line)) return;
      const literals = texts.map((each) => each.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
      expect(line).toMatch(new RegExp(literals.join('|'), 'iu'));
    }),
    { numRuns: 20_000 },
  );
});
