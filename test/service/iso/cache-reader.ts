import { silentLog } from '../../../contract/runtime.ts';
import { UpstreamCache } from '../../../main-services/iso/upstream/cache.ts';

/** A program that reads an ISO through the cache from its first byte to its last, and says so; meant to be killed on the way. */
const [dir = '', url = ''] = process.argv.slice(2);
const cache = new UpstreamCache({ dir, log: silentLog, keepFree: 0 });
const source = await cache.open({ url, trusted: true }, { offline: false });
process.stdout.write('reading\n');
for (let at = 0; at < source.size; at += 65_536) await source.read(at, 65_536);
await cache.close();
process.stdout.write('done\n');
