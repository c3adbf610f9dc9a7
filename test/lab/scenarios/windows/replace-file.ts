import { rename } from 'node:fs/promises';
import { onceReleased } from '../../../../util/held-files.ts';

/** Run by Windows' Node: `NEW FILE`. Replaces a file as the library and the backups do. */
const [from = '', to = ''] = process.argv.slice(2);
await onceReleased(() => rename(from, to));
