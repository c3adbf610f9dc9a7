import { openLocalFile } from '../../../main-services/iso/source/local-file.ts';
import { IscsiTarget } from '../../fixtures/iscsi-target.ts';

/**
 * `iscsi-target <file> cd|disk [port]`: serves a file on loopback, port 3260 unless given. Prints `ready`, then a line for each connection that
 * failed.
 */
const [file = '', device, port = '3260'] = process.argv.slice(2);
await IscsiTarget.start({
  device: device === 'disk' ? 'disk' : 'cd',
  bytes: await openLocalFile(file),
  port: Number(port),
  failed: (reason) => {
    console.log(`failed: ${reason}`);
  },
});
console.log('ready');
