import { readFileSync } from 'node:fs';
import { IscsiTarget } from '../../fixtures/iscsi-target.ts';

/** `iscsi-target <ISO> cd|disk`: serves an ISO on port 3260 of loopback. Prints `ready`, then a line for each connection that failed. */
const [iso = '', device] = process.argv.slice(2);
await IscsiTarget.start({
  device: device === 'disk' ? 'disk' : 'cd',
  bytes: readFileSync(iso),
  port: 3260,
  failed: (reason) => {
    console.log(`failed: ${reason}`);
  },
});
console.log('ready');
