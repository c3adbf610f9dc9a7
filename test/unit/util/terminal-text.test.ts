import fc from 'fast-check';
import { expect, it } from 'vitest';
import { terminalText } from '../../../util/terminal-text.ts';

const plain = (text: string): string => terminalText().push(Buffer.from(text));

it.each([
  ['lines and tabs', 'a\tb\r\nc\n', 'a\tb\r\nc\n'],
  ['colours', '\x1b[1;31mFAILED\x1b[0m Mount', 'FAILED Mount'],
  ['cursor addressing of firmware menus', '\x1b[2J\x1b[01;01HBoot\x1b[02;01HManager', '\n\nBoot\nManager'],
  ['moves within a row', 'Lo\x1b[3Cad\x1b[5G!\x1b[K', 'Load!'],
  ['private and intermediate characters', '\x1b[?25l\x1b[>0c\x1b[4 qx\x1b(B\x1b#8', 'x'],
  ['a title, ended by BEL or ST', '\x1b]0;host\x07a\x1b]2;t\x1b\\b', 'ab'],
  ['DCS, SOS, PM and APC strings', '\x1bP1$r0m\x1b\\a\x1bXs\x1b\\b\x1b^p\x1b\\c\x1b_q\x1b\\d', 'abcd'],
  ['two-character sequences', '\x1b7a\x1b8\x1bcb\x1b=', 'ab'],
  ['a sequence that CAN ends', '\x1b[12\x18a', 'a'],
  ['an escape in a sequence', '\x1b[1\x1b[2Ka', 'a'],
  ['control characters', 'a\x00b\x07\x0ec\x7f', 'abc'],
  ['backspaces', 'ab\b', 'ab\b'],
  ['an unfinished title before a line', '\x1b]0;never\nnext', '\nnext'],
  ['an unfinished sequence before a line', '\x1b[12\r\nnext', '\r\nnext'],
  ['C1 control characters in UTF-8', 'a\u009b6nb\u009d52;c;eA==\u009cc\u0085', 'a6nb52;c;eA==c'],
  ['characters that change the direction', 'a\u202eb\u2066c\u200f', 'abc'],
  ['UTF-8', '│ é 日', '│ é 日'],
])('%s', (_what, text, expected) => {
  expect(plain(text)).toBe(expected);
});

it('replaces malformed UTF-8', () => {
  expect(terminalText().push(new Uint8Array([0x61, 0xff, 0x62]))).toBe('a\ufffdb');
});

it('gives the same text however the bytes are cut', () => {
  const piece = fc.oneof(
    fc.constantFrom('\x1b[', '1;3', 'm', '\x1b]0;', '\x07', '\x1b\\', '\x1b', 'é日', '\r\n', '\x18', '\x1bP'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(40)), (pieces, cuts) => {
      const bytes = Buffer.from(pieces.join(''));
      const text = terminalText();
      let cut = '';
      let at = 0;
      for (const length of cuts) cut += text.push(bytes.subarray(at, (at += length)));
      cut += text.push(bytes.subarray(at));
      expect(cut).toBe(terminalText().push(bytes));
    }),
  );
});
