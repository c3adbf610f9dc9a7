import { text } from 'node:stream/consumers';
import type { CallName } from '../../../contract/procedures.ts';
import type { Client } from '../../../contract/port.ts';
import { openApi } from './api.ts';

/**
 * Many calls of the contract over one connection, run inside the appliance's namespace: `calls-process <data directory>`, with a JSON list of
 * `[name, input]` on stdin. Prints the JSON list of results. The first failure ends it with its code and sentence on stderr.
 */
async function main(dataDir: string): Promise<void> {
  const calls = JSON.parse(await text(process.stdin)) as [CallName, unknown][];
  const client = await openApi(dataDir);
  const call = client.call as (name: CallName, input: unknown) => ReturnType<Client['call']>;
  const results: unknown[] = [];
  for (const [name, input] of calls) results.push(await call(name, input));
  client.close();
  process.stdout.write(JSON.stringify(results) + '\n');
}

await main(process.argv[2] ?? '');
