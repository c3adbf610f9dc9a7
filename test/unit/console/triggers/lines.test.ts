import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Lines, WINDOW_CHARACTERS, type Window } from '../../../../main-services/console/triggers/lines.ts';

/** All windows of the text in pieces, the unfinished line last. */
function windowsOf(...pieces: string[]): string[] {
  const lines = new Lines();
  const windows = pieces.flatMap((piece) => [...lines.push(piece)]);
  return [...windows, lines.unfinished()].flatMap((window) => (window ? [window.text] : []));
}

it.each<[string, string[], string[]]>([
  ['lines end at LF, CR and both', ['a\nb\r\nc\rd'], ['a', 'b', 'c', 'd']],
  ['a prompt is a line', ['a\r\nlogin: '], ['a', 'login: ']],
  ['each state of a progress line is a line', ['10%\r20%\r'], ['10%', '20%']],
  ['blank lines are left out', ['\n\n  \n\ta'], ['\ta']],
  ['pieces are joined', ['Kernel pa', 'nic', '\n'], ['Kernel panic']],
  ['a backspace erases', ['|\b/\b-\bdo', 'n\b', 'ne'], ['done']],
  ['but not the line before', ['a\n\b\bb'], ['a', 'b']],
])('%s', (_name, pieces, windows) => {
  expect(windowsOf(...pieces)).toEqual(windows);
});

it('erases as a terminal does, character by character', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\b', '\n', '\r'), maxLength: 40 });
  fc.assert(
    fc.property(text, (output) => {
      const characters: string[] = [];
      for (const character of output) {
        if (character !== '\b') characters.push(character);
        else if (!/[\r\n]/.test(characters.at(-1) ?? '')) characters.pop();
      }
      expect(windowsOf(output)).toEqual(
        characters
          .join('')
          .split(/[\r\n]/)
          .filter(Boolean),
      );
    }),
  );
});

it('gives every text of up to half a window of a long line in one piece, however it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3000 }), { maxLength: 8 }), fc.nat({ max: 7000 }), (sizes, place) => {
      const marker = 'm'.repeat(WINDOW_CHARACTERS / 2 - 1);
      const text = `${'x'.repeat(place)}<${marker}${'y'.repeat(5000)}`;
      const pieces: string[] = [];
      let at = 0;
      for (const size of sizes) pieces.push(text.slice(at, (at += size)));
      const windows = windowsOf(...pieces, text.slice(at), '\n');
      expect(Math.max(...windows.map(({ length }) => length))).toBeLessThanOrEqual(WINDOW_CHARACTERS);
      expect(windows.some((window) => window.includes(`<${marker}`) || window === `<${marker}`)).toBe(true);
      expect(windows.slice(1).every((window) => window.startsWith('…'))).toBe(true);
    }),
  );
});

it('says how far a window moved', () => {
  const lines = new Lines();
  const seen: Window[] = [...lines.push('x'.repeat(WINDOW_CHARACTERS + 10)), lines.unfinished()!, ...lines.push('\nnext\n')];
  expect(seen.map(({ isNew, removed, text }) => ({ isNew, removed, length: text.length }))).toEqual([
    { isNew: true, removed: 0, length: WINDOW_CHARACTERS },
    { isNew: false, removed: WINDOW_CHARACTERS / 2 - 1, length: WINDOW_CHARACTERS / 2 + 11 },
    { isNew: false, removed: 0, length: WINDOW_CHARACTERS / 2 + 11 },
    { isNew: true, removed: 0, length: 4 },
  ]);
});

it('ends in the same state where nothing is matched', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', '\b', 'abcdef'), maxLength: 60 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 10 }), (pieces) => {
      const [skipping, pushing] = [new Lines(), new Lines()];
      for (const piece of pieces) {
        skipping.skip(piece);
        Array.from(pushing.push(piece));
      }
      expect(skipping.line).toBe(pushing.line);
    }),
  );
});
