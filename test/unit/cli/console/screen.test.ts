import { expect, it } from 'vitest';
import { replayed, Screen } from '../../../../cli/console/screen.ts';

const output = (text: string, offset = 0) => ({ transcript: 't', offset, at: 0, data: Buffer.from(text, 'latin1').toString('base64') });
const shown = (text: string, offset = 0, isFirst = false): string =>
  Buffer.from(replayed(output(text, offset), isFirst)).toString('latin1');

it.each([
  ['cursor position and status', 'a\x1b[6nb\x1b[5n\x1b[?6nc', 'abc'],
  ['device attributes', '\x1b[c\x1b[0c\x1b[>c\x1b[=cx', 'x'],
  ['identify and enquiry', '\x1bZ\x05x', 'x'],
  ['a mode', '\x1b[?2026$px', 'x'],
  ['a colour', '\x1b]11;?\x07x\x1b]10;?\x1b\\', 'x'],
  ['a colour of the palette', '\x1b]4;1;?\x07x\x1b]4;1;#fff\x07', 'x\x1b]4;1;#fff\x07'],
  ['the clipboard', '\x1b]52;c;?\x07x\x1b]52;c;cm0=\x1b\\', 'x'],
  ['window and title', '\x1b[21t\x1b[18tx', 'x'],
  ['settings, termcap and version', '\x1bP$qm\x1b\\\x1bP+q544e\x1b\\\x1b[>q\x1b[>0q\x1b[?ux\x1b[u', 'x\x1b[u'],
  ['everything else stays', '\x1b[31mred\x1b[0m \x1b[2J\x1b[1;1H \xff', '\x1b[31mred\x1b[0m \x1b[2J\x1b[1;1H \xff'],
])('recent output asks the terminal nothing: %s', (_name, printed, expected) => {
  expect(shown(printed)).toBe(expected);
});

it('begins recent output with a complete line, unless it is all there is', () => {
  expect(shown('half\r\nlogin: ', 100, true)).toBe('login: ');
  expect(shown('half\r\nlogin: ', 100, false)).toBe('half\r\nlogin: ');
  expect(shown('half\r\nlogin: ', 0, true)).toBe('half\r\nlogin: ');
  expect(shown('login: ', 100, true)).toBe('login: ');
});

it('puts its own lines on lines of their own', async () => {
  let text = '';
  const terminal = {
    isInteractive: true,
    name: undefined,
    write: (bytes: Uint8Array) => Promise.resolve(void (text += Buffer.from(bytes).toString())),
    readKeys: () => {
      throw new Error('not here');
    },
  };
  const screen = new Screen(terminal, (words) => (text += words));
  screen.say('one');
  await screen.output(Buffer.from('login: '));
  screen.say('two');
  await screen.output(Buffer.from('done\r\n'));
  screen.page('help\nmore');
  expect(text).toBe('[one]\nlogin: \n[two]\ndone\r\nhelp\nmore\n');
});

it.each(['\x1b[?1047l', '\x1b[?1004l', '\x1b[4l', '\x1b[?25h'])('ends what the machine may have switched on: %j', async (sequence) => {
  let text = '';
  const terminal = {
    isInteractive: true,
    name: undefined,
    write: (bytes: Uint8Array) => Promise.resolve(void (text += Buffer.from(bytes).toString())),
    readKeys: () => {
      throw new Error('not here');
    },
  };
  await new Screen(terminal, () => undefined).reset();
  expect(text).toContain(sequence);
});
