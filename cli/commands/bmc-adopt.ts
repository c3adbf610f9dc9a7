import { FACTORY_ACCOUNTS, FactoryVendor } from '../../contract/bmc.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { withClient } from '../client.ts';
import { UsageError, type Command } from '../command.ts';
import { print, table } from '../output.ts';

export const bmcCandidates: Command = {
  name: 'bmc candidates',
  usage: '',
  summary: 'List what has an address from here, looks like a BMC and belongs to no host.',
  words: [0, 0],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const found = await client.call('bmc.candidates');
      print(args, io, found, () => {
        const rows = found.map(({ ip, mac, vendor, reason: why }) => [ip, mac, vendor, why]);
        const adopt = 'Adopt one: bootbench host set HOST --bmc ADDRESS, or host add NAME --bmc ADDRESS for a new machine.';
        return `${table(['ADDRESS', 'MAC', 'VENDOR', 'WHY'], rows, 'Nothing that has an address from here looks like a BMC of no host.')}${found.length > 0 ? `\n${adopt}` : ''}`;
      });
    }),
};

export const bmcFactoryLogin: Command = {
  name: 'bmc factory-login',
  usage: `<host> ${FactoryVendor.options.join('|')}`,
  summary: 'Try the vendor’s factory account on a machine’s BMC, once, and keep it where it fits.',
  words: [2, 2],
  run: (args, io) => {
    const host = args.word(0);
    const vendor = FactoryVendor.options.find((each) => each.toLowerCase() === args.word(1).toLowerCase());
    if (vendor === undefined)
      throw new UsageError(`"${args.word(1)}" has no factory account here; there are ${FactoryVendor.options.join(', ')}`);
    return withClient(args, io, async (client) => {
      const { bmc } = await client.call('host.get', { name: host });
      if (!bmc) throw new BootbenchError('E_NO_BMC', `${host} has no BMC.`);
      const identity = await client.call('bmc.tryFactory', { address: bmc.address, vendor });
      await client.call('bmc.setCredentials', { host, ...FACTORY_ACCOUNTS[vendor] });
      print(args, io, identity, () => `The BMC of ${host} takes its factory account. Set another password on it.`);
    });
  },
};
