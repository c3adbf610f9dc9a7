import { FACTORY_ACCOUNTS, FactoryVendor } from '../../contract/bmc.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { withClient } from '../client.ts';
import { UsageError, type Command } from '../command.ts';
import { print, table } from '../output.ts';

export const bmcCandidates: Command = {
  name: 'bmc candidates',
  usage: '',
  summary: 'List unassigned BMCs that have a lease from Bootbench.',
  words: [0, 0],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const found = await client.call('bmc.candidates');
      print(args, io, found, () => {
        const rows = found.map(({ ip, mac, vendor, reason: why }) => [ip, mac, vendor, why]);
        const adopt = 'Adopt one: bootbench host set HOST --bmc ADDRESS, or host add NAME --bmc ADDRESS for a new machine.';
        return `${table(['ADDRESS', 'MAC', 'VENDOR', 'WHY'], rows, 'No unassigned BMCs found.')}${found.length > 0 ? `\n${adopt}` : ''}`;
      });
    }),
};

export const bmcFactoryLogin: Command = {
  name: 'bmc factory-login',
  usage: `<host> ${FactoryVendor.options.join('|')}`,
  summary: 'Try the vendor’s factory account on a host’s BMC once, and save it if it works.',
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
      print(args, io, identity, () => `The BMC of ${host} accepts its factory account. Change its password.`);
    });
  },
};
