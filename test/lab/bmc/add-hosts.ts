// Adds many hosts over one connection: the data directory, then each host as JSON, with its BMC's password and its assignment.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Args } from '../../../cli/command.ts';
import { openClient } from '../../../cli/client.ts';
import { processTerminal } from '../../../cli/terminal.ts';
import type { AssignmentInput, HostInput } from '../../../contract/inventory.ts';

export interface NewHost {
  host: HostInput;
  username: string;
  password: string;
  assignment: AssignmentInput;
}

const [dataDir = '', ...hosts] = process.argv.slice(2);
const io = {
  stdout: () => undefined,
  stderr: () => undefined,
  terminal: processTerminal,
  env: process.env,
  platform: process.platform,
  cwd: process.cwd(),
  home: homedir(),
  root: join(import.meta.dirname, '../../..'),
  signal: new AbortController().signal,
};
const client = await openClient(new Args([], { 'data-dir': dataDir }), io);
for (const text of hosts) {
  const { host, username, password, assignment } = JSON.parse(text) as NewHost;
  await client.call('host.add', host);
  await client.call('bmc.setCredentials', { host: host.name, username, password });
  await client.call('host.assign', { host: host.name, assignment });
}
client.close();
