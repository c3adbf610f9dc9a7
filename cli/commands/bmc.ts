import type { BmcStatus, PowerAction } from '../../contract/bmc.ts';
import { ERRORS, type ErrorCode } from '../../contract/error-codes.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { withClient } from '../client.ts';
import { UsageError, type Args, type Command, type Io } from '../command.ts';
import { comparisonTable, print } from '../output.ts';
import { bmcCandidates, bmcFactoryLogin } from './bmc-adopt.ts';
import { bmcSelfTest } from './bmc-self-test.ts';

const VERBS = ['on', 'off', 'graceful-off', 'cycle', 'reset'] as const satisfies readonly PowerAction[];

const power: Command = {
  name: 'power',
  usage: '<host> on|off|graceful-off|cycle|reset|status',
  summary: 'Control a machine’s power through its BMC, or show its status.',
  words: [2, 2],
  run: (args, io) => {
    const host = args.word(0);
    const verb = args.word(1);
    const action = VERBS.find((each) => each === verb);
    if (action === undefined && verb !== 'status') throw new UsageError(`"${verb}" is not known; say ${VERBS.join(', ')} or status`);
    return withClient(args, io, async (client) => {
      const status =
        action === undefined ? await client.call('bmc.status', { host, fresh: true }) : await client.call('bmc.power', { host, action });
      tell(args, io, status, () => [`${host} is ${status.power}.`, ...(action === undefined ? statusWords(status) : [])]);
    });
  },
};

const media: Command = {
  name: 'media',
  usage: '<host> insert|eject|status|url',
  summary: 'Insert or eject a host’s ISO in its BMC, or show the media status or the URL to mount manually.',
  words: [2, 2],
  run: (args, io) => {
    const host = args.word(0);
    const verb = args.word(1);
    return withClient(args, io, async (client) => {
      if (verb === 'url') {
        const media = await client.call('host.mediaUrl', { host });
        print(args, io, media, () => media.url);
      } else if (verb === 'insert' || verb === 'eject') {
        const status = await client.call('bmc.media', { host, action: verb });
        tell(args, io, status, () => mediaWords(status));
      } else if (verb === 'status') {
        const status = await client.call('bmc.status', { host, fresh: true });
        tell(args, io, status, () => mediaWords(status));
      } else throw new UsageError(`"${verb}" is not known; say insert, eject, status or url`);
    });
  },
};

const takeFacts: Command = {
  name: 'bmc take-facts',
  usage: '<host>',
  summary: 'Confirm that a BMC belongs to this machine. Its UUID and serial number replace those of the host.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const host = await client.call('bmc.takeFacts', { host: args.word(0) });
      const { uuid, serial } = host.facts;
      print(args, io, host, () => `${host.name} has UUID ${uuid ?? 'none'} and serial number ${serial ?? 'none'} now.`);
    }),
};

export const bmcCommands: readonly Command[] = [power, media, bmcSelfTest, bmcCandidates, bmcFactoryLogin, takeFacts];

const VERDICTS = {
  same: 'The BMC belongs to this machine.',
  other: 'The BMC belongs to a different machine.',
  unknown: 'It is not clear which machine the BMC belongs to.',
} as const;

/** A BMC that could not be asked fails the command. */
function tell(args: Args, io: Io, status: BmcStatus, words: () => string[]): void {
  if (status.error) {
    const code = status.error.code in ERRORS ? (status.error.code as ErrorCode) : 'E_INTERNAL';
    throw new BootbenchError(code, status.error.message, { next: status.error.next, details: status.error.details });
  }
  print(args, io, status, () => words().join('\n'));
}

function statusWords({ identity, boot, health, pinnedCertificate, hasFactoryPassword, comparison, warnings = [] }: BmcStatus): string[] {
  const lines = identity ? identityLines(identity) : [];
  if (boot?.device !== undefined) lines.push(`  boots from ${boot.device}${boot.once ? ' once' : ''}`);
  if (hasFactoryPassword) lines.push('  still uses its factory password: change it on the BMC');
  if (health) lines.push(`  health ${health.state}`, ...health.faults.map((fault) => `  ${fault}`));
  if (pinnedCertificate !== undefined) lines.push(`  certificate ${pinnedCertificate}`);
  lines.push(...warnings.map((warning) => `  ${warning}`));
  if (comparison) lines.push('', `${VERDICTS[comparison.kind]} ${comparison.message}`, comparisonTable(comparison));
  return lines;
}

function identityLines(identity: NonNullable<BmcStatus['identity']>): string[] {
  const { vendor, model, serial, uuid, bmcFirmware, biosVersion, protocol, macs, system } = identity;
  const lines = [`  ${[vendor, model].filter(Boolean).join(' ')}, by ${protocol}`];
  for (const [name, value] of Object.entries({ serial, UUID: uuid, firmware: bmcFirmware, BIOS: biosVersion }))
    if (value !== undefined) lines.push(`  ${name} ${value}`);
  if (macs.length > 0) lines.push(`  MACs ${macs.join(', ')}`);
  if (system && (system.others > 0 || system.isNamed)) lines.push(`  system ${system.path}`);
  return lines;
}

function mediaWords({ host, slots }: BmcStatus): string[] {
  if (!slots) return [`The BMC of ${host} has no virtual media.`];
  const words = ({ inserted, image, console }: (typeof slots)[number]): string => {
    if (!inserted) return 'empty';
    return `${image ?? 'something'}${console === true ? ' (mounted by a remote console; not changed)' : ''}`;
  };
  return slots.map((slot) => `${slot.name}: ${words(slot)}`);
}
