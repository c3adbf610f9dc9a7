import type { Host } from '../../contract/inventory.ts';
import { hostTargetName } from '../../contract/iscsi.ts';
import { withClient } from '../client.ts';
import { UsageError, type Args, type Command, type Io } from '../command.ts';
import { print } from '../output.ts';
import { readSecret } from '../read-file.ts';

interface ChapChange {
  readonly username: string;
  readonly secret: string | undefined;
  readonly reverse: { readonly username: string; readonly secret: string | undefined } | null;
}

export const hostIscsi: Command = {
  name: 'host iscsi',
  usage:
    '<host>  |  <host> --chap-user U [--chap-secret-file F] [--reverse-user U [--reverse-secret-file F]]  |  <host> --no-chap\n' +
    '    --reverse-user: mutual CHAP. Without a file, the stored secret stays.',
  summary: 'Show a host’s iSCSI target, or set its CHAP account.',
  options: {
    'chap-user': { type: 'string' },
    'chap-secret-file': { type: 'string' },
    'reverse-user': { type: 'string' },
    'reverse-secret-file': { type: 'string' },
    'no-chap': { type: 'boolean' },
  },
  words: [1, 1],
  run: (args, io) => {
    const name = args.word(0);
    const change = changeOf(args, io);
    return withClient(args, io, async (client) => {
      if (change === 'none') await client.call('iscsi.clearChap', { host: name });
      else if (change) {
        const { stored } = await client.call('iscsi.setChap', { host: name, ...change });
        if (!stored) io.stderr('The secret is stored for this session only: this computer has no secure storage for it.\n');
      }
      const host = await client.call('host.get', { name });
      const targets = host.interfaces.map(({ mac }) => hostTargetName(mac));
      print(args, io, { host: name, targets, ...host.iscsi }, () => [...targets, chapLine(host)].join('\n'));
    });
  },
};

function chapLine({ iscsi }: Host): string {
  const { username, reverseUsername } = iscsi?.chap ?? {};
  if (username === undefined) return 'No CHAP.';
  return reverseUsername === undefined ? `CHAP user ${username}.` : `CHAP user ${username}; mutual CHAP user ${reverseUsername}.`;
}

/** Undefined: nothing is changed. UsageError. */
function changeOf(args: Args, io: Io): ChapChange | 'none' | undefined {
  const username = args.text('chap-user');
  const others = ['chap-secret-file', 'reverse-user', 'reverse-secret-file'].filter((option) => args.text(option) !== undefined);
  if (args.flag('no-chap')) {
    if (username !== undefined || others.length > 0) throw new UsageError('--no-chap cannot be combined with other options');
    return 'none';
  }
  if (username === undefined) {
    if (others.length > 0) throw new UsageError(`--${others[0] ?? ''} requires --chap-user`);
    return undefined;
  }
  const reverse = args.text('reverse-user');
  if (reverse === undefined && others.includes('reverse-secret-file'))
    throw new UsageError('--reverse-secret-file requires --reverse-user');
  return {
    username,
    secret: secretOf(args, io, 'chap-secret-file'),
    reverse: reverse === undefined ? null : { username: reverse, secret: secretOf(args, io, 'reverse-secret-file') },
  };
}

function secretOf(args: Args, io: Io, option: string): string | undefined {
  const file = args.text(option);
  return file === undefined ? undefined : readSecret(io, file, option);
}
