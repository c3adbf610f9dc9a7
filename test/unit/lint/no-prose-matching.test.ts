import { describe, expect, it } from 'vitest';
import { problemsOf } from './run-rule.ts';

const problems = (code: string) => problemsOf('no-prose-matching', 'cli/command.ts', code);
const typedProblems = (code: string) => problemsOf('no-prose-matching', 'cli/command.ts', code, { types: true });

describe('prose matching', () => {
  it.each([
    [`error.message.startsWith('There is')`],
    [`error.message.split('. ')[0]`],
    [`error.body?.next.slice(3)`],
    [`check.reason!.toLowerCase().includes('dhcp')`],
    [`(error as Error).message.match(/x/)`],
    [`String(error.message).replace('a', 'b')`],
    ["`${error.message}`.endsWith('.')"],
    [`(error.message ?? '').indexOf('x')`],
    [`/MAC/.test(error.message)`],
    [`KNOWN.includes(error.message)`],
    [`error.message === 'gone'`],
    ['`gone` !== error["message"]'],
    [`switch (error.message) { case 'gone': }`],
    [`const { message } = error; message.split(' ');`],
    [`const { message: words = '' } = error; words.split(' ');`],
    [`const words = error.message; words.split(' ');`],
    [`list.filter(({ reason }) => reason.startsWith('a'))`],
  ])('is refused: %s', (code) => {
    expect(problems(code)).toHaveLength(1);
  });

  it.each([
    [`error.code === 'E_EXISTS'`],
    [`error.message === undefined || error.message === ''`],
    [`console.log(error.message, error.message.length)`],
    [`iterator.next()`],
    [`const message = await read(); message.split(' ');`],
    ['`${error.title} ${error.message}`.includes(word)'],
    [`line.text.startsWith('#')`],
  ])('is allowed: %s', (code) => {
    expect(problems(code)).toEqual([]);
  });

  it('takes codes and lists for what they are where it has types', () => {
    expect(typedProblems(`declare const exit: { reason: 'crashed' | 'killed' }; exit.reason === 'crashed';`)).toEqual([]);
    expect(typedProblems(`declare const check: { reason: string[] }; check.reason.includes('a');`)).toEqual([]);
    expect(typedProblems(`declare const check: { reason?: string }; check.reason?.includes('a');`)).toHaveLength(1);
  });

  it('takes `text` for a sentence in the domain types only', () => {
    const code = `declare const line: { text: string }; line.text.startsWith('#');`;
    expect(typedProblems(code)).toEqual([]);
    expect(problemsOf('no-prose-matching', 'contract/event.ts', code, { types: true })).toHaveLength(1);
  });
});
