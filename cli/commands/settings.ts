import type { RuntimeSettings } from '../../contract/appliance.ts';
import type { InputOf } from '../../contract/procedures.ts';
import { RUNTIME_FLAGS, settingOf } from '../../headless/settings.ts';
import { withClient } from '../client.ts';
import type { Command, Io } from '../command.ts';
import { print, table } from '../output.ts';

const settings: Command = {
  name: 'settings',
  usage:
    '[dhcp=MODE] [pool=A-B] [router=A] [dns=A,…] [unknown=ignore|exit|wait] [routed-machines=refuse|trust] [confirm-dhcp=yes] [lease-time=S]\n    [ipxe-override-arch-mapping=N=FILE,…]   (an empty value restores the default back)',
  summary: 'Show or change the settings that can change while Bootbench runs.',
  words: [0, RUNTIME_FLAGS.length],
  run: async (args, io) => {
    const patch = patchOf(args.words, io);
    await withClient(args, io, async (client) => {
      const wanted = Object.keys(patch).length > 0;
      const found = wanted ? await client.call('appliance.changeSettings', { patch }) : await client.call('appliance.settings');
      const dhcp = (await client.call('appliance.status')).services.find(({ name }) => name === 'dhcp');
      print(args, io, found, () => `${settingsWords(found)}\n${dhcp ? `DHCP is ${dhcp.state}: ${dhcp.message}` : ''}`.trimEnd());
    });
  },
};

const probe: Command = {
  name: 'probe',
  usage: '--nic IF',
  summary: 'Scan a network port for other DHCP servers.',
  options: { nic: { type: 'string' } },
  words: [0, 0],
  run: (args, io) => {
    const nic = args.need('nic');
    return withClient(args, io, async (client) => {
      const others = await client.call('appliance.probe', { nic });
      const words = others.length === 0 ? [`No other DHCP server answers on ${nic}.`] : others.map(({ message: sentence }) => sentence);
      print(args, io, others, () => words.join('\n'));
    });
  },
};

export const settingsCommands: readonly Command[] = [settings, probe];

type Patch = InputOf<'appliance.changeSettings'>['patch'];

function patchOf(words: readonly string[], io: Io): Patch {
  return Object.fromEntries(words.map((word) => settingOf(word, io))) as Patch;
}

function settingsWords(found: RuntimeSettings): string {
  const rows = RUNTIME_FLAGS.map(({ flag, member }) => [flag, valueWords(member, found)]);
  return table(['SETTING', 'VALUE'], rows, '');
}

function valueWords(member: keyof RuntimeSettings, { [member]: value }: RuntimeSettings): string {
  if (member === 'pool') return Array.isArray(value) ? value.join('-') : 'the upper free part of the subnet';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0) ? 'none' : String(value);
}
