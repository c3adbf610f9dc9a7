import type { Host, Image } from '../../contract/inventory.ts';
import { hostTargetName, imageTargetName, type IscsiSession } from '../../contract/iscsi.ts';
import { withClient } from '../client.ts';
import type { Command } from '../command.ts';
import { print, table } from '../output.ts';

interface Target {
  readonly of: string;
  readonly target: string;
}

export const iscsiCommand: Command = {
  name: 'iscsi',
  usage: '[--targets]',
  summary: 'List iSCSI sessions; with --targets, the target names of hosts and images.',
  options: { targets: { type: 'boolean' } },
  words: [0, 0],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      if (args.flag('targets')) {
        const [hosts, images] = await Promise.all([client.call('host.list', {}), client.call('image.list', {})]);
        const targets = [...hosts.flatMap(targetsOfHost), ...images.map(targetOfImage)];
        const rows = targets.map(({ of, target }) => [of, target]);
        print(args, io, targets, () => table(['OF', 'TARGET'], rows, 'No hosts or images.'));
        return;
      }
      const sessions = await client.call('iscsi.sessions', {});
      print(args, io, sessions, () => table(HEADINGS, sessions.map(sessionRow), 'No iSCSI sessions.'));
    }),
};

const HEADINGS = ['OF', 'ADDRESS', 'AS', 'MIB', 'MIB/S', 'INITIATOR'];

function targetsOfHost({ name, interfaces }: Host): Target[] {
  return interfaces.map(({ mac }) => ({ of: name, target: hostTargetName(mac) }));
}

function targetOfImage({ name }: Image): Target {
  return { of: name, target: imageTargetName(name) };
}

function sessionRow({ host, image, address, device, bytes, rate, initiatorName }: IscsiSession): string[] {
  return [host ?? image ?? '', address, device, mebibytes(bytes), mebibytes(rate), initiatorName];
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
