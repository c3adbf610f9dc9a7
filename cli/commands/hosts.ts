import { CONSOLE_URL_FORM } from '../../contract/console-url.ts';
import type { Assignment, Host } from '../../contract/inventory.ts';
import type { Client } from '../../contract/port.ts';
import { parseMac } from '../../contract/primitives.ts';
import { withClient } from '../client.ts';
import { UsageError, type Args, type Command, type Io } from '../command.ts';
import { hostPatchOf } from '../interface-fields.ts';
import { print, table } from '../output.ts';
import { hostIscsi } from './host-iscsi.ts';
import { hostTrigger } from './host-trigger.ts';
import { readSecret } from '../read-file.ts';

const add: Command = {
  name: 'host add',
  usage:
    '<name> [--mac M[,M…]] [--ip A] [--arch x86_64|aarch64] [--bmc URL --bmc-user U --bmc-password-file F] [--console URL]\n' +
    '    Without --mac, the MAC addresses are read from the BMC. If the BMC manages several machines, select one: --bmc redfish://A/redfish/v1/Systems/ID',
  summary: 'Add a machine.',
  options: {
    mac: { type: 'string' },
    ip: { type: 'string' },
    arch: { type: 'string' },
    bmc: { type: 'string' },
    'bmc-user': { type: 'string' },
    'bmc-password-file': { type: 'string' },
    console: { type: 'string' },
  },
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const access = bmcAccess(args, io);
      const [first, ...others] = (args.list('mac') ?? (await macsOfBmc(client, access))).map(macOf);
      if (first === undefined) throw new UsageError('missing option --mac');
      const host = await client.call('host.add', {
        name: args.word(0),
        interfaces: [{ mac: first, ip: args.text('ip') }, ...others.map((mac) => ({ mac }))],
        arch: args.text('arch') as Host['arch'],
        bmc: access && { address: access.address, username: access.username === '' ? undefined : access.username },
        console: args.text('console'),
      });
      if (access?.password === undefined) {
        print(args, io, host, () => `Added ${host.name}.`);
        return;
      }
      await storePassword(client, io, host.name, access.username, access.password);
      const { identity, error } = await client.call('bmc.test', { host: host.name });
      if (error) io.stderr(`Its BMC could not be queried: ${error.message}\n`);
      const what = [identity?.vendor, identity?.model, identity?.serial].filter((part) => part !== undefined).join(' ');
      print(args, io, await client.call('host.get', { name: host.name }), () => `Added ${host.name}${what === '' ? '' : `: ${what}`}.`);
    }),
};

const set: Command = {
  name: 'host set',
  usage:
    '<name> [--mac M] [--bmc URL --bmc-user U --bmc-password-file F] [key=value…]\n' +
    '    (interface fields; localBoot=exit|sanboot|efi:FILE; vars.NAME=value; console=URL; iscsi.device=cd|disk;\n' +
    '    iscsi.keepSan=true|false; iscsi.initiatorName=IQN; empty removes)\n' +
    `    Consoles: ${CONSOLE_URL_FORM}`,
  summary: 'Change a machine, its BMC or one of its interfaces.',
  options: { mac: { type: 'string' }, bmc: { type: 'string' }, 'bmc-user': { type: 'string' }, 'bmc-password-file': { type: 'string' } },
  words: [1, 64],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const [name, ...assignments] = args.words;
      const mac = args.text('mac');
      const access = bmcAccess(args, io);
      if (assignments.length === 0 && !access) throw new UsageError('nothing to change');
      const before = await client.call('host.get', { name: name ?? '' });
      const patch = { ...hostPatchOf(before, mac === undefined ? undefined : macOf(mac), assignments), ...bmcPatch(access) };
      const host = await client.call('host.patch', { name: before.name, patch: patch as Record<string, never> });
      if (access?.password !== undefined) await storePassword(client, io, host.name, access.username, access.password);
      print(args, io, host, () => `Changed ${host.name}.`);
    }),
};

const list: Command = {
  name: 'host list',
  usage: '',
  summary: 'List the machines and what they boot.',
  words: [0, 0],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const hosts = await client.call('host.list');
      print(args, io, hosts, () =>
        table(['NAME', 'MAC', 'ADDRESS', 'BOOTS', 'STATE'], hosts.map(hostRow), 'No hosts yet. Add one: bootbench host add NAME --mac MAC'),
      );
    }),
};

const show: Command = {
  name: 'host show',
  usage: '<name>',
  summary: 'Show a machine.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) =>
      io.stdout(`${JSON.stringify(await client.call('host.get', { name: args.word(0) }), null, 2)}\n`),
    ),
};

const remove: Command = {
  name: 'host remove',
  usage: '<name>',
  summary: 'Remove a machine from the inventory.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const done = await client.call('host.remove', { name: args.word(0) });
      print(args, io, done, () => `Removed ${args.word(0)}.`);
    }),
};

const sameMachine: Command = {
  name: 'host same-machine',
  usage: '<name>',
  summary: 'Confirm that the machine that reports a different UUID or serial number is this host.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const host = await client.call('host.confirmIdentity', { host: args.word(0) });
      const { uuid = 'none', serial = 'none' } = host.confirmed ?? {};
      print(args, io, host, () => `${host.name} is confirmed as the machine with UUID ${uuid} and serial number ${serial}.`);
    }),
};

const forgetReport: Command = {
  name: 'host forget-report',
  usage: '<name>',
  summary: 'Discard a report that contradicts a host’s identity, or everything its machine reported.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const host = await client.call('host.forgetReport', { host: args.word(0) });
      print(args, io, host, () => `Report discarded for ${host.name}.`);
    }),
};

