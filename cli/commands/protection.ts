import { LIMITS, type LimitEpisode } from '../../contract/protection.ts';
import { withClient } from '../client.ts';
import type { Command } from '../command.ts';
import { dateTime, print, table } from '../output.ts';

export const protectionCommand: Command = {
  name: 'protection',
  usage: '[--active]',
  summary: 'List which clients are limited so that other machines are answered, and which were.',
  options: { active: { type: 'boolean' } },
  words: [0, 0],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const all = await client.call('protection.list', {});
      const shown = args.flag('active') ? all.filter(({ active }) => active) : all;
      print(args, io, shown, () => table(HEADINGS, shown.map(episodeRow), 'No client is limited.'));
    }),
};

const HEADINGS = ['LIMIT', 'CLIENT', 'REFUSED', 'SINCE', 'LAST', 'NOW'];

function episodeRow({ kind, subject, refused, since, lastAt, active }: LimitEpisode): string[] {
  return [LIMITS[kind].title, subject ?? 'others', String(refused), dateTime(since), dateTime(lastAt), active ? 'limited' : 'ended'];
}
