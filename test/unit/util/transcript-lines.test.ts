import { expect, it } from 'vitest';
import { transcriptLines } from '../../../util/transcript-lines.ts';

const START = Date.parse('2026-11-29T06:38:00Z');

/** The lines of pieces that come a second apart; a piece in brackets is a notice. */
function lines(...pieces: string[]): string[] {
  const printed = transcriptLines();
  const text = pieces.map((piece, second) => {
    const at = START + second * 1000;
    return piece.startsWith('[')
      ? printed.push({ at, bytes: new Uint8Array(), notice: piece.slice(1, -1) })
      : printed.push({ at, bytes: Buffer.from(piece) });
  });
  const all = text.join('') + printed.end();
  expect(all === '' || all.endsWith('\n')).toBe(true);
  return all
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace('2026-11-29T06:38:', ''));
}

it.each([
  ['a line has the time when it began', ['one\r\ntw', 'o\r\n'], ['00.000Z one', '00.000Z two']],
  ['an empty line too', ['\r\n', '\r\n'], ['00.000Z', '01.000Z']],
  ['the last line is not finished', ['a\r\n', 'login: '], ['00.000Z a', '01.000Z login:']],
  ['escape sequences are removed, cut ones too', ['\x1b[3', '1mred\x1b[0m\r\n'], ['01.000Z red']],
  ['a line that was overwritten', ['10 %\r20 %\rdone\b!\r\n'], ['00.000Z don!']],
  ['a notice ends a line', ['log', '[Disconnected: gone.]', 'in: \n'], ['00.000Z log', '01.000Z [Disconnected: gone.]', '02.000Z in:']],
  ['nothing', [], []],
])('%s', (_name, pieces, expected) => {
  expect(lines(...pieces)).toEqual(expected);
});
