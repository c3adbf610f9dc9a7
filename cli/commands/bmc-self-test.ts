import { UrlForm, type BmcSelfTest } from '../../contract/bmc.ts';
import { withClient } from '../client.ts';
import { UsageError, type Command } from '../command.ts';
import { print } from '../output.ts';

export const bmcSelfTest: Command = {
  name: 'bmc self-test',
  usage: '<host> [--forms long,colon,query]',
  summary: 'Find out how a machine’s BMC reads ISOs, and remember it. Its media slots must be empty.',
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
    ...(ranges ? [`in pieces of ${ranges.smallest} to ${ranges.largest} bytes (${ranges.count} of them)`] : []),
    ...(whole ? ['for the whole at once'] : []),
    ...(pastEnd ? ['for bytes behind the end'] : []),
  ];
  return [
    urlScheme === undefined ? `The BMC of ${host} read nothing from us.` : `The BMC of ${host} reads ISOs over ${urlScheme}.`,
    ...(from === undefined ? [] : [`  it came from ${from}${userAgent ? ` as ${userAgent}` : ''}`]),
    ...(asks.length === 0 ? [] : [`  it asked ${asks.join(', ')}`]),
    ...trials.map(({ message: sentence }) => `  ${sentence}`),
  ];
}
