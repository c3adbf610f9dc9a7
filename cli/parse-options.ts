import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { UsageError, type Flags } from '../headless/settings.ts';

/** Options and positional arguments of a command line. UsageError names the option that is unknown or given wrong. */
export function parseOptions(args: readonly string[], options: ParseArgsOptionsConfig): { positionals: string[]; values: Flags } {
  const { positionals, values, tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'option') checkOption(token, options[token.name]);
  }
  return { positionals, values };
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string;
  readonly inlineValue?: boolean;
}

/** `util.parseArgs` has these checks too, but its errors name the option in a sentence only. */
function checkOption({ rawName, value, inlineValue }: OptionToken, option: ParseArgsOptionsConfig[string] | undefined): void {
  if (!option) throw new UsageError(`unknown option ${rawName}`);
  if (option.type === 'boolean' && value !== undefined) throw new UsageError(`${rawName} does not take a value`);
  if (option.type !== 'string') return;
  if (value === undefined) throw new UsageError(`${rawName} needs a value`);
  if (!inlineValue && value.length > 1 && value.startsWith('-'))
    throw new UsageError(`${rawName} needs a value; write ${rawName}=${value} to use it as the value`);
}
