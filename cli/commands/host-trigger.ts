import { ConsoleMeaning, type ConsoleTrigger } from '../../contract/console.ts';
import { withClient } from '../client.ts';
import { UsageError, type Args, type Command } from '../command.ts';
import { print } from '../output.ts';

export const hostTrigger: Command = {
  name: 'host trigger',
  usage:
    `<host> <name> --pattern RE2 [--meaning ${ConsoleMeaning.options.join('|')}] [--answer KEYS]  |  <host> <name> --remove\n` +
    '    KEYS are typed once per boot: text with \\r \\n \\t \\e \\\\ \\xHH, and keys such as <F12> <Down> <Enter>',
  summary: 'Watch a host’s console for a pattern, and answer it.',
  options: {
    pattern: { type: 'string' },
    meaning: { type: 'string' },
    answer: { type: 'string' },
    remove: { type: 'boolean' },
  },
  words: [2, 2],
  run: (args, io) => {
    const name = args.word(1);
    const changed = triggerOf(args, name);
    return withClient(args, io, async (client) => {
      const before = await client.call('host.get', { name: args.word(0) });
      const others = (before.triggers ?? []).filter((trigger) => trigger.name !== name);
      if (!changed && others.length === (before.triggers ?? []).length) throw new UsageError(`${before.name} has no trigger "${name}"`);
      const triggers = changed ? [...others, changed] : others;
      const host = await client.call('host.patch', { name: before.name, patch: { triggers } });
      print(args, io, host, () => (changed ? `Trigger ${name} is set on ${host.name}.` : `Removed trigger ${name} from ${host.name}.`));
    });
  },
};

/** Undefined with --remove. UsageError. */
function triggerOf(args: Args, name: string): ConsoleTrigger | undefined {
  if (args.flag('remove')) {
    if (['pattern', 'meaning', 'answer'].some((option) => args.text(option) !== undefined))
      throw new UsageError('--remove cannot be combined with other options');
    return undefined;
  }
  const meaning = ConsoleMeaning.options.find((each) => each === (args.text('meaning') ?? 'none'));
  if (meaning === undefined) throw new UsageError(`--meaning: one of ${ConsoleMeaning.options.join(', ')}`);
  const answer = args.text('answer');
  return { name, pattern: args.need('pattern'), meaning, ...(answer !== undefined && { answer }) };
}
