import { describe, expect, it } from 'vitest';
import { Tail } from '../../../../main-services/console/session/tail.ts';

function tailOf(...pieces: string[]): Tail {
  const tail = new Tail();
  for (const piece of pieces) tail.push(Buffer.from(piece));
  return tail;
}

describe('Tail', () => {
  it.each<[string, string[], string[]]>([
    ['lines', ['a\r\nb\r\n', 'c'], ['b', 'c']],
    ['blank lines are left out', ['a\r\n\r\n \r\nb\r\n'], ['a', 'b']],
    ['escape sequences, also in pieces', ['\x1b[31', 'mFAILED\x1b[0m to mount\r\nx'], ['FAILED to mount', 'x']],
    ['a counter shows its last value', ['10%\r20%\r30%'], ['30%']],
    ['backspaces', ['passwd\b\b12\n'], ['pass12']],
    ['nothing', [], []],
  ])('%s', (_what, pieces, lines) => {
    expect(tailOf(...pieces).lines(2)).toEqual(lines);
  });

  it('cuts long lines', () => {
    expect(tailOf('x'.repeat(5000)).lines(1)[0]).toHaveLength(300);
  });

  it('has the newest lines after any amount of output, however it came', () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}\r\n`).join('');
    for (const size of [7, 1000, 32 * 1024, 32 * 1024 + 1, text.length]) {
      const tail = new Tail();
      for (let at = 0; at < text.length; at += size) tail.push(Buffer.from(text.slice(at, at + size)));
      expect(tail.lines(3)).toEqual(['line 19997', 'line 19998', 'line 19999']);
    }
  });
});
