import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConsoleTrigger } from '../../../../contract/console.ts';
import { BootbenchError } from '../../../../contract/errors.ts';
import { checkTriggers } from '../../../../main-services/console/triggers/compile.ts';
import { createMatcher } from '../../../../main-services/console/triggers/create-matcher.ts';

const trigger = (pattern: string, answer?: string): ConsoleTrigger => ConsoleTrigger.parse({ name: pattern, pattern, answer });

/** The matcher, and what it reports: the pattern, the line, and what is typed. */
function matcherOf(...triggers: ConsoleTrigger[]) {
  const matches: string[] = [];
  const stopped: string[] = [];
  const matcher = createMatcher(triggers, {
    matched: ({ trigger: { name }, line, answer }) => {
      matches.push(`${name} | ${line}${answer ? ` | ${Buffer.from(answer).toString()}` : ''}`);
    },
    stopped: ({ name }) => void stopped.push(name),
  });
  return { matcher, matches, stopped, push: (text: string) => matcher.push(Buffer.from(text), 0) };
}

/** Until slices of matching have run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function pause(): Promise<void> {
  await settle();
  vi.advanceTimersByTime(1000);
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it.each<[string, string, string[], string[]]>([
  ['a line', 'panic', ['Kernel panic - x\n'], ['panic | Kernel panic - x']],
  ['a prompt, when nothing follows', 'login:', ['fedora login: '], ['login: | fedora login:']],
  ['a prompt once, also when it is answered', 'login:', ['fedora login: ', 'PAUSE', 'root\r\n'], ['login: | fedora login:']],
  ['an end of a line only where it ends', 'boot: ?$', ['boot: linux\n', 'boot: '], ['boot: ?$ | boot:']],
  ['a start of a line only where it starts', '^Linux', ['a Linux\nLinux\n'], ['^Linux | Linux']],
  ['across pieces', 'Kernel panic', ['Ker', 'nel p', 'an', 'ic\n'], ['Kernel panic | Kernel panic']],
  ['without escape sequences', 'Kernel panic', ['\x1b[31mKern\x1b[', '0mel \x1b]0;t\x07panic\n'], ['Kernel panic | Kernel panic']],
  ['each occurrence in a line', 'ab+', ['ab abb b\n'], ['ab+ | ab abb b', 'ab+ | ab abb b']],
  ['an occurrence once that continues after a pause', 'a+', ['aa', 'PAUSE', 'b a', '\n'], ['a+ | aa', 'a+ | aab a']],
  ['without regard to case where the pattern asks for it', '(?i)no boot', ['NO BOOTABLE DEVICE\n'], ['(?i)no boot | NO BOOTABLE DEVICE']],
  ['no empty text', 'x*', ['abc\n', 'axc\n'], ['x* | axc']],
  ['a text that scrolled out of a long line', 'GNU GRUB', [`GNU GRUB${'x'.repeat(9000)}`], [`GNU GRUB | ${'x'.repeat(500)}`]],
  ['a text in a long line', '<..>', [`${'x'.repeat(3000)}<..>`, 'x'.repeat(30)], [`<..> | ${'x'.repeat(466)}<..>${'x'.repeat(30)}`]],
  ['across the limits of lines never', 'a.?b', ['a\nb\ra\n'], []],
])('finds %s', async (_name, pattern, pieces, expected) => {
  const { push, matches } = matcherOf(trigger(pattern));
  for (const piece of pieces) {
    if (piece === 'PAUSE') await pause();
    else push(piece);
  }
  await pause();
  expect(matches).toEqual(expected);
});

it('finds the same however the output is cut', async () => {
  const text = 'Booting\r\n\x1b[1mlogin: \x1b[0mroot\r\nKernel panic\rlogin:login:\nPXE-E18 é\n'.repeat(3);
  const bytes = Buffer.from(text);
  const all = [trigger('login:'), trigger('PXE-E\\d+ é'), trigger('^.o')];
  const whole = matcherOf(...all);
  whole.push(text);
  await settle();
  expect(whole.matches).toHaveLength(21);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 40 }), { maxLength: 30 }), async (sizes) => {
      const { matcher, matches } = matcherOf(...all);
      let at = 0;
      for (const size of sizes) matcher.push(bytes.subarray(at, (at += size)), 0);
      matcher.push(bytes.subarray(at), 0);
      await settle();
      expect(matches).toEqual(whole.matches);
      matcher.close();
    }),
  );
});

it('answers once in a transcript, at the first match', async () => {
  const { push, matches } = matcherOf(trigger('boot:', 'linux\\r'), trigger('GRUB', '<Enter>'));
  push('boot:\nboot:\nGRUB\n');
  await settle();
  expect(matches).toEqual(['boot: | boot: | linux\r', 'boot: | boot:', 'GRUB | GRUB | \r']);
});

it('matches nothing after it was closed', async () => {
  const { matcher, push, matches } = matcherOf(trigger('login:'));
  push('login: ');
  matcher.close();
  push('login: \n');
  await pause();
  expect(matches).toEqual([]);
});

describe('refuses', () => {
  it.each([
    ['(?=a)b', '(?='],
    ['(?<!a)b', '(?<!a)b'],
    ['(a)\\1', '\\1'],
    ['(', '('],
    ['a**', '**'],
    ['.{1,1000}.{1,1000}z', '4001'],
    ['a{2000}', '{2000}'],
    ['(?:(?:a{9}){9}){9}(?:(?:a{9}){9}){9}', '1460'],
  ])('%s', (pattern, part) => {
    try {
      checkTriggers([trigger('fine'), trigger(pattern)]);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(BootbenchError);
      expect(error).toMatchObject({
        code: 'E_TRIGGER',
        details: { fields: [{ path: 'pattern', message: expect.stringContaining(part) as string }] },
      });
    }
  });
});
