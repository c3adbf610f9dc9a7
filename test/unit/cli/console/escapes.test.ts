import { expect, it } from 'vitest';
import { EscapeReader } from '../../../../cli/console/escapes.ts';

/** What the keys do: text as it is sent, commands in angle brackets. */
function pressed(...pieces: string[]): string {
  const reader = new EscapeReader();
  const actions = pieces.flatMap((piece) => reader.push(Buffer.from(piece, 'latin1')));
  return actions.map((action) => (action.kind === 'send' ? Buffer.from(action.bytes).toString('latin1') : `<${action.command}>`)).join('');
}

it.each([
  ['at the start', ['~.'], '<leave>'],
  ['after Enter', ['root\r~.'], 'root\r<leave>'],
  ['after a line feed', ['root\n~.'], 'root\n<leave>'],
  ['cut apart', ['root\r', '~', '.'], 'root\r<leave>'],
  ['not within a line', ['a~.'], 'a~.'],
  ['nothing follows leaving', ['~.rm -rf /\r'], '<leave>'],
  ['each command', ['~?~B~t~r~R'], '<help><break><take-keyboard><reconnect><take-session>'],
  ['a command does not begin a line', ['~?x~.'], '<help>x~.'],
  ['two tildes are one', ['~~.'], '~.'],
  ['a tilde before another key', ['~/bin\r~x'], '~/bin\r~x'],
  ['a tilde before Enter', ['~\r~.'], '~\r<leave>'],
  ['capitals differ', ['~b~T'], '~b~T'],
  ['bytes of any value', ['\x00\xff\x03\x1b[A'], '\x00\xff\x03\x1b[A'],
])('%s', (_name, pieces, actions) => {
  expect(pressed(...pieces)).toBe(actions);
});

it('gives the same however the keys are cut', () => {
  const keys = 'a\r~~\r~x~.\r~?~B\r\n~.';
  const whole = pressed(keys);
  for (let at = 1; at < keys.length; at++) expect(pressed(keys.slice(0, at), keys.slice(at))).toBe(whole);
});