const adopt: Command = {
  name: 'host adopt',
  usage: '<mac> <name>',
  summary: 'Add a discovered machine as a host.',
  words: [2, 2],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const host = await client.call('host.adopt', { mac: macOf(args.word(0)), name: args.word(1) });
      print(args, io, host, () => `Added ${host.name}.`);
    }),
};

const assign: Command = {
  name: 'assign',
  usage:
    '<host> --image I [--config C] [--args "k=v …"] [--method M] [--deliver url|media] [--once|--always] [--after-config C]  |  <host> --none',
  summary: 'Assign an image and config to a host.',
  options: {
    image: { type: 'string' },
    config: { type: 'string' },
    args: { type: 'string' },
    method: { type: 'string' },
    deliver: { type: 'string' },
    once: { type: 'boolean' },
    always: { type: 'boolean' },
    'after-config': { type: 'string' },
    none: { type: 'boolean' },
  },
  words: [1, 1],
  run: (args, io) => (args.flag('none') ? unassign(args, io) : assignImage(args, io)),
};

function assignImage(args: Args, io: Io): Promise<void> {
  if (args.flag('once') && args.flag('always')) throw new UsageError('--once and --always cannot be combined');
  const image = args.need('image');
  const after = args.text('after-config');
  const config = args.text('config');
  return withClient(args, io, async (client) => {
    const done = await client.call('host.assign', {
      host: args.word(0),
      assignment: {
        image,
        // Not named: the current one stays where it fits. Empty: none.
        config: config === '' ? null : config,
        args: args.text('args'),
        method: args.text('method') as Assignment['method'],
        deliver: args.text('deliver') as Assignment['deliver'],
        mode: args.flag('always') ? 'always' : 'once',
        after: after === undefined ? undefined : { image: 'localboot', config: after },
      },
    });
    print(args, io, done, () => [`${done.host.name} boots ${bootsOf(done.host)}.`, ...done.notes].join('\n'));
  });
}

function unassign(args: Args, io: Io): Promise<void> {
  return withClient(args, io, async (client) => {
    const host = await client.call('host.unassign', { host: args.word(0) });
    print(args, io, host, () => `${host.name} no longer has an assignment.`);
  });
}

const explain: Command = {
  name: 'explain',
  usage: '<host|mac> [--arch N]',
  summary: 'Show what a machine would get, and why.',
  options: { arch: { type: 'string' } },
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const told = await client.call('host.explain', { host: args.word(0), arch: args.number('arch') });
      print(args, io, told, () => {
        const steps = told.steps.map(
          ({ stage, message: answer, reasons }) => `${stage}: ${answer}${reasons.map((reason) => `\n    ${reason}`).join('')}`,
        );
        return [...steps, ...(told.script === undefined ? [] : ['', told.script.trimEnd()])].join('\n');
      });
    }),
};

export const hostCommands: readonly Command[] = [
  add,
  set,
  list,
  show,
  remove,
  adopt,
  sameMachine,
  forgetReport,
  hostTrigger,
  hostIscsi,
  assign,
  explain,
];

interface BmcAccess {
  readonly address: string;
  readonly username: string;
  readonly password: string | undefined;
}

function bmcAccess(args: Args, io: Io): BmcAccess | undefined {
  const address = args.text('bmc');
  const file = args.text('bmc-password-file');
  if (address === undefined) {
    if (file !== undefined || args.text('bmc-user') !== undefined) throw new UsageError('--bmc-user and --bmc-password-file require --bmc');
    return undefined;
  }
  const password = file === undefined ? undefined : readSecret(io, file, 'bmc-password-file');
  if (address === '' && file !== undefined) throw new UsageError('--bmc-password-file requires a BMC address');
  return { address, username: args.text('bmc-user') ?? '', password };
}

/** An empty address takes the BMC away; a user that is not named stays. */
function bmcPatch(access: BmcAccess | undefined): { bmc?: unknown } {
  if (!access) return {};
  const { address, username } = access;
  if (address === '') return { bmc: null };
  return { bmc: { address, ...(username !== '' && { username }) } };
}

/** The machine’s network ports, as its BMC lists them. */
async function macsOfBmc(client: Client, access: BmcAccess | undefined): Promise<string[]> {
  if (access?.password === undefined) return [];
  const { address, username, password } = access;
  const { macs } = await client.call('bmc.probe', { address, username, password });
  if (macs.length === 0) throw new UsageError('the BMC reports no MAC addresses; use --mac');
  return macs;
}

async function storePassword(client: Client, io: Io, host: string, username: string, password: string): Promise<void> {
  const { stored } = await client.call('bmc.setCredentials', { host, username, password });
  if (!stored) io.stderr('The password is stored for this session only: this computer has no secure storage for it.\n');
}

function macOf(text: string): string {
  const mac = parseMac(text);
  if (mac === undefined) throw new UsageError(`"${text}" is not a MAC address`);
  return mac;
}

function hostRow(host: Host): string[] {
  const [first] = host.interfaces;
  const more = host.interfaces.length > 1 ? ` +${host.interfaces.length - 1}` : '';
  return [host.name, `${first?.mac ?? ''}${more}`, first?.ip ?? '', bootsOf(host), host.assignment?.state ?? ''];
}

function bootsOf({ assignment }: Host): string {
  if (!assignment) return 'local disk';
  const { image, config, mode } = assignment;
  return `${image}${config === undefined ? '' : ` with ${config}`}, ${mode}`;
}
