import { UrlForm, type BmcSelfTest } from '../../contract/bmc.ts';
import { withClient } from '../client.ts';
import { UsageError, type Command } from '../command.ts';
import { print } from '../output.ts';

export const bmcSelfTest: Command = {
  name: 'bmc self-test',
  usage: '<host> [--forms long,colon,query]',
  summary: 'Test how a host’s BMC reads ISOs, and save the result. Its media slots must be empty.',
  options: { forms: { type: 'string' } },
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const forms = args.list('forms')?.map(formOf);
      const found = await client.call('bmc.selfTest', { host: args.word(0), forms });
      print(args, io, found, () => words(args.word(0), found).join('\n'));
    }),
};

function formOf(text: string): UrlForm {
  const form = UrlForm.options.find((each) => each === text);
  if (form === undefined) throw new UsageError(`--forms: "${text}" is not known; there are ${UrlForm.options.join(', ')}`);
  return form;
}

function words(host: string, { urlScheme, head, ranges, whole, pastEnd, from, userAgent, trials }: BmcSelfTest): string[] {
  const asks = [
    ...(head ? ['with HEAD for the size'] : []),
    ...(ranges ? [`in ${ranges.count} ranges of ${ranges.smallest} to ${ranges.largest} bytes`] : []),
    ...(whole ? ['for the complete file'] : []),
    ...(pastEnd ? ['for bytes past the end of the file'] : []),
  ];
  return [
    urlScheme === undefined ? `The BMC of ${host} did not read from Bootbench.` : `The BMC of ${host} reads ISOs over ${urlScheme}.`,
    ...(from === undefined ? [] : [`  from ${from}${userAgent ? ` as ${userAgent}` : ''}`]),
    ...(asks.length === 0 ? [] : [`  it asked ${asks.join(', ')}`]),
    ...trials.map(({ message: sentence }) => `  ${sentence}`),
  ];
}
