import { expect, it } from 'vitest';
import { BootbenchError } from '../../../../contract/errors.ts';
import { answerBytes } from '../../../../main-services/console/triggers/answer.ts';

const bytesOf = (answer: string): string => Buffer.from(answerBytes({ name: 't', answer })!).toString('latin1');

it.each([
  ['root\\r', 'root\r'],
  ['\\e[24~\\n\\t', '\x1b[24~\n\t'],
  ['C:\\\\dir', 'C:\\dir'],
  ['\\x02\\xfF', '\x02\xff'],
  ['\\x3cEnter>', '<Enter>'],
  ['<F12>', '\x1b[24~'],
  ['<up><UP><Enter>', '\x1b[A\x1b[A\r'],
  ['<Esc>0', '\x1b0'],
  ['a < b > c <', 'a < b > c <'],
  ['é', 'Ã©'],
])('types %s', (answer, typed) => {
  expect(bytesOf(answer)).toBe(typed);
});

it('types nothing without an answer', () => {
  expect(answerBytes({ name: 't', answer: undefined })).toBeUndefined();
});

it.each([
  ['\\q', '\\q'],
  ['end\\', '\\'],
  ['\\x1', '\\x'],
  ['<F13>', '<F13>'],
])('refuses %s', (answer, part) => {
  try {
    bytesOf(answer);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(BootbenchError);
    expect(error).toMatchObject({
      code: 'E_TRIGGER',
      details: { fields: [{ path: 'answer', message: expect.stringContaining(part) as string }] },
    });
  }
});
